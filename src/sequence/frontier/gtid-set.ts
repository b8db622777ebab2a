/**
 * Which numbers of one stream of GTIDs were handed on, as text that is kept in the progress, where room is short: the first number of the
 * first range, then what each bound is above the one before it. 1 to 100 and 102 to 104 are `1+99+2+2`. Bounded: the lowest gaps are
 * closed first, so a number that comes more than {@link INTERVALS_MAX} gaps too late counts as handed on.
 * Progress of before sets were kept has one number, all of whose predecessors count.
 */
import type { Position } from '../../domain/source/position.js';

export type GtidSet = string;

/** Gaps stay open where transactions are filtered, and while a replica commits in parallel. */
export const INTERVALS_MAX = 32;

interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

function intervalsOf(set: GtidSet): Interval[] {
  if (set === '') return [];
  const steps = set.split('+').map(BigInt);
  if (steps.length === 1) return [{ first: 0n, last: steps[0] ?? 0n }];
  const intervals: Interval[] = [];
  let last = 0n;
  for (let i = 0; i < steps.length; i += 2) {
    const first = last + (steps[i] ?? 0n);
    last = first + (steps[i + 1] ?? 0n);
    intervals.push({ first, last });
  }
  return intervals;
}

function textOf(intervals: readonly Interval[]): GtidSet {
  const stepsTo = ({ first, last }: Interval, i: number): bigint[] => [
    first - (intervals[i - 1]?.last ?? 0n),
    last - first,
  ];
  return intervals.flatMap(stepsTo).join('+');
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
  return textOf(all);
}

/** The highest number; null of an empty set. */
export const highestOf = (set: GtidSet): bigint | null => intervalsOf(set).at(-1)?.last ?? null;
