/**
 * Reads all topics of a connector out of Kafka, record by record, for a recording.
 *
 * In:  brokers and topic prefix. Out: every committed record of `<prefix>.*` (not heartbeats), kept in memory.
 * Order inside a partition is Kafka's; between partitions there is none (see merge.ts).
 */
import { Kafka, logLevel, type IHeaders } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { LegacyDbError } from '../errors.js';

/** One line of a recording file. */
export interface RecordedLine {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds; CreateTime of Connect's producer. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

export interface ConsumeOptions {
  readonly brokers: readonly string[];
  readonly prefix: string;
  /** Stop when this text is in the value of a record of the transaction topic. */
  readonly until: string;
  readonly timeoutMs: number;
  /** Of keys and values in what is written down; default UTF-8. */
  readonly encoding?: 'utf8' | 'base64';
  /** So long nothing came, so everything is read; default 1 s. */
  readonly quietMs?: number;
}

/**
 * Reads until the END record wanted is there, and until every partition was read to its end.
 * @throws LegacyDbError STACK_UNREADY when the record does not come in time.
 */
export async function consumeTopics(options: ConsumeOptions): Promise<RecordedLine[]> {
  const kafka = new Kafka({ brokers: [...options.brokers], logLevel: logLevel.NOTHING });
  const topics = await topicsOf(kafka, options.prefix);
  const lines: RecordedLine[] = [];
  const seen = { end: false, lastMs: Date.now() };
  const consumer = kafka.consumer({ groupId: `recording-${Date.now()}`, readUncommitted: false, maxWaitTimeInMs: 50 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ topic, partition, message }) => {
        const value = message.value?.toString(options.encoding) ?? null;
        const key = message.key?.toString(options.encoding) ?? null;
        const { offset, timestamp, headers } = message;
        lines.push({
          topic,
          partition,
          offset: Number(offset),
          timestamp: Number(timestamp),
          key,
          value,
          headers: texts(headers),
        });
        if (topic.endsWith('.transaction') && message.value?.includes(options.until) === true) seen.end = true;
        seen.lastMs = Date.now();
        return Promise.resolve();
      },
    });
    const deadlineMs = Date.now() + options.timeoutMs;
    // Rows and their END are visible together at the latest after the next commit of the connector.
    while (!seen.end || Date.now() - seen.lastMs < (options.quietMs ?? 1_000)) {
      if (Date.now() > deadlineMs) {
        throw new LegacyDbError('STACK_UNREADY', `no END record with ${options.until} after ${options.timeoutMs} ms`);
      }
      await delay(50);
    }
    return lines;
  } finally {
    await consumer.disconnect();
  }
}

async function topicsOf(kafka: Kafka, prefix: string): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
  } finally {
    await admin.disconnect();
  }
}

function texts(headers: IHeaders | undefined): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined) continue;
    found[name] = Array.isArray(value) ? value.map((part) => part.toString()) : value.toString();
  }
  return found;
}
