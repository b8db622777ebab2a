/** Records as bytes -> packed cells: the same cells as by reading each key as JSON, cut at records, damaged ones refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextRecords } from '../../../../src/adapters/memory/text-records.js';
import { unpackedTexts } from '../../../../src/domain/state/packed-texts.js';
import type { Cell, OwnRecord, PackedCells } from '../../../../src/pipeline/ports.js';
import { type Piece, pieces } from '../../../../src/pipeline/recover/packing.js';
import { cellKey, cellOf } from '../../../../src/pipeline/state/cells.js';
import '../../../support/property-seed.js';

const recordOf = (offset: number, key: string, value: string | null): OwnRecord => ({
  ...{ partition: 3, offset, timestampMs: 0, key, value },
});
const cellsOf = ({ hash, isGone, texts }: PackedCells): Cell[] => {
  const all = unpackedTexts(texts);
  return isGone
    ? all.map((field) => ({ hash, field, value: null }))
    : all.flatMap((field, i) => (i % 2 === 0 ? [{ hash, field, value: all[i + 1]! }] : []));
};
const piecesOf = (records: readonly OwnRecord[], countMax = 1_000, bytesMax = 1_000_000): Piece[] => [
  ...pieces(new TextRecords(3, records), { countMax, bytesMax }),
];
const cellsIn = (all: readonly Piece[]): Cell[] => all.flatMap(({ cells }) => cells).flatMap(cellsOf);

const name = fc.string({ unit: fc.constantFrom('a', ':', '"', ',', '\\', '\t', '\n', 'ä', '\ud800', '🚚', '[', ']') });
const cell = fc.record({
  hash: fc.oneof(
    fc.constantFrom('order:1', 'order:1', 'order:12', '~rows', '~stubs'),
    name.map((text) => `order:${text}`),
  ),
  field: fc.oneof(fc.constantFrom('', '', 'rroms.line\t1'), name),
  value: fc.option(name.map((text) => text.toWellFormed())),
});
/** As JSON may be written besides. */
const key = fc.tuple(cell, fc.boolean()).map(([one, spaced]) => ({
  ...one,
  key: spaced ? JSON.stringify([one.hash, one.field], null, 1) : cellKey(one),
}));

describe('records', () => {
  it('are the cells that they are read as one by one, in their order, whatever is in their names', () => {
    fc.assert(
      fc.property(fc.array(key), fc.integer({ min: 1, max: 5 }), (all, countMax) => {
        const records = all.map((one, offset) => recordOf(2 * offset, one.key, one.value));
        const found = piecesOf(records, countMax);
        expect(cellsIn(found)).toEqual(records.map(cellOf));
        const ends = found.map(({ to }) => to);
        expect(found.map(({ from }) => from)).toEqual([0, ...ends.map((to) => to + 1)].slice(0, found.length));
        expect(found.reduce((sum, { memories }) => sum + memories, 0)).toBe(
          all.filter(({ field }) => field === '').length,
        );
        for (const { cells } of found)
          expect(cells.map(({ count }) => count)).toEqual(cells.map((each) => cellsOf(each).length));
      }),
      { numRuns: 500 },
    );
  });

  it('of one hash, one behind the other, are one entry; what goes is another one', () => {
    const cells: [string, string, string | null][] = [
      ...([
        ['a:1', '', 'm'],
        ['a:1', 'r\t1', 'x'],
        ['a:1', 'r\t2', null],
      ] as [string, string, string | null][]),
      ...([
        ['a:1', 'r\t2', 'y'],
        ['~rows', 't\t1', 'a:1'],
      ] as [string, string, string | null][]),
    ];
    const [piece] = piecesOf(cells.map(([hash, field, value], i) => recordOf(i, cellKey({ hash, field }), value)));
    expect(piece!.cells.map(({ hash, isGone, count }) => [hash, isGone, count])).toEqual([
      ['a:1', false, 2],
      ['a:1', true, 1],
      ['a:1', false, 1],
      ['~rows', false, 1],
    ]);
  });

  it('are cut at the border of what a call may carry; what is larger by itself goes alone', () => {
    const of = (bytes: number, i: number): OwnRecord => recordOf(i, '["a:1","f"]', 'x'.repeat(bytes - 11));
    const countsOf = (sizes: readonly number[], bytesMax: number): number[] =>
      piecesOf(sizes.map(of), 3, bytesMax).map(({ cells }) => cells.reduce((sum, { count }) => sum + count, 0));
    expect(countsOf([20, 20, 20, 20], 1_000)).toEqual([3, 1]);
    expect(countsOf([20, 20, 20], 40)).toEqual([2, 1]);
    expect(countsOf([20, 21, 20], 40)).toEqual([1, 1, 1]);
    expect(countsOf([500, 20, 500], 40)).toEqual([1, 1, 1]);
    expect(countsOf([], 40)).toEqual([]);
  });

  it.each([
    ['', /is none of a cell/],
    ['order:1', /is none of a cell/],
    ['["order:1"]', /is none of a cell/],
    ['["order:1","]', /is none of a cell/],
    ['["order:1","a","b"]', /is none of a cell/],
    ['["order:1","\\q"]', /is none of a cell/],
    ['{"order:1","a"]', /is none of a cell/],
    ['["~marker","at"]', /is of a kind that this version does not know/],
    ['["~new\\u0020kind","at"]', /is of a kind that this version does not know/],
  ])('with the key %j are refused, with their place', (damaged, text) => {
    const records = [recordOf(7, '["order:1",""]', 'x'), recordOf(9, damaged, 'x')];
    expect(() => piecesOf(records)).toThrow(
      expect.objectContaining({
        code: 'STATE_DAMAGED',
        message: expect.stringMatching(text) as string,
        details: { key: damaged, partition: 3, offset: 9 },
      }) as Error,
    );
  });
});
