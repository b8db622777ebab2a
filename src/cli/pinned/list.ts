/** `dragoman pinned list`: which rules are kept, and by how many aggregates, of all shards, as Redis has them. */
import type { StateStore } from '../../pipeline/ports.js';
import { PinCounts, PINNED, type Pinned, pinField } from '../../pipeline/kept/pin-counts.js';
import { StoredStates } from '../../pipeline/state/stored-states.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { atMarker, withStores } from '../operator/reading/stored-states.js';
import { keptByAny } from '../state/rules.js';

/** With when its rules first decided, and whether they decided last. */
export interface Listed extends Pinned {
  readonly since: string | null;
  readonly isNewest: boolean;
}

export async function pinnedListCommand(options: OperatorOptions): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const all = await withStores(config, pipeline, (stores) => listed(stores.map(({ store }) => store)));
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/pinned@1', pipeline, pinned: all }));
  else for (const one of all) await print(lineOf(one));
  say(
    all.length === 0
      ? 'no rules are kept: none say `pin`, or nothing was decided yet'
      : `${all.length} kept, the last in use first`,
  );
  return EXIT.ok;
}

function lineOf({ aggregate, digest, count, isOpen, since, isNewest }: Listed): string {
  const open = isOpen ? ', and all that began before any were kept' : '';
  return `${aggregate} ${digest} first used ${since ?? 'unknown'}: ${count}${open}${isNewest ? ' (decided last)' : ''}`;
}

/** Those that were last in use first. */
export async function listed(stores: readonly StateStore[]): Promise<Listed[]> {
  const kept = await keptByAny(stores);
  const numberOf = (digest: string): number => kept.get(digest)?.number ?? 0;
  const newest = Math.max(0, ...[...kept.values()].map(({ number }) => number));
  return (await pinnedIn(stores))
    .map((one) => {
      const sinceMs = kept.get(one.digest)?.sinceMs;
      const since = sinceMs === undefined ? null : new Date(sinceMs).toISOString();
      return { ...one, since, isNewest: numberOf(one.digest) === newest };
    })
    .sort((a, b) => numberOf(b.digest) - numberOf(a.digest) || (a.aggregate < b.aggregate ? -1 : 1));
}

/** Of all shards together. */
export async function pinnedIn(stores: readonly StateStore[]): Promise<Pinned[]> {
  const sums = new Map<string, Pinned>();
  for (const store of stores)
    for (const one of (await countsIn(store)).all()) {
      const field = pinField(one.aggregate, one.digest);
      const known = sums.get(field);
      const [count, isOpen] = [one.count + (known?.count ?? 0), one.isOpen || known?.isOpen === true];
      sums.set(field, { ...one, count, isOpen });
    }
  return [...sums.values()];
}

/** Whether any of that type, by its first name, is decided by those rules. */
export const isAnyKept = async (
  stores: readonly StateStore[],
  { aggregate, digest }: Pick<Pinned, 'aggregate' | 'digest'>,
): Promise<boolean> => (await pinnedIn(stores)).some((one) => one.aggregate === aggregate && one.digest === digest);

const countsIn = (store: StateStore): Promise<PinCounts> =>
  atMarker(store, async (marker) => {
    const counts = new PinCounts();
    const stored = new Map<string, string>();
    for await (const fields of new StoredStates(store).fields(marker, PINNED))
      for (const [field, text] of fields) stored.set(field, text);
    counts.reset(stored);
    return counts;
  });
