/** What every state store promises of a restore (`src/pipeline/ports.ts`, rules R5 to R7, R10). */
import { describe, expect, it } from 'vitest';
import { packedCells } from '../../src/adapters/redis/packed-cells.js';
import type { Cell } from '../../src/pipeline/ports.js';
import { cellsOf, fieldsOf, moved, ONE, readingOf, RESTORE, type StoreWorld, TWO } from './store-world.js';

export function restorePromises(opened: () => StoreWorld): void {
  const { loaded, scanned, scannedFields } = readingOf(() => opened().store);

  describe('a restore', () => {
    const before = cellsOf({
      'order:1': { '': 'old', r: '1' },
      '~rows': { a: 'order:1' },
      '~stubs': { 'order:2': 's' },
    });
    const cell = (n: number): Cell => ({ hash: `order:${n}`, field: '', value: `{"n":${n}}` });
    const copiedUpTo = (
      partition: number,
      from: number,
      to: number,
    ): { partition: number; from: number; to: number } => ({
      partition,
      from,
      to,
    });

    it('deletes what was there, copies by partition, and ends with all of it', async () => {
      await opened().store.save(null, ONE, before);
      expect(await opened().store.beginRestore(ONE, RESTORE, null)).toEqual(new Map());
      expect(await opened().store.marker()).toBe(RESTORE);
      await opened().store.copy(RESTORE, copiedUpTo(1, 0, 40), packedCells([cell(1), cell(3)]));
      await opened().store.copy(RESTORE, copiedUpTo(0, 0, 7), packedCells([cell(2)]));
      await opened().store.copy(RESTORE, copiedUpTo(1, 40, 90), packedCells([{ ...cell(3), value: null }, cell(4)]));
      await opened().store.endRestore(
        RESTORE,
        TWO,
        new Map(Object.entries({ 0: 7, 1: 90, 2: 0 }).map(([p, to]) => [Number(p), to])),
      );
      expect(await opened().store.marker()).toBe(TWO);
      expect([...(await scanned(TWO)).keys()].sort()).toEqual(['order:1', 'order:2', 'order:4']);
      expect(await loaded(TWO, 'order:1', 'order:2')).toEqual([
        fieldsOf({ '': '{"n":1}' }),
        fieldsOf({ '': '{"n":2}' }),
      ]);
      expect([await scannedFields(TWO, '~rows'), await scannedFields(TWO, '~stubs')]).toEqual([new Map(), new Map()]);
      await opened().store.save(TWO, 'three', [cell(5)]);
      expect((await scanned('three')).size).toBe(4);
    });

    it('deletes what stands there without a marker that is known', async () => {
      await opened().store.save(null, ONE, before);
      await expect(opened().store.beginRestore(null, RESTORE, null)).rejects.toMatchObject(moved);
      await expect(opened().store.beginRestore(TWO, RESTORE, null)).rejects.toMatchObject(moved);
      expect((await scanned(ONE)).size).toBe(1);
      await opened().lose();
      expect(await opened().store.beginRestore(null, RESTORE, null)).toEqual(new Map());
    });

    it('of many keys leaves none', async () => {
      const many = Array.from({ length: 3_500 }, (_, i) => cell(i));
      await opened().store.save(null, ONE, [...many, ...before]);
      await opened().store.beginRestore(ONE, RESTORE, null);
      await opened().store.endRestore(RESTORE, TWO, new Map());
      expect(await scanned(TWO)).toEqual(new Map());
      expect(await loaded(TWO, '~rows', '~stubs', 'order:3')).toEqual([fieldsOf({}), fieldsOf({}), fieldsOf({})]);
    });

    it('that was broken off goes on where it was, whoever goes on', async () => {
      await opened().store.save(null, ONE, before);
      await opened().store.beginRestore(ONE, RESTORE, null);
      await opened().store.copy(RESTORE, copiedUpTo(0, 0, 5), packedCells([cell(7)]));
      await opened().store.copy(RESTORE, copiedUpTo(3, 0, 8), packedCells([]));
      const places = new Map([
        [0, 5],
        [3, 8],
      ]);
      expect(await opened().other.marker()).toBe(RESTORE);
      expect(await opened().other.beginRestore(RESTORE, RESTORE, null)).toEqual(places);
      expect(await opened().other.beginRestore(ONE, RESTORE, null)).toEqual(places);
      await opened().other.endRestore(RESTORE, TWO, places);
      expect(await loaded(TWO, 'order:7', 'order:1')).toEqual([fieldsOf({ '': '{"n":7}' }), fieldsOf({})]);
    });

    it('on top of what is there keeps it, and begins where that ends', async () => {
      await opened().store.save(null, ONE, before);
      expect(await opened().store.beginRestore(ONE, RESTORE, [5, 0, 9])).toEqual(
        new Map([
          [0, 5],
          [2, 9],
        ]),
      );
      await expect(opened().store.copy(RESTORE, copiedUpTo(0, 0, 7), packedCells([]))).rejects.toMatchObject(moved);
      await opened().store.copy(
        RESTORE,
        copiedUpTo(0, 5, 7),
        packedCells([{ hash: 'order:1', field: 'r', value: null }, cell(2)]),
      );
      await opened().store.copy(RESTORE, copiedUpTo(1, 0, 1), packedCells([]));
      const [begun, places] = [
        new Map([
          [0, 7],
          [1, 1],
          [2, 9],
        ]),
        await opened().other.beginRestore(RESTORE, RESTORE, [5, 0, 9]),
      ];
      expect(places).toEqual(begun);
      await opened().other.endRestore(RESTORE, TWO, begun);
      expect(await loaded(TWO, 'order:1', 'order:2')).toEqual([fieldsOf({ '': 'old' }), fieldsOf({ '': '{"n":2}' })]);
    });

    it('on top of another one that was broken off has places of its own', async () => {
      await opened().store.save(null, ONE, before);
      await opened().store.beginRestore(ONE, RESTORE, [5, 6]);
      expect(await opened().store.beginRestore(RESTORE, 'restore 2', [0, 4])).toEqual(new Map([[1, 4]]));
      await expect(opened().store.endRestore('restore 2', TWO, new Map([[0, 5]]))).rejects.toMatchObject(moved);
    });

    it('instead of another one begins anew', async () => {
      await opened().store.beginRestore(null, RESTORE, null);
      await opened().store.copy(RESTORE, copiedUpTo(0, 0, 5), packedCells([cell(7)]));
      expect(await opened().other.beginRestore(RESTORE, 'restore 2', null)).toEqual(new Map());
      await expect(opened().store.copy(RESTORE, copiedUpTo(0, 5, 9), packedCells([cell(8)]))).rejects.toMatchObject(
        moved,
      );
      await expect(opened().store.endRestore(RESTORE, TWO, new Map([[0, 5]]))).rejects.toMatchObject(moved);
      await expect(opened().store.copy(RESTORE, copiedUpTo(1, 0, 9), packedCells([cell(9)]))).rejects.toMatchObject(
        moved,
      );
      await opened().other.endRestore('restore 2', TWO, new Map());
      await expect(opened().store.copy(RESTORE, copiedUpTo(1, 0, 9), packedCells([cell(9)]))).rejects.toMatchObject(
        moved,
      );
      expect(await scanned(TWO)).toEqual(new Map());
    });

    it('copies each part once, though its answer was lost', async () => {
      await opened().store.beginRestore(null, RESTORE, null);
      const at = copiedUpTo(0, 0, 5);
      await opened().store.copy(RESTORE, at, packedCells([cell(7)]));
      await opened().store.copy(RESTORE, at, packedCells([{ ...cell(7), value: 'again' }]));
      await opened().store.endRestore(RESTORE, TWO, new Map([[0, 5]]));
      await opened().store.endRestore(RESTORE, TWO, new Map([[0, 5]]));
      expect((await loaded(TWO, 'order:7'))[0]?.get('')).toBe('{"n":7}');
    });

    it('of two owners at once stops the one that is not where the store is', async () => {
      await opened().store.beginRestore(null, RESTORE, null);
      await opened().other.beginRestore(null, RESTORE, null);
      await opened().store.copy(RESTORE, copiedUpTo(0, 0, 5), packedCells([cell(5)]));
      await expect(opened().other.copy(RESTORE, copiedUpTo(0, 0, 9), packedCells([cell(9)]))).rejects.toMatchObject(
        moved,
      );
      await opened().other.copy(RESTORE, copiedUpTo(0, 5, 12), packedCells([cell(12)]));
      await expect(opened().store.copy(RESTORE, copiedUpTo(0, 5, 9), packedCells([cell(9)]))).rejects.toMatchObject(
        moved,
      );
      await expect(opened().store.endRestore(RESTORE, TWO, new Map([[0, 5]]))).rejects.toMatchObject(moved);
      await opened().other.endRestore(RESTORE, TWO, new Map([[0, 12]]));
      await expect(opened().store.copy(RESTORE, copiedUpTo(0, 12, 20), packedCells([cell(20)]))).rejects.toMatchObject(
        moved,
      );
      expect([...(await scanned(TWO)).keys()].sort()).toEqual(['order:12', 'order:5']);
    });

    it('does not end while a partition is not where it was copied to', async () => {
      await opened().store.beginRestore(null, RESTORE, null);
      await opened().store.copy(RESTORE, copiedUpTo(0, 0, 5), packedCells([]));
      for (const copied of [{ 0: 9 }, { 0: 0 }, { 0: 5, 1: 1 }])
        await expect(
          opened().store.endRestore(RESTORE, TWO, new Map(Object.entries(copied).map(([p, to]) => [Number(p), to]))),
        ).rejects.toMatchObject(moved);
      expect(await opened().store.marker()).toBe(RESTORE);
    });

    it('leaves nothing for a later one', async () => {
      await opened().store.beginRestore(null, RESTORE, null);
      await opened().store.copy(RESTORE, copiedUpTo(0, 0, 5), packedCells([cell(7)]));
      await opened().store.endRestore(RESTORE, TWO, new Map([[0, 5]]));
      expect(await opened().store.beginRestore(TWO, RESTORE, null)).toEqual(new Map());
      await opened().store.copy(RESTORE, copiedUpTo(0, 0, 5), packedCells([cell(8)]));
      await opened().store.endRestore(RESTORE, TWO, new Map([[0, 5]]));
      expect([...(await scanned(TWO)).keys()]).toEqual(['order:8']);
    });

    it('is neither read nor saved into as if it were done', async () => {
      await opened().store.save(null, ONE, before);
      await opened().store.beginRestore(ONE, RESTORE, null);
      await expect(opened().other.load(ONE, ['order:1'])).rejects.toMatchObject(moved);
      await expect(opened().other.save(ONE, TWO, [])).rejects.toMatchObject(moved);
      await expect(opened().other.save(null, TWO, [])).rejects.toMatchObject(moved);
      await expect(opened().other.scan(ONE, null)).rejects.toMatchObject(moved);
    });

    it('is lost with everything', async () => {
      await opened().store.beginRestore(null, RESTORE, null);
      await opened().store.copy(RESTORE, copiedUpTo(0, 0, 5), packedCells([cell(7)]));
      await opened().lose();
      await expect(opened().store.copy(RESTORE, copiedUpTo(0, 5, 9), packedCells([]))).rejects.toMatchObject(moved);
      await expect(opened().store.endRestore(RESTORE, TWO, new Map([[0, 5]]))).rejects.toMatchObject(moved);
      await expect(opened().store.beginRestore(RESTORE, RESTORE, null)).rejects.toMatchObject(moved);
    });
  });
}
