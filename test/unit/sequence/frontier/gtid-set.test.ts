/** Sets of GTID numbers as text: what was put in is in, whatever the order, and the text stays small. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { positionOf } from '../../../../src/domain/source/position.js';
import { highestOf, INTERVALS_MAX, placeIn, withNumber } from '../../../../src/sequence/frontier/gtid-set.js';
import { justAfter, placeAfter } from '../../../../src/sequence/frontier/log-place.js';

const of = (numbers: readonly number[]): string =>
  numbers.reduce((set, number) => withNumber(set, positionOf(String(number))), '');
const where = (set: string, number: number): string => placeIn(set, positionOf(String(number)));

describe('a set of GTID numbers', () => {
  it('holds what was put in, in any order, and nothing else above its lowest', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 }), (numbers) => {
        const set = of(numbers);
        const lowest = Math.min(...numbers);
        for (let number = 1; number <= 61; number += 1)
          expect(where(set, number)).toBe(numbers.includes(number) ? 'in' : number < lowest ? 'before' : 'new');
        expect(highestOf(set)).toBe(BigInt(Math.max(...numbers)));
        expect(of([...numbers].reverse())).toBe(set);
      }),
    );
  });

  it('keeps its last gaps open, up to the limit, and closes the lowest beyond it', () => {
    const even = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 * (i + 1));
    expect(where(of(even(INTERVALS_MAX)), 3)).toBe('new');
    const more = of(even(INTERVALS_MAX + 1));
    expect([where(more, 3), where(more, 5)]).toEqual(['in', 'new']);
  });

  it('takes few characters for each gap, however high the numbers are', () => {
    const high = (i: number): number => 9_007_199_254_000_000 + 9 * i;
    expect(of(Array.from({ length: 5_000 }, (_, i) => high(i))).length).toBeLessThan(INTERVALS_MAX * 4 + 32);
  });

  it('takes one number alone, as progress of before has it, for all up to it', () => {
    const before = positionOf('100');
    expect([where(before, 1), where(before, 100), where(before, 101)]).toEqual(['in', 'in', 'new']);
    expect(withNumber(before, positionOf('101'))).toBe('0+101');
  });

  it('counts beyond 2^53', () => {
    const set = withNumber('', positionOf('18446744073709551614'));
    expect(placeIn(set, positionOf('18446744073709551615'))).toBe('new');
    expect(withNumber(set, positionOf('18446744073709551615'))).toBe('18446744073709551614+1');
  });
});

describe('positions', () => {
  const at = (file: number, pos: number) =>
    `${String(file).padStart(10, '0')}:${positionOf(String(pos))}` as ReturnType<typeof positionOf>;

  it('grow from log to log, with one length', () => {
    const positions = [at(150, 4)];
    for (let log = 1; log <= 300; log += 1) positions.push(placeAfter(positions.at(-1)!, at(1, 4)));
    expect([...positions].sort()).toEqual(positions);
    expect(new Set(positions.slice(1).map(({ length }) => length)).size).toBe(1);
  });

  it('of thousands that share a place grow, with one length', () => {
    const positions = [at(1, 4)];
    for (let i = 0; i < 3_000; i += 1) positions.push(justAfter(positions.at(-1)!));
    expect([...positions].sort()).toEqual(positions);
    expect(Math.max(...positions.map(({ length }) => length))).toBe(at(1, 4).length + 11);
    expect(positions.at(-1)! < at(1, 5)).toBe(true);
  });
});
