import { describe, expect, it } from 'vitest';
import { CODES } from './codes.js';
import { PartitionLog } from './partition-log.js';

const record = (value: string, key = 'k') => ({ key, value, headers: {} });
const first = { producerId: 1, epoch: 0 };
const second = { producerId: 2, epoch: 0 };
const values = (log: PartitionLog): (string | null)[] => log.committed().map(({ value }) => value);

describe('what a reader of committed records sees', () => {
  it('ends at the oldest open transaction, whatever was committed behind it', () => {
    const log = new PartitionLog();
    log.produce(first, 0, [record('a')], 0);
    log.produce(second, 0, [record('b')], 0);
    log.endTransaction(second, 'commit', 0);
    expect([log.stableEnd, log.end]).toEqual([0, 3]);
    expect(values(log)).toEqual([]);
    log.endTransaction(first, 'commit', 0);
    expect(values(log)).toEqual(['a', 'b']);
    expect([log.stableEnd, log.end]).toEqual([4, 4]);
  });

  it('leaves out aborted records, which stay in the log and in fetches with the list of aborts', () => {
    const log = new PartitionLog();
    log.produce(first, 0, [record('a')], 0);
    log.endTransaction(first, 'abort', 0);
    log.produce(first, 1, [record('b')], 0);
    log.endTransaction(first, 'commit', 0);
    expect(values(log)).toEqual(['b']);
    const { batches, aborted } = log.fetch(0, Infinity);
    expect(batches.flat().map(({ kind, offset }) => `${offset} ${kind}`)).toEqual([
      '0 record',
      '1 abort',
      '2 record',
      '3 commit',
    ]);
    expect(aborted).toEqual([{ producerId: 1, firstOffset: 0, lastOffset: 1 }]);
    expect(log.fetch(2, Infinity).aborted).toEqual([]);
  });
});

describe('sequence numbers', () => {
  it('a batch that comes again is not written again', () => {
    const log = new PartitionLog();
    expect(log.produce(first, 0, [record('a')], 0)).toEqual({ code: 0, baseOffset: 0 });
    expect(log.produce(first, 0, [record('a')], 0)).toEqual({ code: 0, baseOffset: 0 });
    expect(log.end).toBe(1);
  });

  it('a batch with the next number is, even if it holds the same', () => {
    const log = new PartitionLog();
    log.produce(first, 0, [record('a')], 0);
    expect(log.produce(first, 1, [record('a')], 0).code).toBe(0);
    expect(log.end).toBe(2);
  });

  it('a gap is refused', () => {
    const log = new PartitionLog();
    log.produce(first, 0, [record('a')], 0);
    expect(log.produce(first, 2, [record('c')], 0).code).toBe(CODES.OUT_OF_ORDER_SEQUENCE_NUMBER);
  });

  it('an older epoch is refused from the marker of the newer one on', () => {
    const log = new PartitionLog();
    log.produce(first, 0, [record('a')], 0);
    log.endTransaction({ ...first, epoch: 1 }, 'abort', 0);
    expect(log.produce(first, 1, [record('late')], 0).code).toBe(CODES.INVALID_PRODUCER_EPOCH);
    expect(log.produce({ ...first, epoch: 2 }, 0, [record('b')], 0).code).toBe(0);
  });
});

describe('compaction', () => {
  it('keeps the last committed record of each key, markers, and every offset', () => {
    const log = new PartitionLog();
    for (const [i, value] of ['a1', 'a2', 'b1'].entries()) {
      log.produce(first, i, [record(value, value[0])], 0);
      log.endTransaction(first, 'commit', 0);
    }
    log.produce(first, 3, [record('b2', 'b')], 0);
    log.endTransaction(first, 'abort', 0);
    log.produce(first, 4, [record('a3', 'a')], 0);
    log.compact();
    const records = log.entries.filter(({ kind }) => kind === 'record');
    expect(records.map(({ offset, value }) => `${offset} ${value}`)).toEqual(['2 a2', '4 b1', '8 a3']);
    expect(values(log)).toEqual(['a2', 'b1']);
    expect(log.end).toBe(9);
  });

  it('keeps tombstones for a while', () => {
    const log = new PartitionLog();
    for (const [i, value] of ['a1', null].entries()) {
      log.produce(first, i, [{ key: 'a', value, headers: {} }], i);
      log.endTransaction(first, 'commit', i);
    }
    log.compact(1);
    expect(values(log)).toEqual([null]);
    log.compact(2);
    expect(values(log)).toEqual([]);
    expect(log.end).toBe(4);
  });
});
