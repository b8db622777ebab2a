/** Real Debezium topics, recorded: see `test/recordings/README.md` for the format. */
import { readFileSync } from 'node:fs';
import type { RecordedLine } from '../../legacy-db/recording/consume.js';
import type { SourceRecord } from '../../src/decode/source-record.js';

export type RecordedRecord = RecordedLine;

const folder = new URL('../recordings/', import.meta.url);

export const recordingPath = (name: string): string => new URL(`${name}.ndjson`, folder).pathname;

export const truthPath = (name: string): string => new URL(`${name}.truth.ndjson`, folder).pathname;

export const readLines = <T>(name: string): T[] =>
  readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

export const readRecording = (name: string): RecordedRecord[] => readLines<RecordedRecord>(`${name}.ndjson`);

export interface TruthTransaction {
  readonly n: number;
  readonly txid: number;
  readonly commit_end_lsn: number;
  readonly changes: readonly { readonly table: string; readonly op: string; readonly key: Record<string, unknown> }[];
}

/** Committed transactions in commit order, as the database itself wrote them down. */
export const readTruth = (name: string): TruthTransaction[] =>
  readLines<TruthTransaction | { final: string }>(`${name}.truth.ndjson`).filter((line) => 'txid' in line);

export const sourceRecord = (record: RecordedRecord): SourceRecord => {
  const otherKey = record.headers['__debezium.newkey'] ?? record.headers['__debezium.oldkey'] ?? null;
  return {
    topic: record.topic,
    partition: `${record.topic}/${record.partition}`,
    offset: record.offset,
    key: bytesOf(record.key),
    value: bytesOf(record.value),
    otherKey: Array.isArray(otherKey) ? (otherKey[0] ?? null) : otherKey,
  };
};

const bytesOf = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

/** As no converter writes it, so that all of it is parsed. */
export const spaced = (record: RecordedRecord): RecordedRecord => ({
  ...record,
  value: record.value === null ? null : record.value.replace(/^\{/, '{ '),
});

/** The JSON of a record's value, for reading. */
export const envelopeOf = (record: RecordedRecord): Envelope => JSON.parse(record.value ?? '{}') as Envelope;

/** The same record with its value changed: parsed, edited, written again. */
export function edited(record: RecordedRecord, edit: (envelope: Envelope) => void): RecordedRecord {
  const envelope = envelopeOf(record);
  edit(envelope);
  return { ...record, value: JSON.stringify(envelope) };
}

type Json = Record<string, unknown>;

/** A record value as the connector wrote it; only what tests look at. */
export interface Envelope {
  op: string;
  before: Json | null;
  after: Json | null;
  source: Json;
  transaction: Json | null;
  status?: string;
  id?: string;
  event_count?: number;
  data_collections?: { data_collection: string; event_count: number }[];
}
