/** The newest record of each connector's heartbeat topic, asked when it is needed: nothing is consumed of it, and no offset is kept. */
import type { Admin, Kafka } from 'kafkajs';
import type { Heartbeats } from '../../../pipeline/ports.js';
import { asking } from '../failure.js';
import { readRange } from './topic-reader.js';

/** Offsets looked at: with transactions every second one is a control record. */
const NEWEST_OFFSETS_MAX = 20;

export class KafkaHeartbeats implements Heartbeats {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #topics: ReadonlyMap<string, string>;

  /** @param topics by source. */
  constructor(kafka: Kafka, admin: Admin, topics: ReadonlyMap<string, string>) {
    this.#kafka = kafka;
    this.#admin = admin;
    this.#topics = topics;
  }

  async newest(): Promise<ReadonlyMap<string, string>> {
    const newest = new Map<string, string>();
    if (this.#topics.size === 0) return newest;
    const existing = new Set(await asking('Topics cannot be listed', () => this.#admin.listTopics()));
    for (const [source, topic] of this.#topics) {
      const text = existing.has(topic) ? await this.#newestOf(topic) : null;
      if (text !== null) newest.set(source, text);
    }
    return newest;
  }

  /** Heartbeats of one connector are in its first partition. */
  async #newestOf(topic: string): Promise<string | null> {
    const all = await asking(`The end of ${topic} cannot be read`, () => this.#admin.fetchTopicOffsets(topic));
    const bounds = all.find(({ partition }) => partition === 0);
    const [low, high] = [Number(bounds?.low ?? 0), Number(bounds?.high ?? 0)];
    let newest: string | null = null;
    const range = { topic, from: [Math.max(low, high - NEWEST_OFFSETS_MAX)], to: [high] };
    for await (const records of readRange(this.#kafka, range))
      for (const { value } of records) newest = value ?? newest;
    return newest;
  }
}
