/** What one call to the store may carry: by number and by bytes, of all kinds together. */
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import type { JournalRecord, StateStore, StoreWrites } from '../../../../src/pipeline/ports.js';
import { copyJournal } from '../../../../src/pipeline/recover/copying.js';
import {
  BYTES_PER_WRITE_MAX,
  cutWrites,
  ENTRIES_PER_CALL_MAX,
  loadAll,
} from '../../../../src/pipeline/state/cutting.js';
import { encodeMarker } from '../../../../src/pipeline/state/marker.js';
import { Memory, NO_WRITES } from '../../../../src/pipeline/state/memory.js';
import { retailerRules } from '../../../support/rig.js';

const many = (count: number, name = 'oms.pay_txn:order'): Map<string, string> =>
  new Map(Array.from({ length: count }, (_, i) => [`${name}:${i}`, `order:${i % 1_000}`] as const));
const entries = ({ states, owners, parked }: StoreWrites): [string, string | null][] => [
  ...states,
  ...owners,
  ...parked,
];
const bytesOf = (writes: StoreWrites): number =>
  entries(writes).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value ?? ''), 0);
const pieces = (writes: StoreWrites): StoreWrites[] => {
  const { first, last } = cutWrites(writes);
  return [...first, last];
};

describe('a write is cut', () => {
  it('at the number of entries of all kinds', () => {
    const writes = { states: many(ENTRIES_PER_CALL_MAX - 1, 'order'), owners: many(1), parked: many(0) };
    expect(pieces(writes)).toHaveLength(1);
    expect(pieces({ ...writes, parked: new Map([['order:1', null]]) }).map((one) => entries(one).length)).toEqual([
      ENTRIES_PER_CALL_MAX,
      1,
    ]);
  });

  it('at the bytes of keys and values, which are not the characters', () => {
    const half = 'ä'.repeat(BYTES_PER_WRITE_MAX / 4 - 1); // and two bytes of key
    const states = new Map([
      ['a1', half],
      ['a2', half],
    ]);
    expect(pieces({ ...NO_WRITES, states })).toHaveLength(1);
    expect(pieces({ ...NO_WRITES, states: new Map([...states, ['a3', '']]) })).toHaveLength(2);
  });

  it('never inside of an entry: one that is longer goes alone', () => {
    const states = new Map([
      ['a1', '1'],
      ['a2', 'x'.repeat(BYTES_PER_WRITE_MAX * 2)],
      ['a3', '3'],
    ]);
    expect(pieces({ ...NO_WRITES, states }).map(({ states: one }) => [...one.keys()])).toEqual([
      ['a1'],
      ['a2'],
      ['a3'],
    ]);
  });

  it('without losing, doubling or moving anything', () => {
    const writes = { states: many(2_500, 'order'), owners: new Map([...many(3_100), ['gone', null]]), parked: many(7) };
    expect(pieces(writes).flatMap(entries)).toEqual(entries(writes));
    expect(pieces(NO_WRITES)).toEqual([NO_WRITES]);
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

/** A store that notes what each write carries. */
class Noting extends MemoryStore {
  readonly calls: { readonly entries: number; readonly bytes: number }[] = [];
  override save(...[expected, next, writes]: Parameters<StateStore['save']>): Promise<void> {
    this.calls.push({ entries: entries(writes).length, bytes: bytesOf(writes) });
    return super.save(expected, next, writes);
  }
}

const clock = { nowMs: () => 0 };
const ORDERS = 2_000;
const LINES = 50;

/** 2,000 orders, with 50 rows each that only the index finds. */
function journal(): readonly JournalRecord[] {
  const origin = { source: 's', transactionId: 't', position: null, commitTimeMs: 0 };
  return Array.from({ length: ORDERS }, (_, i) => {
    const keys = Array.from({ length: LINES }, (_line, l) => String(i * 100 + l));
    const payments = Object.fromEntries(keys.map((key) => [key, { txn_id: key, ord_no: String(i) }]));
    const rows = keys.map((key) => ({ table: 'oms.pay_txn', key, op: 'c', changed: [] }));
    const state = { rows: { 'oms.pay_txn': payments }, fired: {}, sequences: {}, parked: null, at: {} };
    const entry = { aggregate: 'order', id: String(i), origin, outcome: 'applied', refusal: null, rows, state };
    const value = JSON.stringify({ ...entry, verdicts: [], events: [], digest: 'd' });
    return { partition: 0, offset: i, key: `order:${i}`, value };
  });
}

describe('no write carries more than a call may', () => {
  it('when a task stores what it decided, rows of the index above all', async () => {
    const store = new Noting();
    const memory = new Memory({ store, clock, observe: () => undefined, bytesMax: 1_000_000 });
    const [before, after] = [0, 1].map((end) => encodeMarker({ cluster: 'c', journal: [end] }));
    await store.save(null, before ?? '', NO_WRITES);
    memory.reset(before ?? '');
    const owners = many(62_000);
    await memory.save({ ...NO_WRITES, states: many(10, 'order'), owners }, after ?? '', memory.nextWrite());
    expect(Math.max(...store.calls.map((call) => call.entries))).toBe(ENTRIES_PER_CALL_MAX);
    expect(await store.marker()).toBe(after);
    expect(await store.loadOwners(after ?? '', [...owners.keys()])).toEqual([...owners.values()]);
  });

  it.each([
    ['with the index in memory', undefined],
    ['with an index that gets too large on the way', ORDERS * LINES],
  ])('when the journal is copied, %s', async (_, indexInMemoryMax) => {
    const { rules } = await retailerRules();
    const records = journal();
    const store = new Noting();
    const sink = {
      clusterId: 'c',
      async *readJournal() {
        for (let i = 0; i < ORDERS; i += 500) yield await Promise.resolve(records.slice(i, i + 500));
      },
    };
    const target = encodeMarker({ cluster: 'c', journal: [ORDERS] });
    const plan = { from: [0], to: [ORDERS], current: null, target, whole: true };
    await copyJournal({ sink, store, rules, clock, observe: () => undefined }, plan, indexInMemoryMax);
    expect(Math.max(...store.calls.map((call) => call.entries))).toBeLessThanOrEqual(ENTRIES_PER_CALL_MAX);
    expect(Math.max(...store.calls.map((call) => call.bytes))).toBeLessThanOrEqual(BYTES_PER_WRITE_MAX);
    const rows = records.flatMap(({ offset }) =>
      Array.from({ length: LINES }, (_line, l) => `oms.pay_txn:order:${offset * 100 + l}`),
    );
    const owners = records.flatMap(({ key }) => Array.from({ length: LINES }, () => key));
    expect(await store.loadOwners(target, rows)).toEqual(owners);
  });
});
