/** What a task stores goes in calls of bounded size, each of which moves the marker. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import type { Cell, StateStore } from '../../../../src/pipeline/ports.js';
import { ROWS } from '../../../../src/pipeline/state/cells.js';
import { CALL_LIMITS, loadAll } from '../../../../src/pipeline/state/cutting.js';
import { decodeMarker, encodeMarker } from '../../../../src/pipeline/state/marker.js';
import { Memory } from '../../../../src/pipeline/state/memory.js';
import { PART_LIMITS } from '../../../../src/domain/state/queue.js';

const { countMax, bytesMax } = CALL_LIMITS;

const many = (count: number): Cell[] =>
  Array.from({ length: count }, (_, i) => ({
    hash: ROWS,
    field: `oms.pay_txn:order:${i}`,
    value: i % 7 === 6 ? null : `order:${i}`,
  }));
const bytesOf = (cells: readonly Cell[]): number =>
  cells.reduce((sum, { hash, field, value }) => sum + Buffer.byteLength(hash + field + (value ?? '')), 0);

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

  async function opened(): Promise<{ memory: Memory; store: Noting }> {
    const store = new Noting();
    const ledger = { topics: { state: 's', journal: 'j' }, partitionOf: () => 0 };
    const memory = new Memory({
      store,
      clock: { nowMs: () => 0 },
      random: randomBytes,
      observe: () => undefined,
      bytesMax: 1_000_000,
      parts: PART_LIMITS,
      ...ledger,
    });
    await store.save(null, before, []);
    await memory.reset(before, { state: [100], journal: [0] });
    store.calls.length = 0;
    return { memory, store };
  }

  async function saved(cells: readonly Cell[]): Promise<Noting> {
    const { memory, store } = await opened();
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

  it('may move the marker between two calls of a read that goes on', async () => {
    const { memory, store } = await opened();
    const aggregates = Array.from({ length: 3 * countMax }, (_, i) => `order:${i}`);
    const reading = memory.loadStates(aggregates);
    const saving = memory.save({ cells: many(2), states: [], owners: [], write: memory.nextWrite() }, after);
    await Promise.all([reading, saving]);
    expect(await store.marker()).toBe(after);
    expect(memory.known(aggregates.at(-1)!)).toMatchObject({ state: null });
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
