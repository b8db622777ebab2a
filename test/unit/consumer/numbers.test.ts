import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { close, count, GAPS_MAX, gapsText, type Numbers } from '../../../src/consumer/store/numbers.js';

function counted(sequences: readonly number[]): { standings: string[]; numbers: Numbers | undefined } {
  let numbers: Numbers | undefined;
  const standings = sequences.map((sequence) => {
    const next = count(numbers, sequence);
    numbers = next.numbers;
    return next.standing;
  });
  return { standings, numbers };
}

describe('numbers of an order', () => {
  it.each([
    [
      [1, 2, 3],
      ['next', 'next', 'next'],
    ],
    [
      [1, 3],
      ['next', 'after-gap'],
    ],
    [
      [1, 5, 3, 2, 4],
      ['next', 'after-gap', 'late', 'late', 'late'],
    ],
    [
      [1, 2, 2],
      ['next', 'next', 'taken'],
    ],
    [
      [1, 5, 3, 3],
      ['next', 'after-gap', 'late', 'taken'],
    ],
    [
      [5, 6, 5],
      ['begins-late', 'next', 'taken'],
    ],
    [
      [5, 2, 3, 1, 1],
      ['begins-late', 'late', 'late', 'late', 'taken'],
    ],
  ])('%j stand as %j', (sequences, standings) => {
    expect(counted(sequences).standings).toEqual(standings);
  });

  it('are told as gaps as long as they were not seen', () => {
    expect(gapsText(counted([1, 3, 9]).numbers?.gaps ?? [])).toBe('2, 4 to 8');
    expect(counted([1, 4, 3, 2]).numbers).toEqual({ first: 1, last: 4, gaps: [] });
  });

  it(`have at most ${GAPS_MAX} gaps; a number that would make one more changes nothing`, () => {
    const every = Array.from({ length: GAPS_MAX + 1 }, (_, index) => 1 + 2 * index);
    const { numbers } = counted(every);
    expect(numbers?.gaps).toHaveLength(GAPS_MAX);
    expect(count(numbers, 10_000)).toEqual({ standing: 'gaps-full', numbers });
    expect(count(numbers, 2).standing).toBe('late');
  });

  it('of a gap that was closed are neither waited for nor taken', () => {
    const { numbers } = counted([1, 5, 9]);
    const closed = close(numbers!, [[3, 7]]);
    expect(closed).toEqual({
      ...{ first: 1, last: 9 },
      gaps: [
        [2, 2],
        [8, 8],
      ],
      closed: [
        [3, 4],
        [6, 7],
      ],
    });
    expect([2, 3, 5, 7, 10].map((number) => count(closed, number).standing)).toEqual([
      ...['late', 'closed', 'taken', 'closed', 'next'],
    ]);
    expect(count(closed, 3).numbers).toBe(closed);
    expect(count(count(closed, 2).numbers, 12).numbers).toEqual({
      ...closed,
      last: 12,
      gaps: [
        [8, 8],
        [10, 11],
      ],
    });
  });

  it('that are no gap are not closed', () => {
    const { numbers } = counted([2, 3, 6]);
    expect(close(numbers!, [[1, 3]])).toBe(numbers);
  });

  it(`of closed gaps are known for the newest ${GAPS_MAX}; closing makes room for new ones`, () => {
    const { numbers } = counted(Array.from({ length: GAPS_MAX + 1 }, (_, index) => 1 + 2 * index));
    const next = close(numbers!, numbers!.gaps);
    expect(next.gaps).toEqual([]);
    expect(next.closed).toHaveLength(GAPS_MAX);
    const more = count(next, 10_000);
    expect(more.standing).toBe('after-gap');
    const later = close(more.numbers, more.numbers.gaps);
    expect(later.closed).toHaveLength(GAPS_MAX);
    expect([2, 4, 9_999].map((number) => count(later, number).standing)).toEqual(['taken', 'closed', 'closed']);
  });

  it('are each taken the second time and never the first, in whatever order they come', () => {
    const sequences = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sequences, fc.nat(), (all, again) => {
        const { standings, numbers } = counted(all);
        expect(standings).not.toContain('taken');
        expect(count(numbers, all[again % all.length] ?? 0).standing).toBe('taken');
        const seen = new Set(all);
        const missing = Array.from({ length: Math.max(...all) - Math.min(...all) }, (_, i) => i + Math.min(...all));
        expect(
          numbers?.gaps.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
        ).toEqual(missing.filter((number) => !seen.has(number)));
      }),
    );
  });
});
