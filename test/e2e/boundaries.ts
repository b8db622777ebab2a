/**
 * Follows the transaction topic of a connector, committed records only: how far the connector has come. The first END says where
 * streaming began, which is where the oracle's baseline ends.
 */
import type { Consumer, Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { E2eError } from './e2e-error.js';

const POLL_MS = 50;

export class Boundaries {
  /** End of the first and of the newest streamed COMMIT, as numbers in the log of the database. */
  firstLsn: bigint | undefined;
  newestLsn = 0n;
  ends = 0;
  readonly #consumer: Consumer;

  private constructor(consumer: Consumer) {
    this.#consumer = consumer;
  }

  /** The topic exists. `groupId` is for this reader alone. */
  static async follow(kafka: Kafka, topic: string, groupId: string): Promise<Boundaries> {
    const consumer = kafka.consumer({ groupId, readUncommitted: false, maxWaitTimeInMs: 100 });
    const boundaries = new Boundaries(consumer);
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ message: { value } }) => Promise.resolve(boundaries.#note(value?.toString() ?? '{}')),
    });
    return boundaries;
  }

  #note(text: string): void {
    const { status, id } = JSON.parse(text) as { status?: string; id?: string };
    if (status !== 'END' || id === undefined) return;
    const lsn = BigInt(id.slice(id.indexOf(':') + 1));
    this.firstLsn ??= lsn;
    if (lsn > this.newestLsn) this.newestLsn = lsn;
    this.ends += 1;
  }

  /** @throws E2eError STREAM_SILENT */
  async until(what: string, holds: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!holds()) {
      if (Date.now() > deadline) {
        throw new E2eError(
          'STREAM_SILENT',
          `${what} did not come within ${timeoutMs / 1000} s; look at the worker's log`,
        );
      }
      await delay(POLL_MS);
    }
  }

  close(): Promise<void> {
    return this.#consumer.disconnect();
  }
}
