/** Whose aggregates are under each contract, and what is owed, as all shards of a pipeline have counted it. Read only. */
import type { Owned } from '../../../console/answers/migration.js';
import { OWNERSHIP, ownershipCount } from '../../../pipeline/kept/ownership-counts.js';
import type { StateStore } from '../../../pipeline/ports.js';
import { allFieldsNow } from '../../operator/reading/stored-states.js';
import { ofEach, type OfShard } from '../../operator/shards.js';

export const NONE_OWNED: Owned = { service: 0, legacy: 0, open: 0, owed: 0 };

/** By contract; of one that is not there nothing was counted. @throws DragomanError as `atMarker` */
export async function ownedNow(
  shards: readonly (OfShard & { readonly store: StateStore })[],
): Promise<ReadonlyMap<string, Owned>> {
  const owned = new Map<string, Owned>();
  const all = await ofEach(shards, ({ store }) => allFieldsNow(store, OWNERSHIP));
  for (const [field, text] of all.flatMap((fields) => [...fields])) {
    const counted = ownershipCount(field, text);
    if (counted === null) continue;
    const { contract, what, count } = counted;
    const known = owned.get(contract) ?? NONE_OWNED;
    owned.set(contract, { ...known, [what]: known[what] + count });
  }
  return owned;
}
