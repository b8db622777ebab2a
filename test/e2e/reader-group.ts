/**
 * The group under which one reader reads a whole topic, and that tells when it has done so. Offsets that a group has told go beyond what
 * ends a Kafka transaction, which no reader is shown, so they reach the end of each log.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { logEndsAdmin } from '../../src/adapters/kafka/clusters.js';
import { askKafka, withAdmin } from '../stack/ask-kafka.js';

const TOLD_EVERY_MS = 100;

export class ReaderGroup {
  readonly #id = `reader-${randomUUID()}`;
  readonly #kafka: Kafka;
  readonly #topic: string;

  constructor(kafka: Kafka, topic: string) {
    this.#kafka = kafka;
    this.#topic = topic;
  }

  /** Of Kafka's ConsoleConsumer. */
  get arguments(): string[] {
    const told = ['enable.auto.commit=true', `auto.commit.interval.ms=${TOLD_EVERY_MS}`];
    return ['--group', this.#id, ...told.flatMap((property) => ['--consumer-property', property])];
  }

  /** @returns true when it has read everything, uncommitted records and the ends of Kafka transactions included; false when `gone` is first. */
  untilAllIsRead(gone: AbortSignal): Promise<boolean> {
    return askKafka({ admin: () => logEndsAdmin(this.#kafka) }, async (admin) => {
      for (; !gone.aborted; await delay(TOLD_EVERY_MS)) if (await this.#isAllRead(admin)) return true;
      return false;
    });
  }

  /** When its reader is gone. One that never joined it has left no group. */
  async remove(): Promise<void> {
    await withAdmin(this.#kafka, (admin) => admin.deleteGroups([this.#id])).catch(() => undefined);
  }

  /** Ends are asked first: what comes later is for the next look. */
  async #isAllRead(admin: Admin): Promise<boolean> {
    const ends = await admin.fetchTopicOffsets(this.#topic);
    const [told] = await admin.fetchOffsets({ groupId: this.#id, topics: [this.#topic] });
    const next = new Map(told?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return ends.every(({ partition, low, high }) => low === high || (next.get(partition) ?? -1) >= Number(high));
  }
}
