/**
 * Copies a connector's topics out of Kafka into the files of a backlog, with their global order.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { BenchError } from '../bench-error.js';
import { type BacklogPartition, ORDER_FILE, recordsFile, transactionTopic } from './backlog.js';
import { GlobalOrder } from './global-order.js';
import { encodeRecord, type StoredRecord } from './record-file.js';

export interface CopyOptions {
  readonly brokers: readonly string[];
  readonly source: string;
  readonly directory: string;
  /** What must come: copying ends when it is there. */
  readonly transactions: number;
  /** Those of the snapshot too. */
  readonly rows: number;
  readonly snapshotRows: number;
  /** The connector makes its topics with their first records. */
  readonly topicsMin: number;
  readonly timeoutMs: number;
  readonly say: (line: string) => void;
}

export interface Copied {
  readonly topics: readonly { readonly topic: string; readonly partitions: number }[];
  readonly partitions: readonly BacklogPartition[];
  readonly rows: number;
  readonly snapshotRows: number;
  readonly transactions: number;
  readonly bytes: number;
}

interface Writing {
  readonly topic: string;
  readonly partition: number;
  readonly file: WriteStream;
  records: number;
}

const PROGRESS_MS = 5_000;
const TOPICS_TIMEOUT_MS = 120_000;

/** @throws BenchError BACKLOG_LATE, BACKLOG_INVALID */
export async function copyTopics(options: CopyOptions): Promise<Copied> {
  const kafka = new Kafka({ brokers: [...options.brokers], logLevel: logLevel.NOTHING });
  const topics = await topicsOf(kafka, options);
  const copy = new Copy(options, topics);
  const consumer = kafka.consumer({
    groupId: `bench-copy-${Date.now()}`,
    readUncommitted: false,
    maxBytesPerPartition: 4 * 1024 * 1024,
    maxWaitTimeInMs: 100,
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: topics.map(({ topic }) => topic), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { topic, partition, messages } }) => copy.take(topic, partition, messages),
    });
    const deadlineMs = Date.now() + options.timeoutMs;
    for (let saidMs = Date.now(); !copy.isComplete; await delay(50)) {
      if (copy.failure !== null) throw copy.failure;
      if (Date.now() > deadlineMs)
        throw new BenchError('BACKLOG_LATE', `${copy.progress} after ${options.timeoutMs} ms`);
      if (Date.now() - saidMs > PROGRESS_MS) {
        saidMs = Date.now();
        options.say(`copied ${copy.progress}`);
      }
    }
  } finally {
    await consumer.disconnect();
  }
  return copy.finish();
}

class Copy {
  failure: Error | null = null;
  readonly #options: CopyOptions;
  readonly #topics: Copied['topics'];
  readonly #partitions: Writing[];
  readonly #order = new GlobalOrder();
  #bytes = 0;

  constructor(options: CopyOptions, topics: Copied['topics']) {
    this.#options = options;
    this.#topics = topics;
    const all = topics.flatMap(({ topic, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
    );
    this.#partitions = all.map((place, number) => ({
      ...place,
      file: createWriteStream(recordsFile(options.directory, number)),
      records: 0,
    }));
  }

  get isComplete(): boolean {
    const { transactions, rows, isWhole } = this.#order;
    return transactions >= this.#options.transactions && rows >= this.#options.rows && isWhole;
  }

  get progress(): string {
    const { rows, transactions } = this.#options;
    return `${this.#order.rows} of ${rows} rows, ${this.#order.transactions} of ${transactions} transactions`;
  }

  async take(topic: string, partition: number, records: readonly KafkaMessage[]): Promise<void> {
    const number = this.#partitions.findIndex((one) => one.topic === topic && one.partition === partition);
    const writing = this.#partitions[number];
    if (writing === undefined) return;
    const isBoundary = topic === transactionTopic(this.#options.source);
    for (const record of records) {
      const bytes = encodeRecord(stored(record));
      this.#bytes += bytes.length;
      try {
        this.#order.add(record.value, isBoundary, { partition: number, at: writing.records });
      } catch (error) {
        this.failure ??= error instanceof Error ? error : new Error(String(error)); // kafkajs would try again
      }
      writing.records += 1;
      if (!writing.file.write(bytes)) await once(writing.file, 'drain');
    }
  }

  /** @throws BenchError BACKLOG_INVALID when it is not what was to come. */
  async finish(): Promise<Copied> {
    await Promise.all(this.#partitions.map(({ file }) => new Promise<void>((resolve) => file.end(resolve))));
    const { rows, snapshotRows, transactions } = this.#order;
    if (snapshotRows !== this.#options.snapshotRows)
      throw new BenchError(
        'BACKLOG_INVALID',
        `the snapshot has ${snapshotRows} rows; ${this.#options.snapshotRows} were there before the connector was started`,
      );
    await writeFile(join(this.#options.directory, ORDER_FILE), this.#order.bytes());
    const partitions = this.#partitions.map(({ topic, partition, records }) => ({ topic, partition, records }));
    return { topics: this.#topics, partitions, rows, snapshotRows, transactions, bytes: this.#bytes };
  }
}

function stored({ timestamp, key, value, headers }: KafkaMessage): StoredRecord {
  const pairs = Object.entries(headers ?? {}).flatMap(([name, content]) =>
    (Array.isArray(content) ? content : [content]).map(
      (one) => [name, one === undefined ? null : Buffer.from(one)] as const,
    ),
  );
  return { timestampMs: Number(timestamp), key, value, headers: pairs };
}

async function topicsOf(
  kafka: Kafka,
  { source, topicsMin }: CopyOptions,
): Promise<{ topic: string; partitions: number }[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const deadlineMs = Date.now() + TOPICS_TIMEOUT_MS;
    let names: string[] = [];
    for (; names.length < topicsMin; await delay(200)) {
      if (Date.now() > deadlineMs)
        throw new BenchError('BACKLOG_LATE', `the connector made ${names.length} topics only`);
      names = (await admin.listTopics()).filter((topic) => topic.startsWith(`${source}.`)).sort();
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return topics.map(({ name, partitions }) => ({ topic: name, partitions: partitions.length }));
  } finally {
    await admin.disconnect();
  }
}
