/** Reads a topic while it is written and notes when each record arrives: committed ones only, or all as soon as they are there. */
import type { Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Isolation } from './console-consumer.js';
import { E2eError } from './e2e-error.js';
import { follow } from './follow.js';

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
  /** Called with the value of each record. */
  readonly see?: (value: string) => void;
}

const POLL_MS = 10;

export class Arrivals {
  readonly all: Arrival[] = [];
  readonly #waiting: (() => void)[] = [];
  #end: () => Promise<void> = () => Promise.resolve();

  static async watch({ see, ...options }: WatchOptions): Promise<Arrivals> {
    const arrivals = new Arrivals();
    arrivals.#end = await follow({
      ...options,
      maxWaitMs: 20,
      see: ({ timestamp, value }) => {
        arrivals.all.push({ arrivedMs: Date.now(), madeMs: Number(timestamp) });
        arrivals.#waiting.splice(0).forEach((resolve) => resolve());
        see?.(value?.toString() ?? '');
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
    return this.#end();
  }
}
