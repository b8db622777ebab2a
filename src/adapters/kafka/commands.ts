/**
 * The commands log in Kafka: one topic of one partition for the namespace. Every pipeline reads it for itself, so it is not one of the
 * group's partitions: its end is asked for, and what is new is read. Written without Kafka transactions (decision 0001), one at a time.
 */
import type { Admin, Kafka, Producer } from 'kafkajs';
import { DragomanError } from '../../errors.js';
import type { CommandBatch, CommandLog, CommandRecord } from '../../pipeline/ports.js';
import { invariant } from '../../invariant.js';
import { asking } from './failure.js';
import { readRange } from './read/topic-reader.js';

/** Read at once. */
const COMMANDS_PER_READ_MAX = 500;

export class KafkaCommands implements CommandLog {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #topic: string;

  constructor(kafka: Kafka, admin: Admin, topic: string) {
    this.#kafka = kafka;
    this.#admin = admin;
    this.#topic = topic;
  }

  async read(offset: number | null): Promise<CommandBatch> {
    const topic = this.#topic;
    const { first, end } = await this.#bounds();
    const from = offset === null || offset < first || offset > end ? first : offset;
    const nextOffset = Math.min(end, from + COMMANDS_PER_READ_MAX);
    const records: CommandRecord[] = [];
    for await (const chunk of readRange(this.#kafka, { topic, from: [from], to: [nextOffset] }))
      for (const { offset: at, key, value } of chunk) records.push({ offset: at, key, value: value ?? '' });
    return { records, from, nextOffset };
  }

  async #bounds(): Promise<{ first: number; end: number }> {
    const [bounds] = await asking('The end of the commands cannot be read', () =>
      this.#admin.fetchTopicOffsets(this.#topic),
    );
    if (bounds === undefined) throw new DragomanError('TOPIC_MISSING', `Topic ${this.#topic} has no partition.`);
    return { first: Number(bounds.low), end: Number(bounds.high) };
  }
}

export interface SentCommand {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
}

/** Appends records, one at a time. */
export class CommandWriter {
  readonly #producer: Producer;
  #connected: Promise<void> | null = null;

  constructor(kafka: Kafka) {
    this.#producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 });
  }

  /** @returns its offset, when all replicas have it. */
  append({ topic, key, value }: SentCommand): Promise<number> {
    return asking('The command cannot be sent', async () => {
      await (this.#connected ??= this.#producer.connect());
      const [written] = await this.#producer.send({ topic, acks: -1, messages: [{ key, value }] });
      invariant(written?.baseOffset !== undefined, `A command was written to ${topic}, and the answer has no offset.`);
      return Number(written.baseOffset);
    });
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }
}

/** Appends one record. @returns its offset, when all replicas have it. */
export async function sendCommand(kafka: Kafka, command: SentCommand): Promise<number> {
  const writer = new CommandWriter(kafka);
  try {
    return await writer.append(command);
  } finally {
    await writer.close();
  }
}
