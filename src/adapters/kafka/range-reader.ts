/**
 * Reads ranges of partitions: each from one offset up to another, committed records only. kafkajs can read only as a member of a
 * group, so a group of its own is made for the time of reading, which commits nothing and is deleted after it. A range ends with
 * its last offset, control records included.
 */
import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import type { DragomanError } from '../../errors.js';
import { asking, unavailable } from './failure.js';
import { partitionName, splitName } from './names.js';

/** Offsets of one partition: `from` up to, not including, `to`. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

export interface RangePlan {
  /** Says in errors what is read: `The journal`. */
  readonly what: string;
  readonly groupPrefix: string;
  /** By partition (`topic/3`). */
  readonly ranges: ReadonlyMap<string, OffsetRange>;
}

export interface RangeRecord {
  readonly partition: string;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

const CHUNKS_WAITING_MAX = 8;
/** Nothing came for this long: the broker is away. */
const SILENCE_MS = 30_000;

/** Partitions in any order, each in its own. @throws DragomanError KAFKA_UNAVAILABLE */
export async function* readRanges(
  kafka: Kafka,
  admin: Admin,
  { what, groupPrefix, ranges }: RangePlan,
): AsyncIterable<readonly RangeRecord[]> {
  const left = new Set([...ranges].filter(([, { from, to }]) => from < to).map(([partition]) => partition));
  if (left.size === 0) return;
  const groupId = `${groupPrefix}.${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { retries: 5 },
  });
  const chunks: RangeRecord[][] = [];
  let wake: () => void = () => undefined;
  const failed: { error: DragomanError | null } = { error: null };
  const end = (partition: string): number => ranges.get(partition)?.to ?? 0;
  const readTo = (partition: string, next: number): void => {
    if (next >= end(partition)) left.delete(partition);
    wake();
  };

  consumer.on(consumer.events.GROUP_JOIN, () => {
    for (const [name, { from }] of ranges) consumer.seek({ ...splitName(name), offset: String(from) });
  });
  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0)
      readTo(partitionName(payload.topic, payload.partition), Number(payload.lastOffset) + 1);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    failed.error = unavailable(`${what} cannot be read`, payload.error);
    wake();
  });
  try {
    await asking(`${what} cannot be read`, async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: topicsOf(ranges), fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async (fetched) => {
          const { batch } = fetched;
          const partition = partitionName(batch.topic, batch.partition);
          const wanted = batch.messages.filter((record) => Number(record.offset) < end(partition));
          chunks.push(
            wanted.map(({ offset, timestamp, key, value }) => ({
              partition,
              offset: Number(offset),
              timestampMs: Number(timestamp),
              key,
              value,
            })),
          );
          readTo(partition, Number(batch.lastOffset()) + 1);
          while (chunks.length > CHUNKS_WAITING_MAX) {
            await sleep(5);
            await fetched.heartbeat();
          }
        },
      });
    });
    let quietSince = performance.now();
    while (left.size > 0 || chunks.length > 0) {
      const chunk = chunks.shift();
      if (failed.error !== null) throw failed.error;
      if (chunk !== undefined) {
        yield chunk;
        quietSince = performance.now();
        continue;
      }
      if (performance.now() - quietSince > SILENCE_MS)
        throw unavailable(`${what}: Kafka gives nothing`, new Error('time-out'));
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 500);
      });
    }
  } finally {
    await consumer.disconnect().catch(() => undefined);
    await admin.deleteGroups([groupId]).catch(() => undefined); // what is left of it expires
  }
}

const topicsOf = (ranges: ReadonlyMap<string, OffsetRange>): string[] => [
  ...new Set([...ranges.keys()].map((name) => splitName(name).topic)),
];

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
