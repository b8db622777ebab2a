/**
 * Follows a topic while it is written: each record once, in the order of its partition, whatever happens to the brokers
 * meanwhile. Only runs are watched with it; what is published is judged by the independent reader (`console-consumer.ts`).
 */
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Isolation } from './console-consumer.js';

export interface FollowOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly isolation: Isolation;
  readonly maxWaitMs: number;
  readonly see: (record: KafkaMessage) => void | Promise<void>;
}

const COMMIT_EVERY_MS = 1_000;
const RESTART_WAIT_MS = 500;

/** @returns how to end it. */
export async function follow(options: FollowOptions): Promise<() => Promise<void>> {
  const { kafka, topic, groupId, isolation, maxWaitMs, see } = options;
  const next = new Map<number, bigint>();
  let consumer: Consumer;
  let ended = false;
  const startAgain = async (): Promise<void> => {
    while (!ended) {
      await delay(RESTART_WAIT_MS);
      await consumer.disconnect().catch(() => undefined);
      if (
        await start().then(
          () => true,
          () => false,
        )
      )
        return;
    }
  };
  const start = async (): Promise<void> => {
    consumer = kafka.consumer({
      ...{ groupId, readUncommitted: isolation === 'read_uncommitted', maxWaitTimeInMs: maxWaitMs },
      ...{ sessionTimeout: 10_000, heartbeatInterval: 1_000 },
    });
    consumer.on(consumer.events.CRASH, ({ payload: { restart } }) => {
      if (!restart) void startAgain();
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommitInterval: COMMIT_EVERY_MS,
      eachMessage: async ({ partition, message }) => {
        const offset = BigInt(message.offset);
        if (offset >= (next.get(partition) ?? 0n)) {
          await see(message);
          next.set(partition, offset + 1n);
        }
      },
    });
  };
  await start();
  return () => {
    ended = true;
    return consumer.disconnect();
  };
}
