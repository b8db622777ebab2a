/** What one call to the store may carry: by number and by bytes, of all kinds of cells together. */
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import type { Cell, StateStore } from '../../../../src/pipeline/ports.js';
import { ROWS } from '../../../../src/pipeline/state/cells.js';
import { CALL_LIMITS, cutCells, loadAll } from '../../../../src/pipeline/state/cutting.js';
import { decodeMarker, encodeMarker } from '../../../../src/pipeline/state/marker.js';
import { Memory } from '../../../../src/pipeline/state/memory.js';

const { countMax, bytesMax } = CALL_LIMITS;

const many = (count: number, hash = ROWS): Cell[] =>
  Array.from({ length: count }, (_, i) => ({
    hash,
    field: `oms.pay_txn:order:${i}`,
    value: i % 7 === 6 ? null : `order:${i}`,
  }));
const bytesOf = (cells: readonly Cell[]): number =>
  cells.reduce((sum, { hash, field, value }) => sum + Buffer.byteLength(hash + field + (value ?? '')), 0);
const pieces = (cells: readonly Cell[], limits = CALL_LIMITS): (readonly Cell[])[] => {
  const { first, last } = cutCells(cells, limits);
  return [...first, last];
};

describe('a write is cut', () => {
  it('at the number of its cells', () => {
    expect(pieces(many(countMax)).map(({ length }) => length)).toEqual([countMax]);
    expect(pieces(many(countMax + 1)).map(({ length }) => length)).toEqual([countMax, 1]);
    expect(pieces(many(2 * countMax)).map(({ length }) => length)).toEqual([countMax, countMax]);
  });

  it('at the bytes of hash, field and value, which are not the characters', () => {
    const half = 'ä'.repeat(bytesMax / 4 - 1); // and two bytes of hash and field
    const cells = ['1', '2'].map((field): Cell => ({ hash: 'a', field, value: half }));
    expect(bytesOf(cells)).toBe(bytesMax);
    expect(pieces(cells)).toHaveLength(1);
    expect(pieces([...cells, { hash: 'a', field: '', value: null }])).toHaveLength(2);
  });

  it('never inside of a cell: one that is longer goes alone', () => {
    const cells = ['1', 'x'.repeat(bytesMax * 2), '3'].map((value, i): Cell => ({ hash: 'a', field: `${i}`, value }));
    expect(pieces(cells)).toEqual(cells.map((cell) => [cell]));
  });

  it('without losing, doubling or moving anything', () => {
    const cells = [...many(2_500, 'order:1'), ...many(3_100), ...many(7, '~parked')];
    expect(pieces(cells).flat()).toEqual(cells);
    expect(pieces([])).toEqual([[]]);
  });
});

describe('a read', () => {
  it('asks again for what one answer could not hold, in bounded calls', async () => {
    const keys = Array.from({ length: 2_345 }, (_, i) => `order:${i}`);
    const asked: number[] = [];
    const load = (some: readonly string[]): Promise<string[]> => {
      asked.push(some.length);
      return Promise.resolve(some.slice(0, 700).map((key) => `of ${key}`));
    };
    expect(await loadAll(keys, load)).toEqual(keys.map((key) => `of ${key}`));
    expect(asked).toEqual([1_000, 1_000, 945, 245]);
  });

  it('that is answered with nothing is a fault, not an endless loop', async () => {
    await expect(loadAll(['order:1'], () => Promise.resolve([]))).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
  });
});

/** A store that notes what each write carries, and the marker that it moves to. */
class Noting extends MemoryStore {
  readonly calls: { readonly cells: number; readonly bytes: number; readonly next: string }[] = [];
  override save(...[expected, next, cells]: Parameters<StateStore['save']>): Promise<void> {
    this.calls.push({ cells: cells.length, bytes: bytesOf(cells), next });
    return super.save(expected, next, cells);
  }
}

describe('what a task stores', () => {
  const stands = { cluster: 'c', timeMs: 0 };
  const [before, after] = [1, 2].map((commit) => encodeMarker({ ...stands, commit, state: [commit * 100] })) as [
    string,
    string,
  ];

  async function saved(cells: readonly Cell[]): Promise<Noting> {
    const store = new Noting();
    const ledger = { topics: { state: 's', journal: 'j' }, partitionOf: () => 0 };
    const memory = new Memory({
      store,
      clock: { nowMs: () => 0 },
      observe: () => undefined,
      bytesMax: 1_000_000,
      ...ledger,
    });
    await store.save(null, before, []);
    await memory.reset(before, { state: [100], journal: [0] });
    store.calls.length = 0;
    await memory.save({ cells, states: [], owners: [], write: memory.nextWrite() }, after);
    return store;
  }

  it('goes in calls of bounded size, whatever it is', async () => {
    const cells = many(62_000);
    const store = await saved(cells);
    expect(Math.max(...store.calls.map((call) => call.cells))).toBe(countMax);
    expect(Math.max(...store.calls.map((call) => call.bytes))).toBeLessThanOrEqual(bytesMax);
    const fields = cells.map(({ field }) => field);
    expect(await loadAll(fields, (some) => store.loadFields(after, ROWS, some))).toEqual(
      cells.map(({ value }) => value),
    );
  });

  it('moves the marker with the last call only; until then it says which part is done', async () => {
    const store = await saved(many(3 * countMax));
    expect(store.calls.map(({ next }) => decodeMarker(next))).toEqual([
      { ...stands, commit: 1, state: [100], part: 1 },
      { ...stands, commit: 1, state: [100], part: 2 },
      { ...stands, commit: 2, state: [200] },
    ]);
  });
});
