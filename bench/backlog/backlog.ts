/**
 * A backlog on disk: what the real chain (legacy database, Debezium, Kafka) once put into the topics, to be put into a new
 * broker for every run. One folder:
 *
 *   backlog.json     this description
 *   <n>.records      records of partition number n of the description (record-file.ts)
 *   order.bin        the global order: one byte for each record, the number of its partition; 255 ends a source transaction. Where
 *                    there were rows before the connector was started, its snapshot stands first, as one of them
 *   expected.ndjson  the events that must come out, by the naive count (naive-scan.ts)
 */
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NaiveEvent } from './naive-scan.js';
import { RecordReader, type StoredRecord } from './record-file.js';

export const MANIFEST = 'backlog.json';
export const ORDER_FILE = 'order.bin';
export const EXPECTED_FILE = 'expected.ndjson';
export const TRANSACTION_END = 255;

export interface BacklogPartition {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
}

export interface BacklogManifest {
  /** The connector's topic.prefix, and Dragoman's source name. */
  readonly source: string;
  readonly topics: readonly { readonly topic: string; readonly partitions: number }[];
  readonly partitions: readonly BacklogPartition[];
  /** Row changes: records of table topics, without tombstones. */
  readonly rows: number;
  /** So many of them are the connector's snapshot. */
  readonly snapshotRows: number;
  readonly transactions: number;
  readonly bytes: number;
  readonly events: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, string>>;
  /** Time that the real chain took. */
  readonly madeInSeconds: number;
  /** What was made wrong in it; absent: nothing. Events of these orders are not looked at. */
  readonly poison?: {
    readonly rows: number;
    readonly kinds: Readonly<Record<string, number>>;
    readonly orders: readonly string[];
  };
}

export interface Backlog extends BacklogManifest {
  readonly directory: string;
}

/** Folders that were made before any of them had one do not say so. */
const WITHOUT_SNAPSHOT = { snapshotRows: 0 };

/** Undefined when there is none, or only an unfinished one. */
export async function findBacklog(directory: string): Promise<Backlog | undefined> {
  const text = await readFile(join(directory, MANIFEST), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : { ...WITHOUT_SNAPSHOT, ...(JSON.parse(text) as BacklogManifest), directory };
}

export const recordsFile = (directory: string, partition: number): string => join(directory, `${partition}.records`);

export const transactionTopic = (source: string): string => `${source}.transaction`;

export function expectedEvents({ directory }: Pick<Backlog, 'directory'>): NaiveEvent[] {
  const lines = readFileSync(join(directory, EXPECTED_FILE), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as NaiveEvent);
}

export interface OrderedRecord {
  /** Index in `partitions`. */
  readonly partition: number;
  readonly record: StoredRecord;
}

/** Source transactions in commit order, each with its BEGIN, rows, tombstones and END; before them the snapshot, if there is one. */
export function* transactionsOf(
  directory: string,
  partitions: readonly BacklogPartition[],
): Generator<readonly OrderedRecord[]> {
  const readers = partitions.map((_, number) => new RecordReader(recordsFile(directory, number)));
  try {
    let open: OrderedRecord[] = [];
    for (const partition of readFileSync(join(directory, ORDER_FILE))) {
      if (partition === TRANSACTION_END) {
        yield open;
        open = [];
        continue;
      }
      const record = readers[partition]?.next();
      if (record != null) open.push({ partition, record });
    }
  } finally {
    for (const reader of readers) reader.close();
  }
}
