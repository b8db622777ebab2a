/**
 * What waits while an aggregate is parked. The first ones are in its state, so many as fit in a part (`PartLimits`); the others are only
 * counted there, and stored by themselves, so that one more costs one more and the state stays as large as it is. Pure.
 */
import { type ChangeSet, followerOf } from '../change-set.js';
import type { Refusal } from '../refusal.js';
import type { Parked } from './aggregate-state.js';

/** Of what waits, what is in memory at once and taken up in one Kafka transaction; the first one always is. */
export interface PartLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

export const PART_LIMITS: PartLimits = { countMax: 200, bytesMax: 4 * 1024 * 1024 };
/** For who only counts. */
export const ONLY_FIRST: PartLimits = { countMax: 1, bytesMax: 1 };

/** @param changeSet could not be applied. */
export function parkedBy({ code, text }: Refusal, changeSet: ChangeSet): Parked {
  const parked = { code, text, sinceMs: changeSet.origin.commitTimeMs, first: 0, waiting: [changeSet] };
  return withEnd(parked, changeSet);
}

/** One more waits. `behind`: it is not in the state. */
export function joined(
  parked: Parked,
  changeSet: ChangeSet,
  limits: PartLimits,
): { readonly parked: Parked; readonly behind?: ChangeSet } {
  const { waiting, spilled = 0 } = parked;
  const after = withEnd(parked, changeSet);
  if (spilled === 0 && roomIn(waiting, [changeSet], limits) === 1)
    return { parked: { ...after, waiting: [...waiting, changeSet] } };
  return { parked: { ...after, spilled: spilled + 1 }, behind: changeSet };
}

/** The next ones come into the state. @param next those that are stored at the place behind the ones that are there. */
export function filled(parked: Parked, next: readonly ChangeSet[]): Parked {
  const { waiting, spilled = 0, ...head } = parked;
  const left = spilled - next.length;
  return { ...head, waiting: [...waiting, ...next], ...(left === 0 ? {} : { spilled: left }) };
}

/** How many of the next ones have room beside those that wait in the state. */
export function roomIn(waiting: readonly ChangeSet[], next: readonly ChangeSet[], limits: PartLimits): number {
  let count = 0;
  let bytes = 0;
  for (const changeSet of [...waiting, ...next]) {
    bytes += sizeOf(changeSet);
    if (count > 0 && (count >= limits.countMax || bytes > limits.bytesMax)) break;
    count += 1;
  }
  return Math.max(0, count - waiting.length);
}

const sizes = new WeakMap<ChangeSet, number>();

/** Counted once: change sets never change. */
function sizeOf(changeSet: ChangeSet): number {
  let size = sizes.get(changeSet);
  if (size === undefined) sizes.set(changeSet, (size = Buffer.byteLength(JSON.stringify(changeSet))));
  return size;
}

/** Whether the end of this snapshot, or a newer one, waits: the others need not be looked at. */
export const isEndQueued = ({ ends }: Parked, follower: string, generation: string): boolean =>
  ends !== undefined && Object.hasOwn(ends, follower) && (ends[follower] ?? '') >= generation;

function withEnd(parked: Parked, { kind, origin }: ChangeSet): Parked {
  const { generation } = origin;
  if (kind !== 'snapshot-end' || generation === undefined) return parked;
  const follower = followerOf(origin);
  return isEndQueued(parked, follower, generation)
    ? parked
    : { ...parked, ends: { ...parked.ends, [follower]: generation } };
}
