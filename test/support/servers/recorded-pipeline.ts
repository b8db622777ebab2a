/** A pipeline of the retailer's rules over a recording, on real servers: its config, its command line, its runs and what it published. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { type Servers, stackConfig } from './stack-config.js';

export interface RecordedOptions {
  /** Has the rules, and gets the config. */
  readonly directory: string;
  /** Of the config. */
  readonly name: string;
  readonly namespace: string;
  /** Topic of the events. */
  readonly contract: string;
  readonly servers: Servers;
  readonly shards?: number;
  /** Laid over the config. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface PublishedEvent {
  readonly key: string;
  readonly value: Record<string, unknown>;
}

/** A folder with the retailer's rules, which publish to this topic. */
export function rulesFor(contract: string): string {
  mkdirSync(join(projectDirectory, '.cache'), { recursive: true });
  const directory = mkdtempSync(join(projectDirectory, '.cache', 'recorded-'));
  const rules = join(directory, 'rules');
  cpSync(join(projectDirectory, 'rules'), rules, { recursive: true });
  for (const file of readdirSync(join(rules, 'contracts'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(rules, 'contracts', name)))
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('orders.fulfillment', contract));
  return directory;
}

export class RecordedPipeline {
  readonly configFile: string;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly #contract: string;

  constructor({ directory, name, namespace, contract, servers, shards = 1, more = {} }: RecordedOptions) {
    this.#contract = contract;
    this.configFile = join(directory, `${name}.yaml`);
    const config = {
      ...{ namespace, rules: join(directory, 'rules'), sourceSystem: 'legacy', http: { port: 0 } },
      pipelines: { orders: { shards, sources: [{ name: 'legacy', beginning: 'empty' }] } },
      kafka: { brokers: [...servers.kafka.bootstrapServers] },
      redis: { url: `redis://${servers.redis.host}:${servers.redis.port}` },
      ...more,
    };
    writeFileSync(this.configFile, stringify(config));
    this.kafka = kafkaClient(stackConfig(servers).kafka, () => undefined);
    this.admin = this.kafka.admin();
  }

  /** Topics of the sources, with as many partitions as the recording has. */
  async createSources(recorded: readonly RecordedRecord[]): Promise<void> {
    const partitions = new Map<string, number>();
    for (const { topic, partition } of recorded)
      partitions.set(topic, Math.max(partitions.get(topic) ?? 0, partition + 1));
    const topics = [...partitions].map(([topic, numPartitions]) => ({ topic, numPartitions }));
    await this.admin.createTopics({ topics, waitForLeaders: true });
  }

  cli(...args: string[]): Promise<RunResult> {
    return run(process.execPath, [...FROM_SOURCES, ...args, '-c', this.configFile], { directory: projectDirectory });
  }

  async write(records: readonly RecordedRecord[]): Promise<void> {
    const producer = this.kafka.producer();
    await producer.connect();
    const topics = [...new Set(records.map(({ topic }) => topic))];
    const topicMessages = topics.map((topic) => ({
      topic,
      messages: records
        .filter((record) => record.topic === topic)
        .map(({ partition, key, value, timestamp }) => ({ partition, key, value, timestamp: String(timestamp) })),
    }));
    await producer.sendBatch({ topicMessages });
    await producer.disconnect();
  }

  async published(): Promise<PublishedEvent[]> {
    const ends: number[] = [];
    for (const { partition, high } of await this.admin.fetchTopicOffsets(this.#contract))
      ends[partition] = Number(high);
    const events: PublishedEvent[] = [];
    for await (const records of readRange(this.kafka, { topic: this.#contract, from: [], to: ends }))
      for (const { key, value } of records)
        events.push({ key, value: JSON.parse(value ?? '') as Record<string, unknown> });
    return events;
  }

  /** Runs until so many events are there, and does something then. */
  async runUntil(
    events: number,
    then: (process: DragomanProcess) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const dragoman = new DragomanProcess({ configFile: this.configFile });
    try {
      await dragoman.untilRunning();
      await expect
        .poll(async () => (await this.published()).length, { timeout: 60_000, interval: 200 })
        .toBeGreaterThanOrEqual(events);
      await then(dragoman);
    } finally {
      await dragoman.stop();
    }
  }
}

/** By order, each in its order, numbers included. */
export function byOrder(events: readonly PublishedEvent[]): [string, Record<string, unknown>[]][] {
  const orders = new Map<string, Record<string, unknown>[]>();
  for (const { key, value } of events) orders.set(key, [...(orders.get(key) ?? []), value]);
  return [...orders].sort(([a], [b]) => (a < b ? -1 : 1));
}
