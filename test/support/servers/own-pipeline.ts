/**
 * A pipeline on real servers whose rules, sources and topics are a test's own: their records are written by the test, in the form of a
 * connector. What it made goes with `close`.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Admin, Kafka } from 'kafkajs';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { kafkaClient } from '../../../src/adapters/kafka/client.js';
import { readRange } from '../../../src/adapters/kafka/read/topic-reader.js';
import { FROM_SOURCES } from '../../dragoman/command.js';
import { DragomanProcess } from '../../dragoman/process.js';
import { projectDirectory } from '../../stack/directories.js';
import { run, type RunResult } from '../../stack/native/run.js';
import type { RecordedRecord } from '../recordings.js';
import { removeOwn, type Servers, stackConfig } from './stack-config.js';

export interface PublishedEvent {
  readonly key: string;
  readonly value: Record<string, unknown>;
}

export type ToWrite = Pick<RecordedRecord, 'topic' | 'partition' | 'key' | 'value'>;

export class OwnPipeline {
  /** `<name>-<random>`: every topic, group and key of it begins so. */
  readonly namespace: string;
  readonly contract: string;
  readonly redis: Redis;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly #servers: Servers;
  #directory = '';

  private constructor(name: string, servers: Servers) {
    this.namespace = `${name}-${randomUUID().slice(0, 8)}`;
    this.contract = `${this.namespace}.events`;
    this.#servers = servers;
    this.redis = new Redis(servers.redis);
    this.kafka = kafkaClient(stackConfig(servers).kafka, () => undefined);
    this.admin = this.kafka.admin();
  }

  /** @param layRules writes `index.ts` and what it needs into the folder, with the contract's topic. */
  static async open(
    name: string,
    servers: Servers,
    layRules: (folder: string, contract: string) => Promise<void>,
  ): Promise<OwnPipeline> {
    const own = new OwnPipeline(name, servers);
    const cache = join(projectDirectory, '.cache');
    await mkdir(cache, { recursive: true });
    own.#directory = await mkdtemp(join(cache, `${name}-`));
    await mkdir(own.#rules);
    await layRules(own.#rules, own.contract);
    await own.admin.connect();
    return own;
  }

  async close(): Promise<void> {
    await removeOwn(this.admin, this.namespace);
    await this.admin.disconnect();
    await this.loseRedis();
    this.redis.disconnect();
    await rm(this.#directory, { recursive: true });
  }

  get #rules(): string {
    return join(this.#directory, 'rules');
  }

  async loseRedis(): Promise<void> {
    const keys = await this.redis.keys(`{${this.namespace}:*`);
    if (keys.length > 0) await this.redis.unlink(...keys);
  }

  /** @param partitions by topic. */
  async createTopics(partitions: ReadonlyMap<string, number>): Promise<void> {
    const topics = [...partitions].map(([topic, numPartitions]) => ({ topic, numPartitions }));
    await this.admin.createTopics({ topics, waitForLeaders: true });
  }

  /** In pieces that a topic takes: one batch of records is as one record to it. */
  async write(records: readonly ToWrite[]): Promise<void> {
    const producer = this.kafka.producer();
    await producer.connect();
    try {
      for (const piece of pieces(records)) {
        const topics = new Map<string, Omit<ToWrite, 'topic'>[]>();
        for (const { topic, partition, key, value } of piece)
          topics.set(topic, [...(topics.get(topic) ?? []), { partition, key, value }]);
        await producer.sendBatch({ topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })) });
      }
    } finally {
      await producer.disconnect();
    }
  }

  /** @param more laid over what every config needs. @returns its file. */
  async config(sources: readonly string[], more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const file = join(this.#directory, `${sources.length}.yaml`);
    const { kafka, redis } = this.#servers;
    const config = {
      ...{ namespace: this.namespace, sourceSystem: 'legacy', rules: this.#rules, http: { port: 0 } },
      pipelines: { orders: { sources: sources.map((name) => ({ name, beginning: 'empty' })) } },
      kafka: { brokers: [...kafka.bootstrapServers] },
      redis: { url: `redis://${redis.host}:${redis.port}` },
      ...more,
    };
    await writeFile(file, stringify(config));
    return file;
  }

  cli(configFile: string, ...args: readonly string[]): Promise<RunResult> {
    return run(process.execPath, [...FROM_SOURCES, ...args, '-c', configFile], { directory: projectDirectory });
  }

  async published(): Promise<PublishedEvent[]> {
    const to: number[] = [];
    for (const { partition, high } of await this.admin.fetchTopicOffsets(this.contract)) to[partition] = Number(high);
    const events: PublishedEvent[] = [];
    for await (const records of readRange(this.kafka, { topic: this.contract, from: [], to }))
      for (const { key, value } of records)
        events.push({ key, value: JSON.parse(value ?? '') as Record<string, unknown> });
    return events;
  }

  /** Runs until so many events are published, and ends in good order. @returns all of them. */
  async runUntil(configFile: string, events: number): Promise<PublishedEvent[]> {
    const dragoman = new DragomanProcess({ configFile });
    try {
      await dragoman.untilRunning();
      const count = async (): Promise<number> => (await this.published()).length;
      await expect.poll(count, { timeout: 60_000, interval: 200 }).toBe(events);
    } finally {
      await dragoman.stop();
    }
    return this.published();
  }
}

const PIECE_CHARS_MAX = 500_000;

function* pieces(records: readonly ToWrite[]): Iterable<readonly ToWrite[]> {
  let piece: ToWrite[] = [];
  let chars = 0;
  for (const record of records) {
    piece.push(record);
    chars += record.value?.length ?? 0;
    if (chars < PIECE_CHARS_MAX) continue;
    yield piece;
    [piece, chars] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}
