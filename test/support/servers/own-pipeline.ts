/**
 * A pipeline on real servers whose rules, sources and topics are a test's own: their records are written by the test, in the form of a
 * connector, or recorded ones. What it made goes with `close`.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Admin, Kafka } from 'kafkajs';
import { expect, vi } from 'vitest';
import { stringify } from 'yaml';
import { kafkaClient } from '../../../src/adapters/kafka/client.js';
import { readRange } from '../../../src/adapters/kafka/read/topic-reader.js';
import type { OwnRecord } from '../../../src/pipeline/ports.js';
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

export type ToWrite = Pick<RecordedRecord, 'topic' | 'partition' | 'key' | 'value'> &
  Partial<Pick<RecordedRecord, 'headers'>>;

/** A source by its name, which its topics begin with, or as the config has it. */
export type OwnSource = string | Readonly<Record<string, unknown>>;

/** Writes `index.ts` and what it needs into the folder, with the contract's topic. */
export type LayRules = (folder: string, contract: string) => Promise<void> | void;

/** Of a topic: its partitions one after the other. */
export type ReadRecord = Pick<OwnRecord, 'key' | 'value'>;

export class OwnPipeline {
  /** `<name>-<random>`: every topic, group and key of it begins so. */
  readonly namespace: string;
  readonly contract: string;
  readonly redis: Redis;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly #servers: Servers;
  #directory = '';
  #configs = 0;

  private constructor(name: string, servers: Servers) {
    this.namespace = `${name}-${randomUUID().slice(0, 8)}`;
    this.contract = `${this.namespace}.events`;
    this.#servers = servers;
    this.redis = new Redis(servers.redis);
    this.kafka = kafkaClient(stackConfig(servers).kafka, () => undefined);
    this.admin = this.kafka.admin();
  }

  static async open(name: string, servers: Servers, layRules: LayRules): Promise<OwnPipeline> {
    const own = new OwnPipeline(name, servers);
    const cache = join(projectDirectory, '.cache');
    await mkdir(cache, { recursive: true });
    own.#directory = await mkdtemp(join(cache, `${name}-`));
    await own.layRules('rules', layRules);
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

  /** Here, and gone with it. */
  path(name: string): string {
    return join(this.#directory, name);
  }

  /** Another rule set beside its own. @returns its folder, for the config. */
  async layRules(name: string, layRules: LayRules): Promise<string> {
    const folder = this.path(name);
    await mkdir(folder);
    await layRules(folder, this.contract);
    return folder;
  }

  /** The source of the recordings, in topics of this pipeline. */
  get recorded(): OwnSource {
    const { namespace } = this;
    return { name: 'legacy', topicPrefix: namespace, transactionTopic: `${namespace}.transaction` };
  }

  /** Records of the source {@link recorded}, but those of topics that are not there; boundaries last: rows that are read first wait for them. */
  async play(records: readonly RecordedRecord[]): Promise<void> {
    const there = new Set(await this.admin.listTopics());
    const here = records
      .map((record) => ({ ...record, topic: record.topic.replace(/^legacy\./, `${this.namespace}.`) }))
      .filter(({ topic }) => there.has(topic));
    const isBoundary = ({ topic }: ToWrite): boolean => topic === `${this.namespace}.transaction`;
    await this.write([...here.filter((record) => !isBoundary(record)), ...here.filter(isBoundary)]);
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
        for (const { topic, partition, key, value, headers = {} } of piece)
          topics.set(topic, [...(topics.get(topic) ?? []), { partition, key, value, headers }]);
        await producer.sendBatch({ topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })) });
      }
    } finally {
      await producer.disconnect();
    }
  }

  /** @param more laid over what every config needs. @returns its file. */
  async config(sources: readonly OwnSource[], more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const file = this.path(`${(this.#configs += 1)}.yaml`);
    const all = sources.map((source) => ({
      ...(typeof source === 'string' ? { name: source } : source),
      beginning: 'empty',
    }));
    const { kafka, redis } = this.#servers;
    const config = {
      ...{ namespace: this.namespace, sourceSystem: 'legacy', rules: this.path('rules'), http: { port: 0 } },
      pipelines: { orders: { sources: all } },
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

  /** By partition. A topic that was just created has no leader for a moment. */
  ends(topic: string): Promise<number[]> {
    const asked = async (): Promise<number[]> => {
      const ends: number[] = [];
      for (const { partition, high } of await this.admin.fetchTopicOffsets(topic)) ends[partition] = Number(high);
      return ends;
    };
    return vi.waitFor(asked, { timeout: 60_000, interval: 200 });
  }

  async records(topic: string): Promise<ReadRecord[]> {
    const all: ReadRecord[] = [];
    const range = { topic, from: [], to: await this.ends(topic) };
    for await (const records of readRange(this.kafka, range)) all.push(...records);
    return all;
  }

  async published(): Promise<PublishedEvent[]> {
    const records = await this.records(this.contract);
    return records.map(({ key, value }) => ({ key, value: JSON.parse(value ?? '') as Record<string, unknown> }));
  }

  /** One process, while it is used; it ends in good order. */
  async running<T>(configFile: string, use: () => Promise<T>): Promise<T> {
    const dragoman = new DragomanProcess({ configFile });
    try {
      await dragoman.untilRunning();
      return await use();
    } finally {
      await dragoman.stop();
    }
  }

  /** Runs until so many events are published, and ends in good order. @returns all of them. */
  async runUntil(configFile: string, events: number): Promise<PublishedEvent[]> {
    const count = async (): Promise<number> => (await this.published()).length;
    await this.running(configFile, () => expect.poll(count, { timeout: 60_000, interval: 200 }).toBe(events));
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
