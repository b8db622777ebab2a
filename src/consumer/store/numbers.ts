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
  /** Of gaps that were closed, in rising order: they were not seen, and nobody waits for them. Absent: none. */
  readonly closed?: readonly Gap[];
}

/** `taken`: it was seen before. `closed`: it is of a gap that was closed. */
export type Standing = 'next' | 'begins-late' | 'after-gap' | 'late' | 'taken' | 'closed' | 'gaps-full';

export interface Counted {
  readonly standing: Standing;
  readonly numbers: Numbers;
}

/** Of one order under one contract; as many that were closed are kept, the newest of them. */
export const GAPS_MAX = 100;

/** @param numbers undefined: nothing was seen. @returns the same numbers for `taken`, `closed` and `gaps-full`. */
export function count(numbers: Numbers | undefined, sequence: number): Counted {
  if (numbers === undefined)
    return {
      standing: sequence === 1 ? 'next' : 'begins-late',
      numbers: { first: sequence, last: sequence, gaps: [] },
    };
  const { first, last, gaps } = numbers;
  if (sequence === last + 1) return { standing: 'next', numbers: { ...numbers, last: sequence } };
  if (sequence > last)
    return widened(numbers, 'after-gap', { last: sequence, gaps: [...gaps, [last + 1, sequence - 1]] });
  if (sequence < first)
    return widened(numbers, 'late', { first: sequence, gaps: [...range(sequence + 1, first - 1), ...gaps] });
  const isOf = ([from, to]: Gap): boolean => from <= sequence && sequence <= to;
  if (numbers.closed?.some(isOf) === true) return { standing: 'closed', numbers };
  if (!gaps.some(isOf)) return { standing: 'taken', numbers };
  return widened(numbers, 'late', { gaps: without(gaps, [sequence, sequence]) });
}

/** Those of `these` that are gaps are gaps no more. */
export function close(numbers: Numbers, these: readonly Gap[]): Numbers {
  const { gaps, closed = [] } = numbers;
  const shut = these.flatMap(([from, to]) =>
    gaps.flatMap(([first, last]) => range(Math.max(from, first), Math.min(to, last))),
  );
  if (shut.length === 0) return numbers;
  return {
    ...numbers,
    gaps: shut.reduce(without, gaps),
    closed: [...closed, ...shut].sort(([a], [b]) => a - b).slice(-GAPS_MAX),
  };
}

type Widened = Partial<Numbers> & Pick<Numbers, 'gaps'>;

const widened = (before: Numbers, standing: Standing, after: Widened): Counted =>
  after.gaps.length > GAPS_MAX
    ? { standing: 'gaps-full', numbers: before }
    : { standing, numbers: { ...before, ...after } };

/** None, when it would end before it begins. */
const range = (from: number, to: number): Gap[] => (from <= to ? [[from, to]] : []);

const without = (gaps: readonly Gap[], [from, to]: Gap): Gap[] =>
  gaps.flatMap(([first, last]) =>
    to < first || last < from ? [[first, last] as const] : [...range(first, from - 1), ...range(to + 1, last)],
  );

/** `2, 5 to 7` */
export const gapsText = (gaps: readonly Gap[]): string =>
  gaps.map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`)).join(', ');
