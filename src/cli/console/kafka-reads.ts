/**
 * What the console reads of Kafka, over connections of its own that are opened when somebody first looks: no group is joined, nobody is fenced, and
 * the tasks of this process are not asked.
 */
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient, type KafkaLog } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { partitionName } from '../../adapters/kafka/names.js';
import { readRange, type TopicRange } from '../../adapters/kafka/read/topic-reader.js';
import type { Config } from '../../config/schema.js';
import { GROUPS_MAX } from '../../console/answers/contracts.js';
import { COMMANDS_MAX } from '../../console/answers/commands.js';
import { LETTERS_MAX } from '../../console/answers/migration.js';
import type { Command } from '../../domain/command.js';
import { internalTopics } from '../../pipeline/state/records.js';
import { committedProgress, type ShardProgress } from '../operator/reading/committed-progress.js';
import { endsOf, type PartitionEnds } from '../operator/reading/lag.js';
import { send } from '../operator/operator.js';

export interface ConsumerGroup {
  readonly group: string;
  /** Next offset by partition number, of those that it has committed. */
  readonly offsets: ReadonlyMap<number, number>;
}

export interface LogRecord {
  readonly offset: number;
  readonly key: string;
  readonly value: string;
}

export interface LastRecords {
  readonly records: readonly LogRecord[];
  /** There are earlier ones. */
  readonly earlier: boolean;
}

/** What there is outside of Redis and this process. Errors: DragomanError. */
export interface ConsoleReads {
  topics(): Promise<ReadonlySet<string>>;
  /** By partition (`topic/3`). */
  ends(topics: readonly string[]): Promise<ReadonlyMap<string, PartitionEnds>>;
  progress(pipeline: string): Promise<readonly ShardProgress[]>;
  /** Groups that have committed offsets in a topic. */
  groups(topic: string): Promise<{ readonly groups: readonly ConsumerGroup[]; readonly notLookedAt: number }>;
  /** Broker time of the newest record before these offsets (by partition number), as far as a few records tell; null: they do not. */
  newestMs(topic: string, before: ReadonlyMap<number, number>): Promise<number | null>;
  /** The last records of the commands log, in their order. */
  commands(): Promise<LastRecords>;
  /** The last dead letters of the namespace, each partition in its order. */
  deadLetters(): Promise<LastRecords>;
  /** @returns its offset. */
  send(command: Command): Promise<number>;
  close(): Promise<void>;
}

/** Groups asked at a time. */
const GROUPS_AT_ONCE = 8;
/** Offsets that are looked through for the newest record: control records stand among them. */
const LOOK_BACK = 20;

export class KafkaReads implements ConsoleReads {
  readonly #config: Config;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  #connected: Promise<void> | null = null;

  constructor(config: Config, log: KafkaLog) {
    this.#config = config;
    this.#kafka = kafkaClient(config.kafka, log);
    this.#admin = this.#kafka.admin();
  }

  async topics(): Promise<ReadonlySet<string>> {
    const admin = await this.#connect();
    return new Set(await asking('Topics cannot be listed', () => admin.listTopics()));
  }

  async ends(topics: readonly string[]): Promise<ReadonlyMap<string, PartitionEnds>> {
    return endsOf(await this.#connect(), topics);
  }

  async progress(pipeline: string): Promise<readonly ShardProgress[]> {
    return committedProgress(this.#kafka, await this.#connect(), this.#config, pipeline);
  }

  async groups(topic: string): Promise<{ readonly groups: readonly ConsumerGroup[]; readonly notLookedAt: number }> {
    const admin = await this.#connect();
    const { groups: listed } = await asking('Groups cannot be listed', () => admin.listGroups());
    const names = listed.map(({ groupId }) => groupId).sort();
    const asked = names.slice(0, GROUPS_MAX);
    const groups: ConsumerGroup[] = [];
    for (let i = 0; i < asked.length; i += GROUPS_AT_ONCE)
      groups.push(...(await Promise.all(asked.slice(i, i + GROUPS_AT_ONCE).map((name) => this.#group(name, topic)))));
    return { groups: groups.filter(({ offsets }) => offsets.size > 0), notLookedAt: names.length - asked.length };
  }

  async newestMs(topic: string, before: ReadonlyMap<number, number>): Promise<number | null> {
    const range = newestBefore(topic, before, await this.ends([topic]));
    let newest: number | null = null;
    for await (const chunk of readRange(this.#kafka, range))
      for (const { timestampMs } of chunk) newest = Math.max(timestampMs, newest ?? 0);
    return newest;
  }

  commands(): Promise<LastRecords> {
    return this.#last(internalTopics(this.#config.namespace, '').commands, COMMANDS_MAX);
  }

  deadLetters(): Promise<LastRecords> {
    return this.#last(internalTopics(this.#config.namespace, '').deadLetters, LETTERS_MAX);
  }

  send(command: Command): Promise<number> {
    return send(this.#config, command);
  }

  async close(): Promise<void> {
    if (this.#connected !== null) await this.#admin.disconnect();
  }

  /** @param max of each partition. */
  async #last(topic: string, max: number): Promise<LastRecords> {
    if (!(await this.topics()).has(topic)) return { records: [], earlier: false };
    const ends = await this.ends([topic]);
    const parts = Array.from({ length: ends.size }, (_, number) => {
      const { first, end } = ends.get(partitionName(topic, number)) ?? { first: 0, end: 0 };
      return { first, from: Math.max(first, end - max), to: end };
    });
    const records: LogRecord[] = [];
    const range = { topic, from: parts.map(({ from }) => from), to: parts.map(({ to }) => to) };
    for await (const chunk of readRange(this.#kafka, range))
      for (const { offset, key, value } of chunk) records.push({ offset, key, value: value ?? '' });
    return { records, earlier: parts.some(({ first, from }) => from > first) };
  }

  async #group(group: string, topic: string): Promise<ConsumerGroup> {
    const [of] = await asking(`Offsets of group ${group} cannot be read`, () =>
      this.#admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    const committed = (of?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
    return { group, offsets: new Map(committed.map(({ partition, offset }) => [partition, Number(offset)])) };
  }

  async #connect(): Promise<Admin> {
    this.#connected ??= asking('Kafka cannot be reached', () => this.#admin.connect());
    try {
      await this.#connected;
    } catch (error) {
      this.#connected = null;
      throw error;
    }
    return this.#admin;
  }
}

/**
 * The last offsets before these. Of a topic that was made anew a group may have committed what is not there yet: nothing is waited for. Pure.
 * @param before next offset by partition number.
 */
export function newestBefore(
  topic: string,
  before: ReadonlyMap<number, number>,
  ends: ReadonlyMap<string, PartitionEnds>,
): TopicRange {
  const all = Array.from({ length: ends.size }, (_, number) => {
    const { first, end } = ends.get(partitionName(topic, number)) ?? { first: 0, end: 0 };
    const to = Math.min(before.get(number) ?? 0, end);
    return { from: Math.min(to, Math.max(first, to - LOOK_BACK)), to };
  });
  return { topic, from: all.map(({ from }) => from), to: all.map(({ to }) => to) };
}
