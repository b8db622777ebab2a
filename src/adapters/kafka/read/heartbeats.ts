/** The newest record of each connector's heartbeat topic, asked when it is needed: nothing is consumed of it, and no offset is kept. */
import type { Admin, Kafka } from 'kafkajs';
import type { Heartbeats, RawRecord } from '../../../pipeline/ports.js';
import { asking } from '../failure.js';
import { partitionName } from '../names.js';
import { readRanges } from './range-reader.js';

/** Offsets looked at: with transactions every second one is a control record. */
const NEWEST_OFFSETS_MAX = 20;

export class KafkaHeartbeats implements Heartbeats {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #topics: ReadonlyMap<string, string>;
  readonly #plain: (record: RawRecord) => Promise<RawRecord>;

  /** @param topics by source. @param plain makes JSON of a record, whatever wrote it. */
  constructor(
    kafka: Kafka,
    admin: Admin,
    topics: ReadonlyMap<string, string>,
    plain: (record: RawRecord) => Promise<RawRecord>,
  ) {
    this.#kafka = kafka;
    this.#admin = admin;
    this.#topics = topics;
    this.#plain = plain;
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
    let newest: RawRecord | null = null;
    const range = { from: Math.max(low, high - NEWEST_OFFSETS_MAX), to: high };
    const plan = {
      what: `Topic ${topic}`,
      ranges: new Map([[partitionName(topic, 0), range]]),
      expired: 'refused',
    } as const;
    for await (const chunk of readRanges(this.#kafka, plan))
      for (const record of chunk?.records ?? []) if (record.value !== null) newest = record;
    return newest === null ? null : ((await this.#plain(newest)).value?.toString() ?? null);
  }
}
