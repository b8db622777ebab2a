/** How records are cut into sends: by their bytes, as they are written. */
import { describe, expect, it } from 'vitest';
import { BatchWriter } from '../../../../../src/adapters/kafka/write/batch-writer.js';
import { type EncodedBatch, roundsOf } from '../../../../../src/adapters/kafka/write/rounds.js';
import type { OutputRecord } from '../../../../../src/pipeline/ports.js';

const BATCH = 61;
/** With a key of one character: length, attributes, time, place, key, length of the value, number of headers. */
const OVERHEAD = 2 + 1 + 1 + 1 + 2 + 2 + 1;
const limits = { batchBytesMax: () => 1_000, requestBytesMax: 2_500, recordsMax: Infinity };
const partitionOf = ({ key }: OutputRecord): number => Number(key);
const record = (key: string, length: number): OutputRecord => ({ topic: 't', key, value: 'x'.repeat(length) });

/** What is asked of each round while it is valid. */
function cut<T>(records: readonly OutputRecord[], more: object, ask: (batch: EncodedBatch) => T): T[][] {
  const rounds = [];
  for (const round of roundsOf(records, partitionOf, { ...limits, ...more }, new BatchWriter()))
    rounds.push([...round.values()].map(ask));
  return rounds;
}
const sizes = (records: readonly OutputRecord[], more = {}): number[][] =>
  cut(records, more, (batch) => batch.records.length);

describe('records are cut into sends', () => {
  it('that have one batch for each partition, of exactly what may be at most', () => {
    const half = (1_000 - BATCH) / 2 - OVERHEAD;
    const [first, second] = [record('0', Math.floor(half)), record('0', Math.ceil(half))];
    expect(cut([first, second], {}, ({ bytes }) => bytes.length)).toEqual([[1_000]]);
    expect(sizes([first, second])).toEqual([[2]]);
    expect(sizes([first, { ...second, value: `${String(second.value)}x` }])).toEqual([[1], [1]]);
    expect(sizes([first, second, record('0', 0)])).toEqual([[2], [1]]);
  });

  it('with a record that is larger than a batch alone in its batch', () => {
    expect(sizes([record('0', 1), record('0', 2_000), record('0', 1)])).toEqual([[1], [1], [1]]);
  });

  it('of a bounded number of bytes over all partitions', () => {
    const all = ['0', '1', '2', '3'].map((key) => record(key, 1_250 - BATCH - OVERHEAD));
    expect(sizes(all)).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(sizes(all, { requestBytesMax: 2_499 })).toEqual([[1], [1], [1], [1]]);
    expect(sizes([record('0', 5_000), record('1', 1)])).toEqual([[1], [1]]);
  });

  it('one by one where one is looked for', () => {
    expect(sizes([record('0', 1), record('1', 1), record('0', 1)], { recordsMax: 1 })).toEqual([[1], [1], [1]]);
  });

  it('and keep their order in each partition, and none is lost', () => {
    const records = Array.from({ length: 200 }, (_, i) => ({
      ...record(String(i % 3), (i * 37) % 900),
      headers: { i: String(i) },
    }));
    const rounds = cut(records, {}, (batch) => batch);
    for (const partition of [0, 1, 2]) {
      const batches = rounds.flat().filter((batch) => batch.partition === partition);
      const order = batches.flatMap(({ records: all }) => all.map(({ headers }) => Number(headers?.['i'])));
      expect(order).toEqual(Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 3 === partition));
    }
  });
});
