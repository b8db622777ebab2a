/** Places of events are looked for around the time of their decision, each record once, and given up in bounded steps. */
import { describe, expect, it } from 'vitest';
import { eventsNear, type WantedEvent } from '../../../../../src/adapters/kafka/look/events-near.js';
import type { RecordRun } from '../../../../../src/adapters/kafka/read/record-run.js';

interface Written {
  readonly id: string;
  readonly key: string;
  readonly timestampMs: number;
}

/** One partition, of which so many records come with one answer. */
class Partition {
  reads = 0;
  readonly #records: readonly Written[];
  readonly #step: number;

  constructor(records: readonly Written[], step = 10) {
    this.#records = records;
    this.#step = step;
  }

  offsetAt(_: string, timeMs: number): Promise<number | null> {
    const offset = this.#records.findIndex(({ timestampMs }) => timestampMs >= timeMs);
    return Promise.resolve(offset === -1 ? null : offset);
  }

  from(_: string, offset: number) {
    this.reads += 1;
    const part = this.#records.slice(offset, offset + this.#step);
    const records = part.map(({ id, key, timestampMs }, i) => ({
      ...{ offset: offset + i, timestampMs, key: Buffer.from(key), value: null, headers: { ce_id: Buffer.from(id) } },
    }));
    return Promise.resolve({
      records: Object.assign(records, { bytes: 0 }) as unknown as RecordRun,
      nextOffset: offset + part.length,
    });
  }
}

const SECOND = 1_000;
/** One a second. */
const written = Array.from({ length: 1_000 }, (_, i) => ({ id: `e${i}`, key: `k${i % 7}`, timestampMs: i * SECOND }));
const want = (i: number, nearMs = i * SECOND): WantedEvent => ({
  id: `e${i}`,
  key: `k${i % 7}`,
  partition: 'out/3',
  nearMs,
});

describe('an event', () => {
  it('is found near its time, without reading all that is there', async () => {
    const partition = new Partition(written);
    expect(await eventsNear(partition, [want(500)])).toEqual(new Map([['e500', { partition: 3, offset: 500 }]]));
    expect(partition.reads).toBe(1);
  });

  it('is found with others in one pass, in whatever order they are asked for', async () => {
    const partition = new Partition(written);
    const found = await eventsNear(partition, [want(507), want(500), want(900)]);
    expect([...found].map(([id, { offset }]) => [id, offset]).sort()).toEqual([
      ['e500', 500],
      ['e507', 507],
      ['e900', 900],
    ]);
    expect(partition.reads).toBeLessThanOrEqual(3);
  });

  it('that was written at another time is given up soon, and the others are found', async () => {
    const partition = new Partition(written);
    const found = await eventsNear(partition, [want(100, 500 * SECOND), want(600)]);
    expect([...found.keys()]).toEqual(['e600']);
    expect(partition.reads).toBeLessThan(6);
  });

  it('that is not there, or whose key is another, is not found', async () => {
    const partition = new Partition(written);
    expect(await eventsNear(partition, [{ ...want(500), key: 'other' }, want(5_000)])).toEqual(new Map());
  });
});
