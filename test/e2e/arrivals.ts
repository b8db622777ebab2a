/** Reads the contract topic as a consumer in another team would, committed records only, and notes when each one arrives. */
import type { Consumer, Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { E2eError } from './e2e-error.js';
import { CONTRACT_TOPIC } from './scene.js';

export interface Arrival {
  readonly arrivedMs: number;
  /** When its producer made it. */
  readonly madeMs: number;
}

const POLL_MS = 10;

export class Arrivals {
  readonly all: Arrival[] = [];
  readonly #consumer: Consumer;

  private constructor(consumer: Consumer) {
    this.#consumer = consumer;
  }

  static async watch(kafka: Kafka, groupId: string): Promise<Arrivals> {
    const consumer = kafka.consumer({ groupId, readUncommitted: false, maxWaitTimeInMs: 20 });
    const arrivals = new Arrivals(consumer);
    await consumer.connect();
    await consumer.subscribe({ topic: CONTRACT_TOPIC, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ message: { timestamp } }) => {
        arrivals.all.push({ arrivedMs: Date.now(), madeMs: Number(timestamp) });
        return Promise.resolve();
      },
    });
    return arrivals;
  }

  /** The first event made at this time or later. @throws E2eError STREAM_SILENT */
  async firstMadeSince(timeMs: number, timeoutMs: number): Promise<Arrival> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      const found = this.all.find(({ madeMs }) => madeMs >= timeMs);
      if (found !== undefined) return found;
      await delay(POLL_MS);
    }
    throw new E2eError('STREAM_SILENT', `no event was published for ${timeoutMs / 1000} s`);
  }

  close(): Promise<void> {
    return this.#consumer.disconnect();
  }
}
