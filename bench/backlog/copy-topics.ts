/**
 * Copies a connector's topics out of Kafka into the files of a backlog, and finds their global order: source transactions in
 * the order of their END records, in each BEGIN, rows by `total_order`, END.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { BenchError } from '../bench-error.js';
import { type BacklogPartition, ORDER_FILE, recordsFile, TRANSACTION_END, transactionTopic } from './backlog.js';
import { encodeRecord, type StoredRecord } from './record-file.js';

export interface CopyOptions {
  readonly brokers: readonly string[];
  readonly source: string;
  readonly directory: string;
  /** What must come: copying ends when it is there. */
  readonly transactions: number;
  readonly rows: number;
  /** The connector makes its topics with their first records. */
  readonly topicsMin: number;
  readonly timeoutMs: number;
  readonly say: (line: string) => void;
}

export interface Copied {
  readonly topics: readonly { readonly topic: string; readonly partitions: number }[];
  readonly partitions: readonly BacklogPartition[];
  readonly rows: number;
  readonly transactions: number;
  readonly bytes: number;
}

/** Where a record is: partition number and place in it. */
interface Place {
  readonly partition: number;
  readonly at: number;
}

interface OpenTransaction {
  begin: Place | null;
  end: Place | null;
  readonly rows: Place[];
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
  failure: BenchError | null = null;
  readonly #options: CopyOptions;
  readonly #topics: Copied['topics'];
  readonly #partitions: Writing[];
  readonly #transactions = new Map<string, OpenTransaction>();
  readonly #ended: OpenTransaction[] = [];
  #rows = 0;
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
    return this.#ended.length >= this.#options.transactions && this.#rows >= this.#options.rows;
  }

  get progress(): string {
    const { rows, transactions } = this.#options;
    return `${this.#rows} of ${rows} rows, ${this.#ended.length} of ${transactions} transactions`;
  }

  async take(topic: string, partition: number, records: readonly KafkaMessage[]): Promise<void> {
    const number = this.#partitions.findIndex((one) => one.topic === topic && one.partition === partition);
    const writing = this.#partitions[number];
    if (writing === undefined) return;
    for (const record of records) {
      const bytes = encodeRecord(stored(record));
      this.#bytes += bytes.length;
      this.#place(topic, record.value, { partition: number, at: writing.records });
      writing.records += 1;
      if (!writing.file.write(bytes)) await once(writing.file, 'drain');
    }
  }

  #place(topic: string, value: Buffer | null, place: Place): void {
    const read = value === null ? null : (JSON.parse(value.toString()) as Json);
    const isBoundary = topic === transactionTopic(this.#options.source);
    const id = isBoundary ? read?.id : read?.transaction?.id;
    if (read === null || id === undefined) {
      this.failure ??= new BenchError('BACKLOG_INVALID', `a record of ${topic} belongs to no transaction`);
      return;
    }
    const xid = id.slice(0, id.indexOf(':'));
    const open = this.#transactions.get(xid) ?? { begin: null, end: null, rows: [] };
    this.#transactions.set(xid, open);
    if (!isBoundary) {
      this.#rows += 1;
      open.rows[(read.transaction?.total_order ?? 1) - 1] = place;
    } else if (read.status === 'BEGIN') open.begin = place;
    else {
      open.end = place;
      this.#ended.push(open);
    }
  }

  async finish(): Promise<Copied> {
    await Promise.all(this.#partitions.map(({ file }) => new Promise<void>((resolve) => file.end(resolve))));
    await writeFile(join(this.#options.directory, ORDER_FILE), this.#order());
    const partitions = this.#partitions.map(({ topic, partition, records }) => ({ topic, partition, records }));
    const [rows, bytes, transactions] = [this.#rows, this.#bytes, this.#ended.length];
    return { topics: this.#topics, partitions, rows, bytes, transactions };
  }

  /** @throws BenchError BACKLOG_INVALID when that order is not the order inside every partition. */
  #order(): Buffer {
    const next = this.#partitions.map(() => 0);
    const order: number[] = [];
    for (const { begin, rows, end } of this.#ended) {
      for (const place of [begin, ...rows, end]) {
        if (place == null || next[place.partition] !== place.at)
          throw new BenchError(
            'BACKLOG_INVALID',
            'a source transaction is not whole, or its partition is out of order',
          );
        next[place.partition] = place.at + 1;
        order.push(place.partition);
      }
      order.push(TRANSACTION_END);
    }
    return Buffer.from(order);
  }
}

interface Json {
  readonly id?: string;
  readonly status?: string;
  readonly transaction?: { readonly id: string; readonly total_order: number } | null;
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
