/**
 * Which numbers of one stream of GTIDs were handed on, as text that is kept in the progress: `1-100:102-104`, in order. Bounded: the
 * lowest gaps are closed first, so a number that comes more than {@link INTERVALS_MAX} gaps too late counts as handed on.
 * Progress of before sets were kept has one number, all of whose predecessors count.
 */
import type { Position } from '../domain/position.js';

export type GtidSet = string;

/** Gaps stay open where transactions are filtered, and while a replica commits in parallel. */
export const INTERVALS_MAX = 32;

interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

function intervalsOf(set: GtidSet): Interval[] {
  if (set === '') return [];
  return set.split(':').map((part) => {
    const [first, last] = part.split('-');
    return last === undefined
      ? { first: 0n, last: BigInt(first ?? 0) }
      : { first: BigInt(first ?? 0), last: BigInt(last) };
  });
}

/** `before`: below everything that is known of the stream, so older than where it was first followed; or new, behind a parallel replica. */
export function placeIn(set: GtidSet, number: Position): 'in' | 'before' | 'new' {
  const at = BigInt(number);
  const intervals = intervalsOf(set);
  const [lowest] = intervals;
  if (lowest !== undefined && at < lowest.first) return 'before';
  return intervals.some(({ first, last }) => at >= first && at <= last) ? 'in' : 'new';
}

export function withNumber(set: GtidSet, number: Position): GtidSet {
  const at = BigInt(number);
  const intervals = intervalsOf(set);
  const others = intervals.filter(({ first, last }) => last < at - 1n || first > at + 1n);
  const touched = intervals.filter(({ first, last }) => last >= at - 1n && first <= at + 1n);
  const first = touched.reduce((least, interval) => (interval.first < least ? interval.first : least), at);
  const last = touched.reduce((most, interval) => (interval.last > most ? interval.last : most), at);
  const all = [...others, { first, last }].sort((a, b) => (a.first < b.first ? -1 : 1));
  while (all.length > INTERVALS_MAX) {
    const [lowest, next] = all as [Interval, Interval];
    all.splice(0, 2, { first: lowest.first, last: next.last });
  }
  return all.map(({ first: from, last: to }) => `${from}-${to}`).join(':');
}

/** The highest number; null of an empty set. */
export const highestOf = (set: GtidSet): bigint | null => intervalsOf(set).at(-1)?.last ?? null;
