/** Reads a range of a topic: every partition from one offset up to another. */
import type { Kafka } from 'kafkajs';
import type { OwnRecord, RawRecord, RecordCursor } from '../../../pipeline/ports.js';
import { partitionName, splitName } from '../names.js';
import { type RangePlan, readRanges } from './range-reader.js';
import { RecordRun } from './record-run.js';

/** Offsets by partition number. */
export interface TopicRange {
  readonly topic: string;
  readonly from: readonly number[];
  /** Not included. */
  readonly to: readonly number[];
}

/** Committed records, each partition in order; chunks may be empty. @throws DragomanError as `readRanges` does */
export async function* readRange(kafka: Kafka, range: TopicRange): AsyncIterable<readonly OwnRecord[]> {
  for await (const chunk of readRanges(kafka, planOf(range)))
    yield chunk === null ? [] : ownRecords(splitName(chunk.partition).partition, chunk.records);
}

/** The same records, without an object for each. */
export async function* walkRange(kafka: Kafka, range: TopicRange): AsyncIterable<RecordCursor> {
  for await (const chunk of readRanges(kafka, planOf(range)))
    yield chunk === null ? new RecordRun([]).walk(0) : chunk.records.walk(splitName(chunk.partition).partition);
}

const planOf = ({ topic, from, to }: TopicRange): RangePlan => ({
  what: `Topic ${topic}`,
  ranges: new Map(to.map((end, number) => [partitionName(topic, number), { from: from[number] ?? 0, to: end }])),
  expired: 'refused',
});

const ownRecords = (partition: number, records: Iterable<RawRecord>): OwnRecord[] =>
  Array.from(records, (record) => ownRecord(partition, record));

export const ownRecord = (partition: number, { offset, timestampMs, key, value }: RawRecord): OwnRecord => ({
  partition,
  offset,
  timestampMs,
  key: key === null ? '' : key.toString(),
  value: value === null ? null : value.toString(),
});
