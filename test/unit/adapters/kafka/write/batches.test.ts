/**
 * Record batches as they are written here, held against what kafkajs's encoder makes of the same records, against its decoder, and against
 * the reader of `read/`; partitions against kafkajs's partitioner.
 */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { Partitioners, type PartitionMetadata } from 'kafkajs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readBatches } from '../../../../../src/adapters/kafka/read/record-batches.js';
import { BatchWriter } from '../../../../../src/adapters/kafka/write/batch-writer.js';
import { partitionOf } from '../../../../../src/domain/partition.js';
import {
  produceAnswer,
  produceRequest,
  sealBatch,
  Sequences,
} from '../../../../../src/adapters/kafka/write/produce.js';
import { roundsOf } from '../../../../../src/adapters/kafka/write/rounds.js';
import type { OutputRecord } from '../../../../../src/pipeline/ports.js';
import { produceAnswer as answerOf, readProduceRequest } from '../../../../simulation/kafka/wire.js';

const load = createRequire(import.meta.url);
interface Encoded {
  readonly buffer: Buffer;
}
const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  readonly RecordBatch: (batch: object) => Promise<Encoded>;
};
const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (record: object) => Encoded;
const Decoder = load('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => {
  readVarInt(): number;
};
const decodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as (
  decoder: object,
  context: object,
) => { readonly key: Buffer; readonly value: Buffer | null; readonly headers: Readonly<Record<string, Buffer>> };

/** Around every length at which a varint grows by a byte, also by what UTF-8 makes of it; and everything else. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ maxLength: 80 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc
    .tuple(
      fc.constantFrom('x', 'é', '€', '😀', '\ud83d', '\udc00', '\0'),
      fc.constantFrom(0, 1, 20, 31, 47, 64, 2_730, 4_096, 8_191),
      fc.integer({ min: 0, max: 4 }),
    )
    .map(([unit, length, less]) => unit.repeat(Math.max(length - less, 0))),
);
const values = fc.oneof(
  { weight: 4, arbitrary: texts },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);
const record: fc.Arbitrary<OutputRecord> = fc.record(
  {
    topic: fc.constant('t'),
    key: texts,
    value: values,
    headers: fc.dictionary(fc.string({ unit: 'binary', maxLength: 70 }), texts, { maxKeys: 5, noNullPrototype: true }),
  },
  { requiredKeys: ['topic', 'key', 'value'] },
);

const seal = { transactionalId: 'id', producerId: '4711', producerEpoch: 7, sequence: 2_000_000_000 } as const;

function written(records: readonly OutputRecord[], writer: BatchWriter, nowMs: number): Buffer {
  writer.clear();
  writer.begin();
  for (const [place, one] of records.entries()) writer.record(one, place);
  const bytes = writer.view(0);
  sealBatch(bytes, { ...seal, records: records.length, nowMs: BigInt(nowMs) });
  return bytes;
}

async function ofKafkajs(records: readonly OutputRecord[], nowMs: number): Promise<Buffer> {
  const encoded = records.map(({ key, value, headers = {} }, offsetDelta) =>
    encodeRecord({ offsetDelta, timestampDelta: 0, key, value, headers }),
  );
  const { buffer } = await RecordBatch({
    records: encoded,
    firstTimestamp: nowMs,
    maxTimestamp: nowMs,
    producerId: seal.producerId,
    producerEpoch: seal.producerEpoch,
    firstSequence: seal.sequence,
    transactional: true,
    lastOffsetDelta: records.length - 1,
  });
  return buffer;
}

const isSame = (a: Buffer | null | undefined, b: Buffer | null): boolean => (a && b ? a.equals(b) : a === b);
const bytesOf = (value: string | Buffer | null): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : value;

describe('a batch', () => {
  it('is byte for byte what kafkajs makes of the same records, and is read as it was written', async () => {
    const writer = new BatchWriter();
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 6 }), fc.nat(), async (records, nowMs) => {
        const batch = written(records, writer, nowMs);
        expect(batch.equals(await ofKafkajs(records, nowMs))).toBe(true);
        const read = await readBatches(batch, { from: 0, aborted: [] });
        const all = [...read.records];
        expect(read.nextOffset).toBe(records.length);
        for (const [offset, { key, value, headers = {} }] of records.entries()) {
          const found = all[offset];
          expect(found).toMatchObject({ offset, timestampMs: nowMs });
          expect(found?.key?.equals(Buffer.from(key))).toBe(true);
          expect(isSame(found?.value, bytesOf(value))).toBe(true);
          const names = Object.entries(headers).map(([name, text]) => [wellFormed(name), Buffer.from(text)]);
          expect(found?.headers).toEqual(Object.fromEntries(names));
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([350_000, 1_048_575, 1_048_576])('is that also with a text of %i characters', async (length) => {
    const records = ['x', '€'].map((unit) => ({ topic: 't', key: 'k', value: unit.repeat(length) }));
    expect(written(records, new BatchWriter(), 7).equals(await ofKafkajs(records, 7))).toBe(true);
  });

  it('is read by the decoder of kafkajs', () => {
    const writer = new BatchWriter();
    fc.assert(
      fc.property(record, (one) => {
        const batch = written([one], writer, 1_000);
        const context = { firstOffset: '0', firstTimestamp: '1000', isControlBatch: false };
        const decoder = new Decoder(batch.subarray(61));
        decoder.readVarInt(); // length
        const found = decodeRecord(decoder, context);
        expect(found.key.equals(Buffer.from(one.key))).toBe(true);
        expect(found.value?.toString('hex')).toBe(bytesOf(one.value)?.toString('hex'));
        expect(Object.keys(found.headers)).toHaveLength(Object.keys(one.headers ?? {}).length);
      }),
    );
  });

  it('of many records grows, and a large one leaves no large buffer', () => {
    const writer = new BatchWriter();
    const large = 'x'.repeat(16 * 1024 * 1024);
    expect(written([{ topic: 't', key: 'k', value: large }], writer, 0).length).toBe(61 + large.length + 14);
    writer.clear();
    writer.begin();
    expect(writer.view(0).buffer.byteLength).toBe(64 * 1024);
  });
});

const wellFormed = (text: string): string => Buffer.from(text).toString();

const requestOfKafkajs = load('kafkajs/src/protocol/requests/produce/v7/request.js') as (request: object) => {
  readonly apiKey: number;
  readonly encode: () => Promise<Encoded>;
};
const answerOfKafkajs = load('kafkajs/src/protocol/requests/produce/v7/response.js') as {
  readonly decode: (bytes: Buffer) => Promise<object>;
};

describe('a request', () => {
  afterEach(() => vi.useRealTimers());
  const roundOf = (records: readonly OutputRecord[]) => {
    const limits = { batchBytesMax: () => 1_000, requestBytesMax: 10_000, recordsMax: Infinity };
    const [round] = [...roundsOf(records, ({ key }) => Number(key), limits, new BatchWriter())];
    return [...(round?.values() ?? [])];
  };
  const requestOf = (records: readonly OutputRecord[], sequences: Sequences) =>
    readProduceRequest(
      produceRequest(
        {
          ...{ transactionalId: 'id', producerId: '4711', producerEpoch: 7, acks: -1 },
          topicData: roundOf(records).map((batch) => ({
            topic: batch.topic,
            partitions: [{ partition: batch.partition, messages: [{ value: batch }] }],
          })),
        },
        sequences,
      ),
    );
  const of = (key: string, value: string): OutputRecord => ({ topic: 't', key, value });

  it('has the batches of its topics and partitions, each with its producer', () => {
    expect(requestOf([of('0', 'a'), of('1', 'b'), of('0', 'c')], new Sequences())).toMatchObject([
      { topic: 't', partition: 0, producer: { producerId: 4711, epoch: 7 }, records: [{ value: 'a' }, { value: 'c' }] },
      { topic: 't', partition: 1, producer: { producerId: 4711, epoch: 7 }, records: [{ value: 'b' }] },
    ]);
  });

  it.each(['id', undefined])('is byte for byte what kafkajs sends, with the transactional id %s', async (id) => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
    const batches = roundOf([of('0', 'a'), of('1', 'b'), of('0', 'ö')]);
    const head = {
      ...(id === undefined ? {} : { transactionalId: id }),
      producerId: '4711',
      producerEpoch: 7,
      acks: -1,
    };
    const partitions = batches.map((batch) => ({ partition: batch.partition, messages: [{ value: batch }] }));
    const ours = produceRequest({ ...head, topicData: [{ topic: 't', partitions }] }, new Sequences());
    const messages = batches.map(({ partition, records }) => ({ partition, firstSequence: 0, messages: records }));
    const topicData = [{ topic: 't', partitions: messages }];
    const { apiKey, encode } = requestOfKafkajs({ ...head, timeout: 30_000, topicData });
    expect(apiKey).toBe(0);
    expect(ours.equals((await encode()).buffer)).toBe(true);
  });

  it('goes on in the sequence of each partition by its records', () => {
    const sequences = new Sequences();
    const all = [of('0', 'a'), of('1', 'b'), of('0', 'c')];
    const firsts = [1, 2, 3].map(() => requestOf(all, sequences).map(({ sequence }) => sequence));
    expect(firsts).toEqual([
      [0, 0],
      [2, 1],
      [4, 2],
    ]);
  });

  it('whose sequence ends in the middle of a batch goes on from 0 as brokers count', () => {
    const sequences = new Sequences();
    const taken = [0x7ffffffe, 1, 1, 3].map((records) => sequences.take('t/0', records));
    expect(taken).toEqual([0, 0x7ffffffe, 0x7fffffff, 0]);
    const other = new Sequences();
    expect([0x7fffffff, 3, 1].map((records) => other.take('t/0', records))).toEqual([0, 0x7fffffff, 2]);
  });

  it('is answered by partition, as kafkajs reads it; the first that is refused counts for all', async () => {
    const good = { topic: 't', partition: 0, code: 0, baseOffset: 17 };
    const { topics } = produceAnswer(answerOf([good], 1_234));
    expect(await answerOfKafkajs.decode(answerOf([good], 1_234))).toMatchObject({ topics });
    const partitions = [{ partition: 0, errorCode: 0, baseOffset: '17', logAppendTime: '1234' }];
    expect(topics).toMatchObject([{ topicName: 't', partitions }]);
    const refused = (code: number) => () => produceAnswer(answerOf([good, { ...good, partition: 1, code }], 0));
    expect(refused(10)).toThrow('The broker refused what was written to t/1: MESSAGE_TOO_LARGE.');
    expect(refused(10)).toThrow(expect.objectContaining({ type: 'MESSAGE_TOO_LARGE' }));
    expect(refused(1_234)).toThrow(expect.objectContaining({ type: 'error 1234' }));
  });
});

it('a key belongs to the partition that kafkajs gives it', () => {
  const ofKafkajs = Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 1_000 }), (key, count) => {
      const partitionMetadata = Array.from({ length: count }, () => ({ leader: 1 }) as PartitionMetadata);
      const expected = ofKafkajs({ topic: 't', partitionMetadata, message: { key, value: null } });
      expect(partitionOf(key, count)).toBe(expected);
    }),
    { numRuns: 200 },
  );
});
