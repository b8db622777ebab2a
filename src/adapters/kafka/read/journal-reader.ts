/** Reads a range of a journal: every partition from one offset up to another. */
import type { Kafka } from 'kafkajs';
import type { JournalOffsets, JournalRecord } from '../../../pipeline/ports.js';
import { partitionName, splitName } from '../names.js';
import { readRanges, type RangeRecord } from './range-reader.js';

export interface JournalRange {
  readonly topic: string;
  readonly from: JournalOffsets;
  readonly to: JournalOffsets;
}

export async function* readRange(
  kafka: Kafka,
  { topic, from, to }: JournalRange,
): AsyncIterable<readonly JournalRecord[]> {
  const ranges = new Map(to.map((end, number) => [partitionName(topic, number), { from: from[number] ?? 0, to: end }]));
  for await (const chunk of readRanges(kafka, { what: 'The journal', ranges, expired: 'refused' }))
    yield chunk.map(journalRecord);
}

const journalRecord = ({ partition, offset, key, value }: RangeRecord): JournalRecord => ({
  partition: splitName(partition).partition,
  offset,
  key: key?.toString() ?? '',
  value: value?.toString() ?? '',
});
