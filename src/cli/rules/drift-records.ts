/**
 * Where `dragoman drift` has its records from: a recording, or the newest part of the table topics, read without joining the
 * group of the pipelines and without committing anything.
 */
import type { Admin, Kafka } from 'kafkajs';
import { asking } from '../../adapters/kafka/failure.js';
import { partitionName, splitName } from '../../adapters/kafka/names.js';
import { type OffsetRange, readRanges } from '../../adapters/kafka/read/range-reader.js';
import { CONNECTORS } from '../../decode/connectors/connectors.js';
import { type TopicNaming, topicOf, topicsOf } from '../../decode/topic-names.js';
import { PlainRecords } from '../../pipeline/read/plain-records.js';
import type { Schemas } from '../../pipeline/ports.js';
import type { DriftRecord } from '../../decode/drift/drift.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import type { RecordedRecord } from '../../adapters/files/recording.js';
import { recordedSource } from './recorded-source.js';

/** Which part of a partition is looked at: its last records, or those since a moment (ms since 1970). */
export type Extent = { readonly recordsMax: number } | { readonly sinceMs: number };

export interface TopicRecord extends DriftRecord {
  readonly key: string | null;
}

export interface DriftRecords {
  readonly records: AsyncIterable<readonly TopicRecord[]> | Iterable<readonly TopicRecord[]>;
  /** Topics that there are, those of other tables included. */
  readonly topics: readonly string[];
}

/** Name of the declared table whose rows a topic has; undefined: of none. */
export type TableOf = (topic: string) => string | undefined;

export function tableTopics(sources: readonly TopicNaming[], tables: Iterable<TableDefinition>): TableOf {
  const declared = [...tables].flatMap((table) =>
    sources.map((source) => ({ table: table.name, reads: topicsOf(source, table) })),
  );
  return (topic) => declared.find(({ reads }) => reads(topic))?.table;
}

/** Where no config names the sources of a recording: as its rows tell, or what stands before the tables in the names of its topics. */
export function recordedSources(records: readonly RecordedRecord[], tables: Iterable<string>): TopicNaming[] {
  const shown = recordedSource(records);
  if (shown !== null)
    return [{ connector: CONNECTORS[shown.connector], topicPrefix: shown.name, topics: shown.topics }];
  const connector = CONNECTORS.postgresql;
  const ends = [...tables].map((table) => topicOf({ connector, topicPrefix: '' }, table));
  const topics = [...new Set(records.map(({ topic }) => topic))];
  const prefixes = topics.flatMap((topic) =>
    ends.filter((end) => topic.endsWith(end)).map((end) => topic.slice(0, -end.length)),
  );
  return [...new Set(prefixes)].map((topicPrefix) => ({ connector, topicPrefix }));
}

export const fromRecording = (records: readonly RecordedRecord[]): DriftRecords => ({
  records: [records],
  topics: [...new Set(records.map(({ topic }) => topic))],
});

export interface TopicsOptions {
  readonly kafka: Kafka;
  /** Connected. */
  readonly admin: Admin;
  /** Null: there is no registry. */
  readonly schemas: Schemas | null;
  readonly isWanted: (topic: string) => boolean;
  readonly extent: Extent;
}

/** @throws DragomanError KAFKA_UNAVAILABLE, KAFKA_UNSUITABLE, what a registry says */
export async function fromTopics({ kafka, admin, schemas, isWanted, extent }: TopicsOptions): Promise<DriftRecords> {
  const topics = await asking('Topics cannot be listed', () => admin.listTopics());
  const there = topics.filter(isWanted);
  const ranges = await asking('The ends of the table topics cannot be read', () => rangesOf(admin, there, extent));
  const plan = { what: 'The table topics', ranges, expired: 'left out' } as const;
  return { records: recordsIn(readRanges(kafka, plan), new PlainRecords(schemas, 'wrapped')), topics };
}

async function rangesOf(admin: Admin, topics: readonly string[], extent: Extent): Promise<Map<string, OffsetRange>> {
  const ranges = new Map<string, OffsetRange>();
  for (const topic of topics) {
    const since = 'sinceMs' in extent ? await admin.fetchTopicOffsetsByTimestamp(topic, extent.sinceMs) : [];
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const to = Number(high);
      const found = since.find((one) => one.partition === partition)?.offset;
      const from = 'recordsMax' in extent ? to - extent.recordsMax : found === undefined ? to : Number(found);
      ranges.set(partitionName(topic, partition), { from: Math.max(Number(low), from), to });
    }
  }
  return ranges;
}

async function* recordsIn(
  chunks: ReturnType<typeof readRanges>,
  plain: PlainRecords,
): AsyncIterable<readonly TopicRecord[]> {
  for await (const chunk of chunks) {
    const records: TopicRecord[] = [];
    for (const raw of chunk?.records ?? []) {
      const { offset, timestampMs, key, value } = await plain.kept(raw);
      const texts = { key: key?.toString() ?? null, value: value?.toString() ?? null };
      records.push({ partition: chunk?.partition ?? '', offset, timestampMs, ...texts });
    }
    yield records;
  }
}

export const topicOfPartition = (partition: string): string => splitName(partition).topic;
