/**
 * What waits behind parked aggregates beyond what is in their states: read from the store when it is needed, and held in memory only as
 * long as it is not stored yet, or for the decision that needs all of it.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import { type Parked, waitingCount } from '../../domain/state/aggregate-state.js';
import { invariant } from '../../invariant.js';
import { type PartLimits, roomIn } from '../../domain/state/queue.js';
import type { Cell } from '../ports.js';
import { cellKey, isQueue, queueCell } from './cells.js';
import type { Changed } from './parts.js';
import { WriteBehindCache } from './write-behind-cache.js';

export type QueuePlace = ReturnType<typeof queueCell>;

/** The first of these, at least one, of one aggregate. */
type Load = (places: readonly QueuePlace[]) => Promise<readonly ChangeSet[]>;

export class Queues {
  /** Nothing that is stored stays. */
  readonly #cells = new WriteBehindCache<ChangeSet>(1, () => 2);
  readonly #load: Load;
  readonly #limits: PartLimits;

  constructor(load: Load, limits: PartLimits) {
    this.#load = load;
    this.#limits = limits;
  }

  change(place: QueuePlace, changeSet: ChangeSet, write: number): void {
    this.#cells.change(cellKey(place), changeSet, write);
  }

  stored(cells: readonly Cell[], write: number): void {
    this.#cells.stored(cells.filter(({ hash }) => isQueue(hash)).map(cellKey), write);
  }

  clear(): void {
    this.#cells.clear();
  }

  /** The next ones, as many as have room beside those in the state. */
  async next(aggregate: string, parked: Parked): Promise<readonly ChangeSet[]> {
    const places = spilled(aggregate, parked, this.#limits.countMax - parked.waiting.length);
    const known = places.map((place) => this.#cells.get(cellKey(place)));
    const missing = places.filter((_, i) => known[i] === undefined);
    const loaded = missing.length === 0 ? [] : [...(await this.#load(missing))];
    const next: ChangeSet[] = [];
    for (const each of known) {
      const changeSet = each ?? loaded.shift();
      if (changeSet === undefined) break;
      next.push(changeSet);
    }
    return next.slice(0, roomIn(parked.waiting, next, this.#limits));
  }

  /** Brings all that waits of these into memory, however much that is, until the next call. */
  async hold(all: readonly (readonly [aggregate: string, parked: Parked])[]): Promise<void> {
    this.#cells.hold(all.flatMap(([aggregate, parked]) => spilled(aggregate, parked).map(cellKey)));
    for (const [aggregate, parked] of all) {
      const missing = spilled(aggregate, parked).filter((place) => this.#cells.get(cellKey(place)) === undefined);
      while (missing.length > 0)
        for (const changeSet of await this.#load(missing))
          this.#cells.remember(cellKey(missing.shift() as QueuePlace), changeSet);
    }
  }

  /** All that waits, in its order; those that were held, and those that came since. */
  all(aggregate: string, parked: Parked): readonly ChangeSet[] {
    const others = spilled(aggregate, parked).flatMap((place) => this.#cells.get(cellKey(place)) ?? []);
    invariant(others.length === (parked.spilled ?? 0), `Not all that waits of ${aggregate} is in memory.`);
    return [...parked.waiting, ...others];
  }
}

/** Places of those that are not in the state, the first of them. */
function spilled(aggregate: string, parked: Parked, countMax = Number.MAX_SAFE_INTEGER): QueuePlace[] {
  const { first, waiting, spilled: count = 0 } = parked;
  const length = Math.max(0, Math.min(count, countMax));
  return Array.from({ length }, (_, i) => queueCell(aggregate, first + waiting.length + i));
}

/** Where the newest waits. */
export const lastPlace = (aggregate: string, parked: Parked): QueuePlace =>
  queueCell(aggregate, parked.first + waitingCount(parked) - 1);

/** By ordinal: change sets that wait behind a parked one. @returns text by ordinal, null where one goes. */
export function queued(before: Parked | null | undefined, after: Parked | null): Changed['parts'] {
  const changed = new Map<string, string | null>();
  if (before === after) return changed;
  const was = placed(before);
  const is = placed(after);
  for (const ordinal of was.keys()) if (!is.has(ordinal)) changed.set(String(ordinal), null);
  for (const [ordinal, changeSet] of is)
    if (was.get(ordinal) !== changeSet) changed.set(String(ordinal), JSON.stringify(changeSet));
  return changed;
}

const placed = (parked: Parked | null | undefined): Map<number, ChangeSet> =>
  new Map(parked?.waiting.map((changeSet, i) => [parked.first + i, changeSet]));
