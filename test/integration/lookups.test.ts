/**
 * A lookup table of 100,000 rows on real servers, with a cache that has room for few of them and a heap that has none for all: what orders look
 * up is right, before and after a restart.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Admin, Kafka } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { readRange } from '../../src/adapters/kafka/read/topic-reader.js';
import { dragomanCommand, FROM_SOURCES } from '../dragoman/command.js';
import { DragomanProcess } from '../dragoman/process.js';
import { projectDirectory } from '../stack/directories.js';
import { removeOwn, stackConfig } from '../support/servers/stack-config.js';
import { hdrRow, lineRow, SmallSource } from '../support/sources/ready-orders.js';

const PARTS = 100_000;
const PARTS_OF_ONE_TRANSACTION = 2_000;
const ORDERS_OF_ONE_TRANSACTION = 20;
/** All parts as states would take more. */
const HEAP_MB = 112;
const MESSAGES_OF_ONE_SEND = 1_500;

const namespace = `looked-${randomUUID().slice(0, 8)}`;
const contract = `${namespace}.orders`;
const source = `${namespace}-shop`;
const stack = inject('stack');
const redis = new Redis(stack.redis);
let directory: string;
let configFile: string;
let kafka: Kafka;
let admin: Admin;

/** The note of an order names its part. */
const RULES = `
import { aggregate, contract, legacy, lookup, one, publish, ruleSet, table } from 'dragoman/rules';
import { z } from 'zod';

const hdr = table('oms.hdr', {
  key: ['id'],
  columns: { id: legacy.bigint(), sts: legacy.text(), note: legacy.text().nullable() },
});
const part = table('oms.line', {
  key: ['line_id'],
  columns: { line_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text() },
});
const order = aggregate(
  'order',
  { header: one(hdr, (row) => row.id) },
  { lookups: { parts: lookup(part) } },
);
const ready = order.milestone('OrderReady', {
  importance: 'critical',
  when: { 'its part is there': (o) => o.parts.get(o.header?.note) !== undefined },
  data: (o) => ({ part: o.parts.get(o.header?.note)?.txt ?? 'none' }),
});
const orderReady = contract('OrderReady', 1, {
  ...{ topic: '${contract}', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' },
  data: z.object({ part: z.string() }),
  example: { part: 'x' },
});
export default ruleSet({
  aggregates: [order],
  facts: [ready],
  publications: [publish(ready).as(orderReady, ({ data }) => data)],
});
`;

const small = new SmallSource();
let sent = 0;

/** Sends what was written since, in its order. */
async function send(): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  try {
    for (; sent < small.records.length; sent += MESSAGES_OF_ONE_SEND) {
      const topics = new Map<string, { key: string | null; value: string | null; partition: number }[]>();
      for (const { topic, key, value } of small.records.slice(sent, sent + MESSAGES_OF_ONE_SEND)) {
        const named = topic.replace(/^legacy/, source);
        const messages = topics.get(named) ?? [];
        topics.set(named, messages);
        messages.push({ key, value: value?.replaceAll('"name":"legacy"', `"name":"${source}"`) ?? null, partition: 0 });
      }
      await producer.sendBatch({ topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })) });
    }
    sent = small.records.length;
  } finally {
    await producer.disconnect();
  }
}

/** Parts are spread, so that hardly two orders of a draft have neighbours. */
const partOf = (order: number): number => (order * 7_919) % PARTS;

function writeOrders(from: number, count: number): void {
  for (let i = from; i < from + count; i += ORDERS_OF_ONE_TRANSACTION)
    small.transaction(
      ...Array.from({ length: ORDERS_OF_ONE_TRANSACTION }, (_, j) =>
        hdrRow(String(i + j), 'READY', String(partOf(i + j))),
      ),
    );
}

const orders = (from: number, count: number, text: string): [string, string][] =>
  Array.from({ length: count }, (_, i) => [String(from + i), `${text}${partOf(from + i)}`]);

/** Its part by order. */
async function published(): Promise<Map<string, string>> {
  const ends: number[] = [];
  for (const { partition, high } of await admin.fetchTopicOffsets(contract)) ends[partition] = Number(high);
  const found: [string, string][] = [];
  for await (const records of readRange(kafka, { topic: contract, from: [], to: ends }))
    for (const { key, value } of records) found.push([key, (JSON.parse(value ?? '') as { part: string }).part]);
  expect(new Set(found.map(([key]) => key)).size).toBe(found.length);
  return new Map(found);
}

/** Runs until all orders are published, and ends in good order. */
async function run(expected: readonly [string, string][]): Promise<void> {
  const entry = [`--max-old-space-size=${HEAP_MB}`, ...FROM_SOURCES];
  const dragoman = new DragomanProcess({ configFile, entry });
  try {
    await dragoman.untilRunning();
    await expect
      .poll(
        async () => {
          dragoman.assertAlive();
          return (await published()).size;
        },
        { timeout: 60_000, interval: 300 },
      )
      .toBe(expected.length);
  } finally {
    await dragoman.stop();
  }
  expect(await published()).toEqual(new Map(expected));
}

beforeAll(async () => {
  await mkdir(join(projectDirectory, '.cache'), { recursive: true });
  directory = await mkdtemp(join(projectDirectory, '.cache', 'lookups-'));
  await mkdir(join(directory, 'rules'));
  await writeFile(join(directory, 'rules', 'index.ts'), RULES);
  configFile = join(directory, 'dragoman.yaml');
  const config = {
    namespace,
    sourceSystem: 'legacy',
    rules: join(directory, 'rules'),
    pipelines: { orders: { sources: [{ name: source, beginning: 'empty' }] } },
    kafka: { brokers: [...stack.kafka.bootstrapServers] },
    redis: { url: `redis://${stack.redis.host}:${stack.redis.port}` },
    limits: { cacheBytesMax: 1_048_576 },
    http: { port: 0 },
  };
  await writeFile(configFile, stringify(config));
  kafka = kafkaClient(stackConfig(stack).kafka, () => undefined);
  admin = kafka.admin();
  await admin.connect();
  const topics = ['transaction', 'oms.hdr', 'oms.line'].map((table) => ({
    topic: `${source}.${table}`,
    numPartitions: 1,
  }));
  await admin.createTopics({ topics, waitForLeaders: true });
  await dragomanCommand(['topics', '-c', configFile]);
}, 60_000);

afterAll(async () => {
  await removeOwn(admin, namespace);
  await admin.disconnect();
  const keys = await redis.keys(`{${namespace}:*`);
  for (let i = 0; i < keys.length; i += 10_000) await redis.unlink(...keys.slice(i, i + 10_000));
  redis.disconnect();
  await rm(directory, { recursive: true });
});

it('of 100,000 rows is looked up row by row, however little of it is in memory', async () => {
  for (let i = 0; i < PARTS; i += PARTS_OF_ONE_TRANSACTION)
    small.transaction(
      ...Array.from({ length: PARTS_OF_ONE_TRANSACTION }, (_, j) => lineRow(String(i + j), '1', `t${i + j}`)),
    );
  writeOrders(1_000, 1_000);
  await send();
  const first = orders(1_000, 1_000, 't');
  await run(first);

  const changed = orders(5_000, 200, 'u');
  small.transaction(...changed.map(([, text]) => ({ ...lineRow(text.slice(1), '1', text), op: 'u' as const })));
  writeOrders(5_000, 200);
  await send();
  await run([...first, ...changed]);
}, 120_000);
