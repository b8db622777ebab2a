/**
 * Reads a range of a journal: every partition from one offset up to another. kafkajs can read only as a member of a group, so a
 * group of its own is made for the time of reading, and deleted after it. Ends with the last offset, control records included.
 */
import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import type { DragomanError } from '../../errors.js';
import type { JournalOffsets, JournalRecord } from '../../pipeline/ports.js';
import { asking, unavailable } from './failure.js';

export interface JournalRange {
  readonly topic: string;
  readonly groupPrefix: string;
  readonly from: JournalOffsets;
  readonly to: JournalOffsets;
}

const CHUNKS_WAITING_MAX = 8;
/** Nothing came for this long: the broker is away. */
const SILENCE_MS = 30_000;

export async function* readRange(
  kafka: Kafka,
  admin: Admin,
  range: JournalRange,
): AsyncIterable<readonly JournalRecord[]> {
  const { topic, from, to } = range;
  const left = new Set([...to.keys()].filter((partition) => (from[partition] ?? 0) < (to[partition] ?? 0)));
  if (left.size === 0) return;
  const groupId = `${range.groupPrefix}.${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { retries: 5 },
  });
  const chunks: JournalRecord[][] = [];
  let wake: () => void = () => undefined;
  const failed: { error: DragomanError | null } = { error: null };
  const readTo = (partition: number, next: number): void => {
    if (next >= (to[partition] ?? 0)) left.delete(partition);
    wake();
  };

  consumer.on(consumer.events.GROUP_JOIN, () => {
    for (const partition of to.keys()) consumer.seek({ topic, partition, offset: String(from[partition] ?? 0) });
  });
  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) readTo(payload.partition, Number(payload.lastOffset) + 1);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    failed.error = unavailable('The journal cannot be read', payload.error);
    wake();
  });
  try {
    await asking('The journal cannot be read', async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async (fetched) => {
          const { batch } = fetched;
          const { partition, messages } = batch;
          const wanted = messages.filter((record) => Number(record.offset) < (to[partition] ?? 0));
          chunks.push(
            wanted.map(({ offset, key, value }) => ({ partition, offset: Number(offset), ...texts(key, value) })),
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
        throw unavailable('The journal gives nothing', new Error('time-out'));
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 500);
      });
    }
  } finally {
    await consumer.disconnect().catch(() => undefined);
    void admin.deleteGroups([groupId]).catch(() => undefined);
  }
}

const texts = (key: Buffer | null, value: Buffer | null): { key: string; value: string } => ({
  key: key?.toString() ?? '',
  value: value?.toString() ?? '',
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
