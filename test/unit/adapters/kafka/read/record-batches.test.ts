/** Record batches as brokers send them: made by kafkajs's own encoder where it can make them, by the fake cluster's else. */
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerCodecs } from '../../../../../src/adapters/kafka/codecs/codecs.js';
import { crc32c } from '../../../../../src/adapters/kafka/crc32c.js';
import { readBatches } from '../../../../../src/adapters/kafka/read/record-batches.js';
import type { RawRecord, RecordCursor } from '../../../../../src/pipeline/ports.js';
import type { LogEntry } from '../../../../simulation/kafka/partition-log.js';
import { recordBatch, sealed } from '../../../../simulation/kafka/wire.js';

const load = createRequire(import.meta.url);
interface Encoded {
  readonly buffer: Buffer;
}
const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  readonly RecordBatch: (batch: object) => Promise<Encoded>;
};
const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (record: object) => Encoded;

const entry = (
  offset: number,
  {
    producerId = -1,
    kind = 'record',
    first = offset,
    last = offset,
  }: { producerId?: number; kind?: LogEntry['kind']; first?: number; last?: number } = {},
): LogEntry => ({
  offset,
  kind,
  producerId,
  timestampMs: 1_000 + offset,
  key: `k${offset}`,
  value: `v${offset}`,
  headers: {},
  batch: { first, last },
});
/** Consecutive offsets of one producer in one batch. */
const written = (producerId: number, first: number, last: number): Buffer =>
  recordBatch(Array.from({ length: last - first + 1 }, (_, i) => entry(first + i, { producerId, first, last })));
const marker = (producerId: number, offset: number, kind: 'commit' | 'abort'): Buffer =>
  recordBatch([entry(offset, { producerId, kind })]);
type Aborted = Parameters<typeof readBatches>[1]['aborted'];
interface Read {
  readonly records: readonly RawRecord[];
  readonly nextOffset: number;
}
/** Of records as objects and walked, which are the same, and so are those in front of an offset. */
async function read(bytes: Buffer, from: number, aborted: Aborted, bytesMax = Infinity): Promise<Read> {
  const { records: run, nextOffset } = await readBatches(bytes, { from, aborted, bytesMax });
  const records = [...run];
  expect(run.length).toBe(records.length);
  expect(textsOf(run.walk(0))).toEqual(
    records.map(({ offset, key, value }) => [offset, key?.toString() ?? '', value?.toString() ?? null]),
  );
  for (const end of [0, ...records.map(({ offset }) => offset), Infinity])
    expect([...run.before(end)]).toEqual(records.filter(({ offset }) => offset < end));
  return { records, nextOffset };
}
const offsetsOf = async (...asked: Parameters<typeof read>): Promise<[number[], number]> => {
  const { records, nextOffset } = await read(...asked);
  return [records.map(({ offset }) => offset), nextOffset];
};

function textsOf(records: RecordCursor): [offset: number, key: string, value: string | null][] {
  const texts: [number, string, string | null][] = [];
  while (records.next()) {
    const { bytes, offset, keyBegin, keyEnd, valueBegin, valueEnd } = records;
    const value = valueBegin < 0 ? null : bytes.toString('utf8', valueBegin, valueEnd);
    texts.push([offset, bytes.toString('utf8', keyBegin, keyEnd), value]);
  }
  return texts;
}

it('CRC-32C is the one of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(0))).toBe(0);
});

describe('a batch', () => {
  /** Dragoman writes nothing compressed, in no test of this process. */
  const factories = kafkajs.CompressionCodecs as unknown as Record<number, () => object>;
  beforeAll(() => {
    registerCodecs();
    const gzip = factories[1]?.();
    factories[1] = () => ({ ...gzip, compress: ({ buffer }: Encoded) => Promise.resolve(gzipSync(buffer)) });
  });
  afterAll(registerCodecs);

  it('has the nearest instant where somebody gave its records a time that is none', async () => {
    for (const [timestampMs, nearest] of [
      [1.7e18, 8.64e15],
      [-9e18, -8.64e15],
      [-1, -1],
    ] as const) {
      const { records } = await read(recordBatch([{ ...entry(0), timestampMs }]), 0, []);
      expect(records.map((record) => new Date(record.timestampMs).getTime())).toEqual([nearest]);
    }
  });

  it.each([0, 1])('of kafkajs is read as it was written, with codec %i', async (compression) => {
    const headers = { one: 'first', two: ['a', 'b'], none: '' };
    const timestamps = [1_700_000_000_000, 1_700_000_000_007, 1_699_999_999_000];
    const records = timestamps.map((timestamp, i) =>
      encodeRecord({
        offsetDelta: i,
        timestampDelta: timestamp - timestamps[0]!,
        key: i === 1 ? null : Buffer.from(`key ${i}`),
        value: i === 2 ? null : Buffer.from('ü'.repeat(i * 3_000)),
        headers: i === 0 ? headers : {},
      }),
    );
    const { buffer } = await RecordBatch({
      ...{ compression, records, firstTimestamp: timestamps[0], maxTimestamp: timestamps[1], lastOffsetDelta: 2 },
      firstOffset: 7_000_000_000,
    });
    const { records: found, nextOffset } = await read(buffer, 0, []);
    expect(nextOffset).toBe(7_000_000_003);
    expect(found.map(({ offset, timestampMs }) => [offset - 7_000_000_000, timestampMs])).toEqual(
      timestamps.map((timestamp, i) => [i, timestamp]),
    );
    expect(found.map(({ key, value }) => [key?.toString() ?? null, value?.toString() ?? null])).toEqual([
      ['key 0', ''],
      [null, 'ü'.repeat(3_000)],
      ['key 2', null],
    ]);
    expect(JSON.parse(JSON.stringify(Object.entries(found[0]!.headers).map(([name, v]) => [name, String(v)])))).toEqual(
      [
        ['one', 'first'],
        ['two', 'a,b'],
        ['none', ''],
      ],
    );
  });

  it('gives the records from the offset that was asked for on, and counts with its last offset', async () => {
    expect(await offsetsOf(written(-1, 0, 4), 3, [])).toEqual([[3, 4], 5]);
    expect(await offsetsOf(Buffer.alloc(0), 3, [])).toEqual([[], 3]);
  });

  it('of which compaction left some records, or none, is passed whole', async () => {
    const some = recordBatch([entry(2, { first: 0, last: 9 })]);
    expect(await offsetsOf(some, 0, [])).toEqual([[2], 10]);
    const none = Buffer.from(some.subarray(0, 61));
    none.writeInt32BE(0, 57);
    expect(await offsetsOf(sealed(none), 4, [])).toEqual([[], 10]);
  });

  it('that is cut off is not read, and reading goes on at it', async () => {
    const [whole, cut] = [written(-1, 0, 1), written(-1, 2, 3)];
    for (const bytes of [1, 11, 12, 40, cut.length - 1])
      expect(await offsetsOf(Buffer.concat([whole, cut.subarray(0, bytes)]), 0, [])).toEqual([[0, 1], 2]);
  });

  it('with the time of its append has that for each record', async () => {
    const batch = recordBatch([entry(0, { last: 1 }), entry(1, { first: 0 })]);
    batch.writeInt16BE(0x08, 21);
    batch.writeBigInt64BE(5_555n, 35);
    expect((await read(sealed(batch), 0, [])).records.map(({ timestampMs }) => timestampMs)).toEqual([5_555, 5_555]);
  });

  it('that was damaged, by a single bit anywhere, is not read, and what came before it is', async () => {
    const [whole, other] = [written(-1, 0, 1), written(-1, 2, 3)];
    for (let at = 21; at < other.length; at += 1) {
      const damaged = Buffer.from(other);
      damaged[at]! ^= 1 << (at % 8);
      await expect(read(damaged, 2, [])).rejects.toBeInstanceOf(RangeError);
      expect(await offsetsOf(Buffer.concat([whole, damaged]), 0, [])).toEqual([[0, 1], 2]);
    }
  });

  it('that becomes too much is the last one of its answer, so that compression does not make the answer larger', async () => {
    registerCodecs();
    const bomb = (first: number): Buffer => {
      const plain = recordBatch([{ ...entry(first), value: 'x'.repeat(100_000) }]);
      const made = Buffer.concat([plain.subarray(0, 61), gzipSync(plain.subarray(61))]);
      made.writeInt16BE(1, 21);
      return sealed(made);
    };
    const answer = Buffer.concat(Array.from({ length: 50 }, (_, offset) => bomb(offset)));
    expect(answer.length).toBeLessThan(20_000);
    expect(await offsetsOf(answer, 0, [], 250_000)).toEqual([[0, 1, 2], 3]);
    expect(await offsetsOf(answer, 0, [], 1)).toEqual([[0], 1]);
  });

  it('of an old format is refused, and one of a codec that is not there too', async () => {
    const old = written(-1, 0, 0);
    old.writeInt8(1, 16);
    await expect(read(old, 0, [])).rejects.toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
    const unknown = written(-1, 0, 0);
    unknown.writeInt16BE(7, 21);
    await expect(read(sealed(unknown), 0, [])).rejects.toMatchObject({ code: 'SOURCE_UNSUPPORTED' });
  });
});

describe('aborted transactions', () => {
  const log = Buffer.concat([
    written(1, 0, 1),
    written(2, 2, 3),
    written(-1, 4, 4),
    marker(2, 5, 'abort'),
    written(2, 6, 6),
    marker(1, 7, 'abort'),
    written(1, 8, 8),
    marker(2, 9, 'commit'),
    marker(1, 10, 'commit'),
  ]);
  /** As a broker tells them: in the order in which they ended. */
  const aborted = [
    { producerId: 2, firstOffset: 2 },
    { producerId: 1, firstOffset: 0 },
  ];

  it('of several producers are left out, each from its first record to its marker', async () => {
    expect(await offsetsOf(log, 0, aborted)).toEqual([[4, 6, 8], 11]);
  });

  it('are left out when reading begins in the middle of several', async () => {
    const from3 = log.subarray(written(1, 0, 1).length);
    expect(await offsetsOf(from3, 3, aborted)).toEqual([[4, 6, 8], 11]);
  });

  it('do not hide what the same producer wrote outside of them', async () => {
    expect(await offsetsOf(Buffer.concat([written(1, 0, 0), marker(1, 1, 'commit'), written(1, 2, 2)]), 0, [])).toEqual(
      [[0, 2], 3],
    );
  });

  it('are not ended by the marker of a commit, nor by a record that looks like a marker', async () => {
    const record = entry(1, { producerId: 1 });
    const looksLike = recordBatch([{ ...record, key: '\0\0\0\0' }]);
    const bytes = Buffer.concat([written(1, 0, 0), looksLike, written(1, 2, 2), marker(1, 3, 'abort')]);
    expect(await offsetsOf(bytes, 0, [{ producerId: 1, firstOffset: 0 }])).toEqual([[], 4]);
  });
});

it('headers of a record have any names, those that every object has too', async () => {
  const headers = Object.fromEntries([
    ['constructor', 'a'],
    ['__proto__', 'b'],
  ]);
  const { records } = await read(recordBatch([{ ...entry(0), headers }]), 0, []);
  expect(Object.entries(records[0]!.headers).map(([name, value]) => [name, String(value)])).toEqual([
    ['constructor', 'a'],
    ['__proto__', 'b'],
  ]);
});
