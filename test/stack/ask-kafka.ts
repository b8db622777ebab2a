/**
 * Questions to a cluster whose brokers come and go. An admin client of kafkajs asks the leader and the coordinator that it once knew, and
 * fails when they have moved or are being started: so a question is asked again by a new client, which has to learn where to ask.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { unavailable } from '../../src/adapters/kafka/failure.js';

/** Longer than brokers need to see that one of them is gone (9 s) and to elect other leaders on a busy machine. */
const ANSWER_MAX_MS = 60_000;
const PAUSE_MS = 100;

/**
 * @param ask may be called many times, each time with another client.
 * @throws what it threw: at once when no waiting mends that, else when there was no answer for `answerMaxMs`.
 */
export async function askKafka<T>(
  kafka: Pick<Kafka, 'admin'>,
  ask: (admin: Admin) => Promise<T>,
  answerMaxMs = ANSWER_MAX_MS,
): Promise<T> {
  for (const begunMs = performance.now(); ; await delay(PAUSE_MS)) {
    try {
      return await withAdmin(kafka, ask);
    } catch (error) {
      const isPassing = unavailable('A question', error).code === 'KAFKA_UNAVAILABLE';
      if (!isPassing || performance.now() - begunMs > answerMaxMs) throw error;
    }
  }
}

/** Once, with a client that is gone afterwards: for what must not be said twice. */
export async function withAdmin<T>(kafka: Pick<Kafka, 'admin'>, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}
