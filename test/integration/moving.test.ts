/**
 * A pipeline that moves to another Kafka cluster, on two real brokers: it runs on one, is moved out in the middle of a recording, its input is mirrored
 * with other offsets, and it is moved in on the other. The events of both clusters together are those of one run over all of it: none is lost,
 * none is there twice, numbers go on.
 */
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Admin, Kafka } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { readRange } from '../../src/adapters/kafka/read/topic-reader.js';
import { FROM_SOURCES } from '../dragoman/command.js';
import { DragomanProcess } from '../dragoman/process.js';
import { projectDirectory } from '../stack/directories.js';
import { run, type RunResult } from '../stack/native/run.js';
import { openStack } from '../stack/stack.js';
import { readRecording, type RecordedRecord } from '../support/recordings.js';
import { retailerRules, Rig } from '../support/rig.js';
import { removeOwn, stackConfig } from '../support/servers/stack-config.js';

const namespace = `moved-${randomUUID().slice(0, 8)}`;
const contract = `${namespace}.fulfillment`;
const SOURCE = 'legacy.';
const recorded = readRecording('postgres/01-lifecycle');
const HALF = Math.floor(recorded.length / 2);
const first = inject('stack');
const redis = new Redis(first.redis);
let directory: string;
let other: Awaited<ReturnType<typeof openOther>>;
let from: Cluster;
let to: Cluster;

const openOther = () => openStack({ provider: 'native', services: ['kafka'], heapMb: { kafka: 320 } });

class Cluster {
  readonly configFile: string;
  readonly kafka: Kafka;
  readonly admin: Admin;

  constructor(
    name: string,
    readonly brokers: readonly string[],
  ) {
    this.configFile = join(directory, `${name}.yaml`);
    const config = {
      ...{ namespace, rules: join(directory, 'rules'), sourceSystem: 'legacy', http: { port: 0 } },
      pipelines: { orders: { sources: [{ name: 'legacy', beginning: 'empty' }] } },
      kafka: { brokers: [...brokers] },
      redis: { url: `redis://${first.redis.host}:${first.redis.port}` },
    };
    writeFileSync(this.configFile, stringify(config));
    this.kafka = kafkaClient(stackConfig({ ...first, kafka: { bootstrapServers: brokers } }).kafka, () => undefined);
    this.admin = this.kafka.admin();
  }

  async begin(): Promise<void> {
    await this.admin.connect();
    const partitions = new Map<string, number>();
    for (const { topic, partition } of recorded)
      partitions.set(topic, Math.max(partitions.get(topic) ?? 0, partition + 1));
    const topics = [...partitions].map(([topic, numPartitions]) => ({ topic, numPartitions }));
    await this.admin.createTopics({ topics, waitForLeaders: true });
    expect((await this.cli('topics')).exitCode).toBe(0);
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

  async published(): Promise<Event[]> {
    const ends: number[] = [];
    for (const { partition, high } of await this.admin.fetchTopicOffsets(contract)) ends[partition] = Number(high);
    const events: Event[] = [];
    for await (const records of readRange(this.kafka, { topic: contract, from: [], to: ends }))
      for (const { key, value } of records)
        events.push({ key, value: JSON.parse(value ?? '') as Record<string, unknown> });
    return events;
  }

  /** Runs until so many events are there. */
  async runUntil(events: number): Promise<void> {
    const dragoman = new DragomanProcess({ configFile: this.configFile });
    try {
      await dragoman.untilRunning();
      await expect
        .poll(async () => (await this.published()).length, { timeout: 60_000, interval: 200 })
        .toBeGreaterThanOrEqual(events);
    } finally {
      await dragoman.stop();
    }
  }
}

interface Event {
  readonly key: string;
  readonly value: Record<string, unknown>;
}

beforeAll(async () => {
  mkdirSync(join(projectDirectory, '.cache'), { recursive: true });
  directory = mkdtempSync(join(projectDirectory, '.cache', 'moving-'));
  const rules = join(directory, 'rules');
  cpSync(join(projectDirectory, 'rules'), rules, { recursive: true });
  for (const file of readdirSync(join(rules, 'contracts')).map((name) => join(rules, 'contracts', name)))
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('orders.fulfillment', contract));
  other = await openOther();
  from = new Cluster('from', first.kafka.bootstrapServers);
  to = new Cluster('to', other.endpoints.kafka.bootstrapServers);
  await from.begin();
  await to.begin();
}, 180_000);

afterAll(async () => {
  await removeOwn(from.admin, namespace);
  await removeOwn(from.admin, SOURCE);
  await from.admin.disconnect();
  await to.admin.disconnect();
  await other.down();
  await forgetRedis();
  redis.disconnect();
  rmSync(directory, { recursive: true });
});

async function forgetRedis(): Promise<void> {
  const keys = await redis.keys(`{${namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
}

async function eventsOf(records: readonly RecordedRecord[]): Promise<readonly Event[]> {
  const rig = new Rig(records, { rules: await retailerRules() });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig.published();
}

/** By order, each in its order, numbers included. */
function byOrder(events: readonly Event[]): [string, Record<string, unknown>[]][] {
  const orders = new Map<string, Record<string, unknown>[]>();
  for (const { key, value } of events) orders.set(key, [...(orders.get(key) ?? []), value]);
  return [...orders].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Everything of each partition but the older half of what was decided: those records had expired when the mirror was set up. */
function mirrored(all: readonly RecordedRecord[]): RecordedRecord[] {
  const counts = new Map<string, number>();
  for (const { topic, partition } of recorded.slice(0, HALF))
    counts.set(`${topic}/${partition}`, (counts.get(`${topic}/${partition}`) ?? 0) + 1);
  const seen = new Map<string, number>();
  return all.filter(({ topic, partition }) => {
    const name = `${topic}/${partition}`;
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return n > Math.floor((counts.get(name) ?? 0) / 2);
  });
}

it('goes on elsewhere: nothing is lost, nothing is published twice, numbers go on', async () => {
  const file = join(directory, 'orders.ndjson');
  await from.write(recorded.slice(0, HALF));
  await from.runUntil((await eventsOf(recorded.slice(0, HALF))).length);
  const copied = await from.cli('state', 'export', '--to', join(directory, 'copy.ndjson'));
  expect(copied.exitCode, copied.output).toBe(0);
  const out = await from.cli('state', 'move-out', '--to', file, '--json');
  expect(out.exitCode, out.output).toBe(0);
  await forgetRedis();

  const bare = await to.cli('state', 'move-in', '--from', file);
  expect([bare.exitCode, bare.output]).toEqual([6, expect.stringContaining('SOURCE_GAP')]);
  await to.write(mirrored(recorded));
  const here = await from.cli('state', 'move-in', '--from', file);
  expect([here.exitCode, here.output]).toEqual([6, expect.stringContaining('this very cluster')]);
  const copy = await to.cli('state', 'move-in', '--from', join(directory, 'copy.ndjson'));
  expect([copy.exitCode, copy.output]).toEqual([6, expect.stringContaining('STATE_FILE_INVALID')]);

  const moved = await to.cli('state', 'move-in', '--from', file, '--json');
  expect(moved.exitCode, moved.output).toBe(0);
  const again = await to.cli('state', 'move-in', '--from', file);
  expect([again.exitCode, again.output]).toEqual([6, expect.stringContaining('COMMAND_REFUSED')]);

  const whole = await eventsOf(recorded);
  const before = await from.published();
  expect(before.length).toBeGreaterThan(0);
  await to.runUntil(whole.length - before.length);
  const after = await to.published();
  expect(after.length).toBeGreaterThan(0);
  expect(byOrder([...before, ...after])).toEqual(byOrder(whole));
  expect((await to.cli('state', 'verify')).exitCode).toBe(0);
}, 300_000);
