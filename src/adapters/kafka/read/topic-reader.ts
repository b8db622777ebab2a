/** Reads a range of a topic: every partition from one offset up to another. */
import type { Kafka } from 'kafkajs';
import type { OwnRecord } from '../../../pipeline/ports.js';
import { partitionName, splitName } from '../names.js';
import { readRanges, type RangeRecord } from './range-reader.js';

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
    yield chunk.map(ownRecord);
}

const ownRecord = ({ partition, offset, timestampMs, key, value }: RangeRecord): OwnRecord => ({
  partition: splitName(partition).partition,
  offset,
  timestampMs,
  key: key?.toString() ?? '',
  value: value?.toString() ?? null,
});
