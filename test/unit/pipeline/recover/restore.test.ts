/** Cells are copied out of the state topic by partition, in bounded calls, resumably, and by two owners at once without harm (SPEC T5, T13). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { TextRecords } from '../../../../src/adapters/memory/text-records.js';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import type { OwnRecord, PackedCells, Sink, StateStore } from '../../../../src/pipeline/ports.js';
import { restore, type RestorePlan } from '../../../../src/pipeline/recover/restore.js';
import { cellKey } from '../../../../src/pipeline/state/cells.js';
import { CALL_LIMITS } from '../../../../src/pipeline/state/cutting.js';
import '../../../support/property-seed.js';
import { replaced } from '../../../support/replaced.js';
import { hashesInStore, hashesOf } from '../../../support/stored.js';

const PARTITIONS = 3;

/** Cells that come, change and go, in three partitions with holes where Kafka transactions end. */
function topicOf(count: number): OwnRecord[][] {
  const next = Array.from({ length: PARTITIONS }, () => 0);
  const partitions: OwnRecord[][] = next.map(() => []);
  for (let i = 0; i < count; i += 1) {
    const id = i % 17;
    const partition = id % PARTITIONS;
    const [hash, field] = [`order:${id}`, i % 5 === 0 ? '' : `roms.line\t${i % 7}`];
    const value = i % 11 === 10 && field !== '' ? null : `text ${i}`;
    partitions[partition]!.push({
      partition,
      offset: next[partition]!,
      timestampMs: 0,
      key: cellKey({ hash, field }),
      value,
    });
    next[partition]! += i % 4 === 3 ? 2 : 1;
  }
  return partitions;
}

const endsOf = (topic: readonly (readonly OwnRecord[])[]): number[] =>
  topic.map((records) => (records.at(-1)?.offset ?? 0) + 2);

/** Reads in pieces of this size, partitions in turn; `wait` before each piece. */
const readerOf = (
  topic: readonly (readonly OwnRecord[])[],
  size: number,
  wait: () => Promise<unknown> = () => Promise.resolve(),
): Pick<Sink, 'walk'> => ({
  async *walk(_, from, to) {
    const left = topic.map((records, p) =>
      records.filter(({ offset }) => offset >= (from[p] ?? 0) && offset < (to[p] ?? 0)),
    );
    while (left.some((records) => records.length > 0))
      for (const [partition, records] of left.entries()) {
        await wait();
        yield new TextRecords(partition, records.splice(0, size));
      }
  },
});

const countOf = (cells: readonly PackedCells[]): number => cells.reduce((sum, { count }) => sum + count, 0);

const ports = { clock: { nowMs: () => 0 }, observe: () => undefined };

const planOf = (topic: readonly (readonly OwnRecord[])[]): RestorePlan => ({
  ...{ current: null, restoring: 'restoring', target: 'target', from: null, ends: endsOf(topic) },
});

const expectCopied = async (store: StateStore, topic: readonly (readonly OwnRecord[])[]): Promise<void> => {
  expect(await store.marker()).toBe('target');
  expect(await hashesInStore(store)).toEqual(hashesOf(topic.flat()));
};

describe('a restore', () => {
  it.each([1, 7, 1_000])('copies the newest text of each cell, read in pieces of %i', async (size) => {
    const topic = topicOf(500);
    const store = new MemoryStore();
    expect(await restore({ ...ports, store, sink: readerOf(topic, size) }, planOf(topic))).toBe(true);
    await expectCopied(store, topic);
  });

  it('copies a topic that is empty', async () => {
    const store = new MemoryStore();
    await restore({ ...ports, store, sink: readerOf([[], []], 1) }, { ...planOf([]), ends: [0, 0] });
    expect(await store.marker()).toBe('target');
  });

  it('goes on where each partition stands when it was broken off, and copies nothing twice', async () => {
    const topic = topicOf(300);
    const store = new MemoryStore();
    let pieces = 0;
    const isStopping = (): boolean => (pieces += 1) > 20;
    expect(await restore({ ...ports, store, sink: readerOf(topic, 4), isStopping }, planOf(topic))).toBe(false);
    expect(await store.marker()).toBe('restoring');
    let copied = 0;
    const noting = replaced<StateStore>(store, {
      copy: (expected, at, cells) => {
        copied += countOf(cells);
        return store.copy(expected, at, cells);
      },
    });
    await restore({ ...ports, store: noting, sink: readerOf(topic, 4) }, { ...planOf(topic), current: 'restoring' });
    await expectCopied(store, topic);
    expect(copied).toBeLessThan(300 - 60);
  });

  it('refuses records that are handed over with an older one behind a newer one', async () => {
    const topic = topicOf(50);
    const store = new MemoryStore();
    const once = readerOf(topic, 5);
    const sink: Pick<Sink, 'walk'> = {
      async *walk(...range) {
        yield* once.walk(...range);
        yield* once.walk(...range);
      },
    };
    await expect(restore({ ...ports, store, sink }, planOf(topic))).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
    expect(await store.marker()).toBe('restoring');
  });

  it('tells how far it is every two seconds', async () => {
    const topic = topicOf(300);
    const told: PipelineEvent[] = [];
    let nowMs = 0;
    const clock = { nowMs: () => (nowMs += 1_100) };
    const observe = (event: PipelineEvent): unknown => told.push(event);
    await restore({ clock, observe, store: new MemoryStore(), sink: readerOf(topic, 10) }, planOf(topic));
    const shares = told.flatMap((event) => (event.kind === 'restoring' ? [event.share] : []));
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeGreaterThan(0.9);
    expect(told.at(-1)).toMatchObject({
      kind: 'restored',
      whole: true,
      states: topic.flat().filter(({ key }) => key.endsWith(',""]')).length,
    });
  });
});

describe('what a restore holds is bounded', () => {
  it('no more is read while writes are not answered', async () => {
    const topic = topicOf(3_000);
    const store = new MemoryStore();
    const never = replaced<StateStore>(store, { copy: () => new Promise<void>(() => undefined) });
    let read = 0;
    const counted = (): Promise<void> => {
      read += 1;
      return Promise.resolve();
    };
    void restore({ ...ports, store: never, sink: readerOf(topic, 10, counted) }, planOf(topic));
    for (let i = 0; i < 1_000; i += 1) await Promise.resolve();
    expect(read).toBeGreaterThan(2);
    expect(read).toBeLessThanOrEqual(9); // eight writes under way, and the one that waits
  });

  it('no call carries more than a call may, and each has its place', async () => {
    const cell = (i: number, value: string): OwnRecord => ({
      ...{ partition: 0, offset: i, timestampMs: 0, value },
      key: cellKey({ hash: 'order:1', field: `roms.line\t${i}` }),
    });
    const small = Array.from({ length: 2_500 }, (_, i) => cell(i, 'x'));
    const large = Array.from({ length: 5 }, (_, i) => cell(2_500 + i, 'x'.repeat(CALL_LIMITS.bytesMax / 2)));
    const topic = [[...small, ...large]];
    const store = new MemoryStore();
    const calls: { from: number; to: number; cells: number; bytes: number }[] = [];
    const noting = replaced<StateStore>(store, {
      copy: (expected, at, cells) => {
        const bytes = cells.reduce((sum, { hash, texts }) => sum + hash.length + texts.length, 0);
        calls.push({ from: at.from, to: at.to, cells: countOf(cells), bytes });
        return store.copy(expected, at, cells);
      },
    });
    await restore({ ...ports, store: noting, sink: readerOf(topic, 10_000) }, planOf(topic));
    await expectCopied(store, topic);
    expect(Math.max(...calls.map(({ cells }) => cells))).toBe(CALL_LIMITS.countMax);
    expect(Math.max(...calls.map(({ bytes }) => bytes))).toBeLessThanOrEqual(CALL_LIMITS.bytesMax);
    expect(calls.slice(1).map(({ from }) => from)).toEqual(calls.slice(0, -1).map(({ to }) => to));
  });
});

it('two owners may restore at once, in pieces cut elsewhere: none takes the other for itself, and nothing is missing', async () => {
  const topic = topicOf(120);
  const delays = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 30, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), delays, async (a, b, ticks) => {
      const store = new MemoryStore();
      let waited = 0;
      const waits = async (): Promise<void> => {
        for (let i = ticks[(waited += 1) % ticks.length] ?? 0; i > 0; i -= 1) await Promise.resolve();
      };
      const own = async (size: number): Promise<'done' | 'moved'> => {
        for (let life = 0; life < 50; life += 1) {
          const current = await store.marker();
          if (current === 'target') return 'done';
          try {
            await restore({ ...ports, store, sink: readerOf(topic, size, waits) }, { ...planOf(topic), current });
            await expectCopied(store, topic);
          } catch (error) {
            expect(error).toMatchObject({ code: 'MARKER_MOVED' });
          }
        }
        return 'moved';
      };
      const ends = await Promise.all([own(a), own(b)]);
      expect(ends).toEqual(['done', 'done']);
      await expectCopied(store, topic);
    }),
    { numRuns: 100 },
  );
});

it('a restore that was cleared away under its feet is noticed', async () => {
  const topic = topicOf(120);
  const store = new MemoryStore();
  let pieces = 0;
  const clears = (): Promise<void> => {
    if ((pieces += 1) === 9) store.clear();
    return Promise.resolve();
  };
  await expect(restore({ ...ports, store, sink: readerOf(topic, 3, clears) }, planOf(topic))).rejects.toMatchObject({
    code: 'MARKER_MOVED',
  });
  expect(await store.marker()).toBeNull();
});

it('a store that lost the last copies and not the marker does not become complete', async () => {
  const topic = topicOf(60);
  const store = new MemoryStore();
  const forgetful = replaced<StateStore>(store, {
    copy: (expected, at, cells) => (at.partition === 2 ? Promise.resolve() : store.copy(expected, at, cells)),
  });
  await expect(
    restore({ ...ports, store: forgetful, sink: readerOf(topic, 100) }, planOf(topic)),
  ).rejects.toMatchObject({
    code: 'MARKER_MOVED',
  });
  expect(await store.marker()).toBe('restoring');
});
