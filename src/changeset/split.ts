import type { ChangeEvent } from '../domain/change-event.js';
import type { ChangeSet } from '../domain/change-set.js';
import type { Feeds } from '../domain/feed.js';
import type { Refusal } from '../domain/refusal.js';
import type { Sequenced } from '../domain/transaction.js';
import type { OwnerLookup } from './owners.js';

/** What a transaction means for each aggregate. */
export interface SplitResult {
  /** In the order in which the aggregates first appear in the transaction. */
  readonly changeSets: readonly ChangeSet[];
  /** Changes of the row index: owner by row key, null when the row is gone. */
  readonly owners: ReadonlyMap<string, string | null>;
  /** Deletes of rows of which nothing was ever known: ignored, to be counted. */
  readonly orphans: readonly ChangeEvent[];
  /** Changes whose aggregate cannot be found. */
  readonly unplaceable: readonly { readonly change: ChangeEvent; readonly refusal: Refusal }[];
}

export function split(_sequenced: Sequenced, _rules: { readonly feeds: Feeds }, _owners: OwnerLookup): SplitResult {
  return { changeSets: [], owners: new Map(), orphans: [], unplaceable: [] };
}
