/**
 * What the version before left, on real servers: journal, published events and the offsets of its group with their metadata, as it wrote them
 * in the middle of a recording. Started without a conversion it is refused; converted by the command it goes on, restores Redis, and has published
 * in the end what a run over the whole recording publishes.
 */
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Admin, Kafka, Transaction } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { readRange } from '../../src/adapters/kafka/read/topic-reader.js';
import { FROM_SOURCES } from '../dragoman/command.js';
import { DragomanProcess } from '../dragoman/process.js';
import { projectDirectory } from '../stack/directories.js';
import { run, type RunResult } from '../stack/native/run.js';
import { type FormerRecord, readFormer } from '../support/pipeline/former.js';
import { readRecording, type RecordedRecord } from '../support/recordings.js';
import { retailerRules, Rig } from '../support/rig.js';
import { removeOwn, stackConfig } from '../support/servers/stack-config.js';

const namespace = `former-${randomUUID().slice(0, 8)}`;
const contract = `${namespace}.fulfillment`;
const journal = `${namespace}.orders.journal`;
/** Of the recording: the state of the version before names it. */
const SOURCE = 'legacy.';
const TRANSACTIONS = `${SOURCE}transaction`;
const fixture = readFormer('lifecycle');
const recorded = readRecording('postgres/01-lifecycle');
/** Next offset by partition of the source's topics. */
const written = new Map<string, number>();
const stack = inject('stack');
const redis = new Redis(stack.redis);
let directory: string;
let configFile: string;
let kafka: Kafka;
let admin: Admin;

const cli = (...args: string[]): Promise<RunResult> =>
  run(process.execPath, [...FROM_SOURCES, ...args, '-c', configFile], { directory: projectDirectory });

beforeAll(async () => {
  mkdirSync(join(projectDirectory, '.cache'), { recursive: true });
  directory = mkdtempSync(join(projectDirectory, '.cache', 'former-'));
  configFile = join(directory, 'dragoman.yaml');
  const rules = join(directory, 'rules');
  cpSync(join(projectDirectory, 'rules'), rules, { recursive: true });
  for (const file of readdirSync(join(rules, 'contracts')).map((name) => join(rules, 'contracts', name)))
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('orders.fulfillment', contract));
  const config = {
    ...{ namespace, rules, sourceSystem: 'legacy', http: { port: 0 } },
    pipelines: { orders: { sources: [{ name: 'legacy', beginning: 'empty' }] } },
    kafka: { brokers: [...stack.kafka.bootstrapServers] },
    journal: { partitions: fixture.journal.length },
    redis: { url: `redis://${stack.redis.host}:${stack.redis.port}` },
  };
  writeFileSync(configFile, stringify(config));
  kafka = kafkaClient(stackConfig(stack).kafka, () => undefined);
  admin = kafka.admin();
  await admin.connect();
  const partitions = new Map<string, number>();
  for (const { topic, partition } of recorded)
    partitions.set(topic, Math.max(partitions.get(topic) ?? 0, partition + 1));
  const topics = [...partitions].map(([topic, numPartitions]) => ({ topic, numPartitions }));
  await admin.createTopics({ topics, waitForLeaders: true });
  expect((await cli('topics')).exitCode).toBe(0);
  await leave();
}, 120_000);

afterAll(async () => {
  await removeOwn(admin, namespace);
  await removeOwn(admin, SOURCE);
  await admin.disconnect();
  const keys = await redis.keys(`{${namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
  rmSync(directory, { recursive: true });
});

/** As the version before did: its offsets, in a cluster of which it knew the id. */
async function leave(): Promise<void> {
  await play(recorded.slice(0, fixture.records));
  const formerly = (topic: string, all: readonly (readonly FormerRecord[])[]): Written[] =>
    all.flatMap((records, partition) => records.map(({ key, value }): Written => [topic, { partition, key, value }]));
  await write(formerly(journal, fixture.journal));
  await write(Object.values(fixture.published).flatMap((all) => formerly(contract, all)));
  const { clusterId } = await admin.describeCluster();
  const metadata = fixture.committed.metadata.replace('"cluster":"memory"', `"cluster":"${clusterId}"`);
  await commitOffsets(metadata);
}

/**
 * At the offsets of the recording. Where some are missing, the connector's tombstones or the ends of its Kafka transactions were: in a topic of a
 * table nobody minds what is there, in that of transactions another end of a Kafka transaction is.
 */
async function play(records: readonly RecordedRecord[]): Promise<void> {
  const tables: Written[] = [];
  const boundaries: Written[] = [];
  for (const { topic, partition, offset, key, value } of records) {
    const name = `${topic}/${partition}`;
    const isBoundary = topic === TRANSACTIONS;
    for (let next = written.get(name) ?? 0; next < offset; next += 1) {
      if (!isBoundary) tables.push([topic, { partition, key: null, value: null }]);
      else await write(boundaries.splice(0), 'in a Kafka transaction');
    }
    (isBoundary ? boundaries : tables).push([topic, { partition, key, value }]);
    written.set(name, offset + 1);
  }
  await write([...tables, ...boundaries]);
}

type Written = [topic: string, record: Pick<RecordedRecord, 'partition' | 'key' | 'value'>];

async function write(records: readonly Written[], how?: 'in a Kafka transaction'): Promise<void> {
  const topics = grouped(records.map(([topic, { partition, key, value }]) => [topic, { partition, key, value }]));
  const topicMessages = topics.map(([topic, messages]) => ({ topic, messages }));
  if (how !== undefined) return inTransaction((transaction) => transaction.sendBatch({ topicMessages }));
  const producer = kafka.producer();
  await producer.connect();
  await producer.sendBatch({ topicMessages });
  await producer.disconnect();
}

async function inTransaction(send: (transaction: Transaction) => Promise<unknown>): Promise<void> {
  const producer = kafka.producer({ transactionalId: `${namespace}.orders`, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const transaction = await producer.transaction();
  await send(transaction);
  await transaction.commit();
  await producer.disconnect();
}

/** Metadata goes with a Kafka transaction, as it went then. */
async function commitOffsets(metadata: string): Promise<void> {
  const topics = grouped(
    Object.entries(fixture.committed.offsets).map(([name, offset]) => {
      const [topic = '', partition] = name.split('/');
      return [topic, { partition: Number(partition), offset: String(offset), metadata }];
    }),
  );
  const offsets = topics.map(([topic, partitions]) => ({ topic, partitions }));
  await inTransaction((transaction) => transaction.sendOffsets({ consumerGroupId: namespace, topics: offsets }));
}

function grouped<T>(all: readonly (readonly [string, T])[]): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const [name, each] of all) groups.set(name, [...(groups.get(name) ?? []), each]);
  return [...groups];
}

interface Event {
  readonly key: string;
  readonly value: Record<string, unknown>;
}

async function published(): Promise<Event[]> {
  const to: number[] = [];
  for (const { partition, high } of await admin.fetchTopicOffsets(contract)) to[partition] = Number(high);
  const events: Event[] = [];
  for await (const records of readRange(kafka, { topic: contract, from: [], to }))
    for (const { key, value } of records)
      events.push({ key, value: JSON.parse(value ?? '') as Record<string, unknown> });
  return events;
}

/** By order, each in its order; numbers of events have a step (docs/state.md). */
function byOrder(events: readonly Event[]): Record<string, unknown> {
  const orders = grouped(events.map(({ key, value }) => [key, { ...value, sequence: null }]));
  return Object.fromEntries(orders.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function wholeRun(): Promise<readonly Event[]> {
  const rig = new Rig(recorded, { rules: await retailerRules() });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig.published();
}

/** What a start says without a conversion. */
async function refusal(): Promise<string> {
  const said: string[] = [];
  const dragoman = new DragomanProcess({
    configFile,
    onLine: ({ code, msg }) => {
      if (code === 'STATE_FORMER') said.push(msg);
    },
  });
  try {
    await expect.poll(() => said.length, { timeout: 60_000, interval: 100 }).toBeGreaterThan(0);
  } finally {
    await dragoman.stop();
  }
  return said.join(' ');
}

it('is refused, then converted, goes on, and publishes in the end what one run over all of it does', async () => {
  const before = await published();
  expect(before.length).toBeGreaterThan(0);
  expect(await refusal()).toContain('dragoman state convert');

  const made = await cli('state', 'convert', '--json');
  expect(made.exitCode, made.output).toBe(0);
  expect(made.output).toContain('"kind":"converted"');
  expect(await published()).toEqual(before);

  await play(recorded.slice(fixture.records));
  const whole = await wholeRun();
  const dragoman = new DragomanProcess({ configFile });
  try {
    await dragoman.untilRunning();
    await expect.poll(async () => (await published()).length, { timeout: 30_000, interval: 200 }).toBe(whole.length);
  } finally {
    await dragoman.stop();
  }
  expect(byOrder(await published())).toEqual(byOrder(whole));
  expect((await cli('state', 'verify')).exitCode).toBe(0);
  expect((await cli('state', 'convert', '--drop-old')).exitCode).toBe(0);
  expect((await cli('state', 'verify')).exitCode).toBe(0);
}, 120_000);
