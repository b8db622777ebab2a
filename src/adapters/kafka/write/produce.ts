/**
 * Produce, version 7 (KIP-98), as bytes: the record batches are written already (`batch-writer.ts`), what is known of the producer is put
 * in front of each. Sequence numbers are counted here: kafkajs counts its messages, of which a batch is one.
 */
import type { Message } from 'kafkajs';
import { ATTRIBUTES_AT, CHECKSUM_AT, COUNT_AT, EPOCH_AT, FIRST_TIME_AT, LAST_DELTA_AT } from '../batch-format.js';
import { LENGTH_AT, LENGTH_END, MAGIC, MAGIC_AT, MAX_TIME_AT, PRODUCER_AT, SEQUENCE_AT } from '../batch-format.js';
import { TRANSACTIONAL } from '../batch-format.js';
import { type Produce, type ProduceAnswer, type ProduceRequest, sendTo } from '../clusters.js';
import { CompactReader, int16, int32, text } from '../compact.js';
import { crc32c } from '../crc32c.js';
import { partitionName } from '../names.js';
import { produceError } from './produce-error.js';
import type { EncodedBatch } from './rounds.js';

const PRODUCE = { apiKey: 0, apiName: 'Produce', apiVersion: 7 } as const;
const TIMEOUT_MS = 30_000;

/** What kafkajs sorts by partition and hands on to `produce`, without a look at its value. */
export const opaque = (batch: EncodedBatch): Message => ({
  partition: batch.partition,
  value: batch as unknown as Buffer,
});

/** Of one producer: its sequence numbers begin at 0, and it is thrown away after any error (R3). */
export function produceOfProducer(): Produce {
  const sequences = new Sequences();
  return (broker, request) => sendTo(broker, { ...PRODUCE, bytes: produceRequest(request, sequences) }, produceAnswer);
}

const SEQUENCE_MAX = 0x7fffffff;

/** Next numbers by partition; 0 follows the highest (`DefaultRecordBatch.incrementSequence`). */
export class Sequences {
  readonly #next = new Map<string, number>();

  take(partition: string, records: number, first = this.#next.get(partition) ?? 0): number {
    const next = first + records;
    this.#next.set(partition, next > SEQUENCE_MAX ? next - SEQUENCE_MAX - 1 : next);
    return first;
  }
}

export function produceRequest(request: ProduceRequest, sequences: Sequences): Buffer {
  const { transactionalId, acks, timeout = TIMEOUT_MS, topicData } = request;
  const parts = [transactionalId === undefined ? NO_TEXT : text(transactionalId), int16(acks), int32(timeout)];
  parts.push(int32(topicData.length));
  const nowMs = BigInt(Date.now());
  for (const { topic, partitions } of topicData) {
    parts.push(text(topic), int32(partitions.length));
    for (const { partition, messages } of partitions) {
      const { bytes, records } = batchIn(messages);
      const sequence = sequences.take(partitionName(topic, partition), records.length);
      sealBatch(bytes, { ...request, records: records.length, sequence, nowMs });
      parts.push(int32(partition), int32(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

const NO_TEXT = int16(-1);

function batchIn(messages: readonly { readonly value: unknown }[]): EncodedBatch {
  const [message] = messages;
  if (messages.length !== 1 || message === undefined) throw new RangeError('A send has one batch for each partition.');
  return message.value as EncodedBatch;
}

export interface Seal extends Pick<ProduceRequest, 'producerId' | 'producerEpoch' | 'transactionalId'> {
  readonly sequence: number;
  readonly records: number;
  readonly nowMs: bigint;
}

/** Writes what is in front of the records. */
export function sealBatch(bytes: Buffer, { transactionalId, producerId, producerEpoch, ...seal }: Seal): void {
  bytes.fill(0, 0, ATTRIBUTES_AT); // offset and leader epoch are the broker's
  bytes.writeInt32BE(bytes.length - LENGTH_END, LENGTH_AT);
  bytes.writeInt8(MAGIC, MAGIC_AT);
  bytes.writeInt16BE(transactionalId === undefined ? 0 : TRANSACTIONAL, ATTRIBUTES_AT);
  bytes.writeInt32BE(seal.records - 1, LAST_DELTA_AT);
  bytes.writeBigInt64BE(seal.nowMs, FIRST_TIME_AT);
  bytes.writeBigInt64BE(seal.nowMs, MAX_TIME_AT);
  bytes.writeBigInt64BE(BigInt(producerId), PRODUCER_AT);
  bytes.writeInt16BE(producerEpoch, EPOCH_AT);
  bytes.writeInt32BE(seal.sequence, SEQUENCE_AT);
  bytes.writeInt32BE(seal.records, COUNT_AT);
  bytes.writeUInt32BE(crc32c(bytes.subarray(ATTRIBUTES_AT)), CHECKSUM_AT);
}

/** @throws ProduceError for the first partition that was refused, whatever became of the others. */
export function produceAnswer(bytes: Buffer): ProduceAnswer {
  const answer = new CompactReader(bytes);
  const topics = answer.array(() => ({
    topicName: answer.text() ?? '',
    partitions: answer.array(() => ({
      partition: answer.int32(),
      errorCode: answer.int16(),
      baseOffset: String(answer.int64()),
      logAppendTime: String(answer.int64()),
      logStartOffset: String(answer.int64()),
    })),
  }));
  for (const { topicName, partitions } of topics)
    for (const { partition, errorCode } of partitions)
      if (errorCode !== 0) throw produceError(partitionName(topicName, partition), errorCode);
  return { topics, clientSideThrottleTime: answer.int32() };
}
