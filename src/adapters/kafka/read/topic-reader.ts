/** Reads a range of a topic: every partition from one offset up to another. */
import type { Kafka } from 'kafkajs';
import type { OwnRecord, RawRecord } from '../../../pipeline/ports.js';
import { partitionName, splitName } from '../names.js';
import { readRanges } from './range-reader.js';

/** Offsets by partition number. */
export interface TopicRange {
  readonly topic: string;
  readonly from: readonly number[];
  /** Not included. */
  readonly to: readonly number[];
}

/** Committed records, each partition in order; chunks may be empty. @throws DragomanError as `readRanges` does */
export async function* readRange(kafka: Kafka, { topic, from, to }: TopicRange): AsyncIterable<readonly OwnRecord[]> {
  const ranges = new Map(to.map((end, number) => [partitionName(topic, number), { from: from[number] ?? 0, to: end }]));
  for await (const chunk of readRanges(kafka, { what: `Topic ${topic}`, ranges, expired: 'refused' }))
    yield chunk === null ? [] : ownRecords(splitName(chunk.partition).partition, chunk.records);
}

const ownRecords = (partition: number, records: readonly RawRecord[]): OwnRecord[] =>
  records.map(({ offset, timestampMs, key, value }) => ({
    partition,
    offset,
    timestampMs,
    key: key === null ? '' : key.toString(),
    value: value === null ? null : value.toString(),
  }));
