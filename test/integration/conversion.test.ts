/**
 * What the version before left, on real servers: journal, published events and the offsets of its group with their metadata, as it wrote them
 * in the middle of a recording. Started without a conversion it is refused; converted by the command it goes on, restores Redis, and has published
 * in the end what a run over the whole recording publishes.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transaction } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { DragomanProcess } from '../dragoman/process.js';
import { projectDirectory } from '../stack/directories.js';
import { type FormerRecord, readFormer } from '../support/pipeline/former.js';
import { readRecording, type RecordedRecord } from '../support/recordings.js';
import { retailerRules, Rig } from '../support/rig.js';
import { OwnPipeline, type PublishedEvent, type ToWrite } from '../support/servers/own-pipeline.js';
import { removeOwn } from '../support/servers/stack-config.js';

/** Of the recording: the state of the version before names it. */
const SOURCE = 'legacy.';
const TRANSACTIONS = `${SOURCE}transaction`;
const fixture = readFormer('lifecycle');
const recorded = readRecording('postgres/01-lifecycle');
/** Next offset by partition of the source's topics. */
const written = new Map<string, number>();
let own: OwnPipeline;
let configFile: string;

beforeAll(async () => {
  own = await OwnPipeline.open('former', inject('stack'), layRules);
  configFile = await own.config(['legacy'], { journal: { partitions: fixture.journal.length } });
  const partitions = new Map<string, number>();
  for (const { topic, partition } of recorded)
    partitions.set(topic, Math.max(partitions.get(topic) ?? 0, partition + 1));
  await own.createTopics(partitions);
  expect((await own.cli(configFile, 'topics')).exitCode).toBe(0);
  await leave();
}, 120_000);

afterAll(async () => {
  await removeOwn(own.admin, SOURCE);
  await own.close();
});

/** Those of the retailer. */
function layRules(folder: string, contract: string): Promise<void> {
  cpSync(join(projectDirectory, 'rules'), folder, { recursive: true });
  for (const file of readdirSync(join(folder, 'contracts'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, 'contracts', name)))
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('orders.fulfillment', contract));
  return Promise.resolve();
}

/** As the version before did: its offsets, in a cluster of which it knew the id. */
async function leave(): Promise<void> {
  await play(recorded.slice(0, fixture.records));
  const formerly = (topic: string, all: readonly (readonly FormerRecord[])[]): ToWrite[] =>
    all.flatMap((records, partition) => records.map(({ key, value }) => ({ topic, partition, key, value })));
  await own.write(formerly(`${own.namespace}.orders.journal`, fixture.journal));
  await own.write(Object.values(fixture.published).flatMap((all) => formerly(own.contract, all)));
  const { clusterId } = await own.admin.describeCluster();
  const metadata = fixture.committed.metadata.replace('"cluster":"memory"', `"cluster":"${clusterId}"`);
  await commitOffsets(metadata);
}

/**
 * At the offsets of the recording. Where some are missing, the connector's tombstones or the ends of its Kafka transactions were: in a topic of a
 * table nobody minds what is there, in that of transactions another end of a Kafka transaction is.
 */
async function play(records: readonly RecordedRecord[]): Promise<void> {
  const tables: ToWrite[] = [];
  const boundaries: ToWrite[] = [];
  for (const { topic, partition, offset, key, value } of records) {
    const name = `${topic}/${partition}`;
    const isBoundary = topic === TRANSACTIONS;
    for (let next = written.get(name) ?? 0; next < offset; next += 1) {
      if (!isBoundary) tables.push({ topic, partition, key: null, value: null });
      else await inTransaction((transaction) => transaction.send({ topic, messages: boundaries.splice(0) }));
    }
    (isBoundary ? boundaries : tables).push({ topic, partition, key, value });
    written.set(name, offset + 1);
  }
  await own.write([...tables, ...boundaries]);
}

async function inTransaction(send: (transaction: Transaction) => Promise<unknown>): Promise<void> {
  const transactionalId = `${own.namespace}.orders`;
  const producer = own.kafka.producer({ transactionalId, maxInFlightRequests: 1, idempotent: true });
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
  await inTransaction((transaction) => transaction.sendOffsets({ consumerGroupId: own.namespace, topics: offsets }));
}

function grouped<T>(all: readonly (readonly [string, T])[]): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const [name, each] of all) groups.set(name, [...(groups.get(name) ?? []), each]);
  return [...groups];
}

/** By order, each in its order; numbers of events have a step (docs/state.md). */
function byOrder(events: readonly PublishedEvent[]): Record<string, unknown> {
  const orders = grouped(events.map(({ key, value }) => [key, { ...value, sequence: null }]));
  return Object.fromEntries(orders.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function wholeRun(): Promise<readonly PublishedEvent[]> {
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
  const before = await own.published();
  expect(before.length).toBeGreaterThan(0);
  expect(await refusal()).toContain('dragoman state convert');

  const made = await own.cli(configFile, 'state', 'convert', '--json');
  expect(made.exitCode, made.output).toBe(0);
  expect(made.output).toContain('"kind":"converted"');
  expect(await own.published()).toEqual(before);

  await play(recorded.slice(fixture.records));
  const whole = await wholeRun();
  const all = await own.runUntil(configFile, whole.length);
  expect(byOrder(all)).toEqual(byOrder(whole));
  expect((await own.cli(configFile, 'state', 'verify')).exitCode).toBe(0);
  expect((await own.cli(configFile, 'state', 'convert', '--drop-old')).exitCode).toBe(0);
  expect((await own.cli(configFile, 'state', 'verify')).exitCode).toBe(0);
}, 120_000);
