/**
 * The independent reader: every committed data record of the contract topics, up to the ends that they have when it starts.
 * End offsets alone would count control records and aborted ones.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { IHeaders } from 'kafkajs';
import { BenchError } from '../bench-error.js';
import { kafkaOf, withAdmin } from './cluster.js';

export interface ReadEvent {
  readonly type: string;
  readonly orderId: string;
  readonly occurrence: string;
  /** `<source>:<transaction id>:<position>` of the source transaction. */
  readonly causationId: string;
  /** Broker's time where `stampOnAppend` was called, else the time of sending. */
  readonly timestampMs: number;
}

const TIMEOUT_MS = 60_000;

/** @throws BenchError EVENTS_LATE */
export const readEvents = (broker: string, topics: readonly string[]): Promise<ReadEvent[]> =>
  readValues(broker, topics, ({ value, timestampMs }) => eventOf(value ?? '{}', timestampMs));

export interface ReadRecord {
  readonly key: string;
  /** Null: a tombstone. */
  readonly value: string | null;
  readonly timestampMs: number;
  /** Of key, value and headers. */
  readonly bytes: number;
}

/** @throws BenchError EVENTS_LATE */
export async function readValues<T>(
  broker: string,
  topics: readonly string[],
  use: (record: ReadRecord) => T,
): Promise<T[]> {
  const rest = await ends(broker, topics);
  const found: T[] = [];
  const consumer = kafkaOf(broker).consumer({
    groupId: `bench-read-${Date.now()}`,
    readUncommitted: false,
    maxWaitTimeInMs: 50,
  });
  const readTo = (topic: string, partition: number, next: number): void => {
    if (next >= (rest.get(`${topic}/${partition}`) ?? 0)) rest.delete(`${topic}/${partition}`);
  };
  // Control records come as batches that are empty, which only this event tells.
  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
    if (batchSize === 0) readTo(topic, partition, Number(lastOffset) + 1);
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        for (const { key, value, timestamp, headers } of batch.messages)
          found.push(
            use({
              key: String(key),
              value: value?.toString() ?? null,
              timestampMs: Number(timestamp),
              bytes: sizeOf(key, value, headers),
            }),
          );
        readTo(batch.topic, batch.partition, Number(batch.lastOffset()) + 1);
        return Promise.resolve();
      },
    });
    for (const deadlineMs = Date.now() + TIMEOUT_MS; rest.size > 0; await delay(20)) {
      if (Date.now() > deadlineMs)
        throw new BenchError('EVENTS_LATE', `the reader did not come to the end of ${[...rest.keys()].join(', ')}`);
    }
    return found;
  } finally {
    await consumer.disconnect();
  }
}

const sizeOf = (key: Buffer | null, value: Buffer | null, headers: IHeaders = {}): number =>
  Object.entries(headers).reduce(
    (sum, [name, content]) => sum + Buffer.byteLength(name) + Buffer.byteLength(String(content ?? '')),
    (key?.length ?? 0) + (value?.length ?? 0),
  );

function ends(broker: string, topics: readonly string[]): Promise<Map<string, number>> {
  return withAdmin(broker, async (admin) => {
    const found = new Map<string, number>();
    for (const topic of topics) {
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        if (Number(high) > 0) found.set(`${topic}/${partition}`, Number(high));
    }
    return found;
  });
}

/** A contract record's value, whatever contract it is of. */
export function eventOf(value: string, timestampMs: number): ReadEvent {
  const event = JSON.parse(value) as Readonly<Record<string, string | number | undefined>>;
  const occurrence = event['releaseNumber'] ?? event['requestNumber'] ?? event['paymentId'] ?? '';
  return {
    type: String(event['eventType']),
    orderId: String(event['orderId']),
    occurrence: String(occurrence),
    causationId: String(event['causationId']),
    timestampMs,
  };
}
