/** What one call to the store may carry: by number and by bytes, names and values. */
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../../src/pipeline/ports.js';
import { CALL_LIMITS, cutCells, loadAll } from '../../../../src/pipeline/state/cutting.js';

const cell = (field: string, value: string | null = ''): Cell => ({ hash: 'h', field, value });
const many = (count: number): Cell[] =>
  Array.from({ length: count }, (_, i) => cell(`oms.pay_txn:order:${i}`, 'order:1'));
const pieces = (cells: readonly Cell[], limits = CALL_LIMITS): (readonly Cell[])[] => {
  const { first, last } = cutCells(cells, limits);
  return [...first, last];
};
const counts = (cells: readonly Cell[], limits = CALL_LIMITS): number[] =>
  pieces(cells, limits).map((piece) => piece.length);

describe('a write is cut', () => {
  it('at the number of cells', () => {
    expect(counts(many(CALL_LIMITS.countMax))).toEqual([1_000]);
    expect(counts([...many(CALL_LIMITS.countMax), cell('gone', null)])).toEqual([1_000, 1]);
  });

  it('at the bytes of hashes, fields and values, which are not the characters', () => {
    const limits = { countMax: 10, bytesMax: 10 };
    const four = { hash: 'ä', field: 'b', value: 'c' };
    const six = { hash: 'ä', field: 'ä', value: 'ä' };
    expect(counts([four, six], limits)).toEqual([2]);
    for (const name of ['hash', 'field', 'value'])
      expect(counts([four, { ...six, [name]: 'ä!' }], limits)).toEqual([1, 1]);
    expect(counts([four, six, { hash: '', field: '', value: null }], limits)).toEqual([3]);
    const half = 'ä'.repeat(CALL_LIMITS.bytesMax / 4 - 1); // and two bytes of names
    expect(counts([cell('1', half), cell('2', half)])).toEqual([2]);
    expect(counts([cell('1', half), cell('2', half), { hash: '', field: '3', value: null }])).toEqual([2, 1]);
  });

  it('never inside of a cell: one that is longer goes alone', () => {
    const cells = [cell('1'), cell('2', 'x'.repeat(CALL_LIMITS.bytesMax * 2)), cell('3')];
    expect(pieces(cells).map((piece) => piece.map(({ field }) => field))).toEqual([['1'], ['2'], ['3']]);
  });

  it('without losing, doubling or moving anything', () => {
    const cells = [...many(5_600), cell('gone', null)];
    expect(pieces(cells).flat()).toEqual(cells);
    expect(pieces([])).toEqual([[]]);
  });
});

describe('a read', () => {
  /** Answers up to `answersMax` of what it is asked, and notes how much that is. */
  const answering =
    (asked: number[], answersMax = Infinity) =>
    (some: readonly string[]): Promise<string[]> => {
      asked.push(some.length);
      return Promise.resolve(some.slice(0, answersMax).map((name) => `of ${name}`));
    };

  it('asks again for what one answer could not hold, in calls of a bounded number', async () => {
    const names = Array.from({ length: 2_345 }, (_, i) => `order:${i}`);
    const asked: number[] = [];
    expect(await loadAll(names, answering(asked, 700))).toEqual(names.map((name) => `of ${name}`));
    expect(asked).toEqual([1_000, 1_000, 945, 245]);
  });

  it('asks for a bounded number of bytes; a name that is longer goes alone', async () => {
    const names = ['äöü', 'abcd', 'a', 'x'.repeat(30), 'b'];
    const asked: number[] = [];
    expect(await loadAll(names, answering(asked), { countMax: 10, bytesMax: 10 })).toHaveLength(5);
    expect(asked).toEqual([2, 1, 1, 1]);
  });

  it('that is answered with nothing is a fault, not an endless loop', async () => {
    await expect(loadAll(['order:1'], () => Promise.resolve([]))).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
  });
});
