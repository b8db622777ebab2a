/** Reads a topic while it is written and notes when each record arrives: committed ones only, or all as soon as they are there. */
import type { Consumer, Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Isolation } from './console-consumer.js';
import { E2eError } from './e2e-error.js';

export interface Arrival {
  readonly arrivedMs: number;
  /** When its producer made it. */
  readonly madeMs: number;
}

export interface WatchOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly isolation: Isolation;
}

const POLL_MS = 10;

export class Arrivals {
  readonly all: Arrival[] = [];
  readonly #consumer: Consumer;
  readonly #waiting: (() => void)[] = [];

  private constructor(consumer: Consumer) {
    this.#consumer = consumer;
  }

  static async watch({ kafka, topic, groupId, isolation }: WatchOptions): Promise<Arrivals> {
    const readUncommitted = isolation === 'read_uncommitted';
    const consumer = kafka.consumer({ groupId, readUncommitted, maxWaitTimeInMs: 20 });
    const arrivals = new Arrivals(consumer);
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ message: { timestamp } }) => {
        arrivals.all.push({ arrivedMs: Date.now(), madeMs: Number(timestamp) });
        arrivals.#waiting.splice(0).forEach((resolve) => resolve());
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

  /** Resolves at the moment at which the next record arrives, or when the time is over. */
  async next(timeoutMs: number): Promise<void> {
    const late = new AbortController();
    const arrived = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await Promise.race([arrived, delay(timeoutMs, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
  }

  close(): Promise<void> {
    return this.#consumer.disconnect();
  }
}
