/** Numbers of one order under one contract and major version: what the next one says. Pure. */

/** From, to: none of them was seen. */
export type Gap = readonly [from: number, to: number];

export interface Numbers {
  /** The lowest that was seen: a consumer need not have read from the beginning. */
  readonly first: number;
  /** The highest that was seen. */
  readonly last: number;
  /** Between them, in rising order. */
  readonly gaps: readonly Gap[];
}

/** `taken`: it was seen before. */
export type Standing = 'next' | 'begins-late' | 'after-gap' | 'late' | 'taken' | 'gaps-full';

export interface Counted {
  readonly standing: Standing;
  readonly numbers: Numbers;
}

/** Of one order under one contract. */
export const GAPS_MAX = 100;

/** @param numbers undefined: nothing was seen. @returns the same numbers for `taken` and `gaps-full`. */
export function count(numbers: Numbers | undefined, sequence: number): Counted {
  if (numbers === undefined)
    return {
      standing: sequence === 1 ? 'next' : 'begins-late',
      numbers: { first: sequence, last: sequence, gaps: [] },
    };
  const { first, last, gaps } = numbers;
  if (sequence === last + 1) return { standing: 'next', numbers: { first, last: sequence, gaps } };
  if (sequence > last)
    return widened(numbers, 'after-gap', { first, last: sequence, gaps: [...gaps, [last + 1, sequence - 1]] });
  if (sequence < first)
    return widened(numbers, 'late', { first: sequence, last, gaps: [...between(sequence, first), ...gaps] });
  const gap = gaps.find(([from, to]) => from <= sequence && sequence <= to);
  if (gap === undefined) return { standing: 'taken', numbers };
  const left = [...between(gap[0] - 1, sequence), ...between(sequence, gap[1] + 1)];
  return widened(numbers, 'late', { first, last, gaps: gaps.flatMap((one) => (one === gap ? left : [one])) });
}

const widened = (before: Numbers, standing: Standing, numbers: Numbers): Counted =>
  numbers.gaps.length > GAPS_MAX ? { standing: 'gaps-full', numbers: before } : { standing, numbers };

/** The gap between two numbers that were seen, if there is one. */
const between = (lower: number, upper: number): Gap[] => (lower + 1 < upper ? [[lower + 1, upper - 1]] : []);

/** `2, 5 to 7` */
export const gapsText = (gaps: readonly Gap[]): string =>
  gaps.map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`)).join(', ');
