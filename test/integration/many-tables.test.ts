/**
 * Two sources of 110 tables each on real servers; one of them is taken out of the config, Dragoman goes on with the other, and it comes
 * back, while Redis was lost. Nothing of it is read again, and what it wrote meanwhile is read. Its topics are written as a connector does.
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
import { dragomanCommand } from '../dragoman/command.js';
import { DragomanProcess } from '../dragoman/process.js';
import { projectDirectory } from '../stack/directories.js';
import type { RecordedRecord } from '../support/recordings.js';
import { removeOwn, stackConfig } from '../support/servers/stack-config.js';
import { hdrRow, lineRow, SmallSource } from '../support/sources/ready-orders.js';

const LINE_TABLES = 109;
const namespace = `many-${randomUUID().slice(0, 8)}`;
const contract = `${namespace}.orders`;
const sources = ['shop', 'stock'].map((name) => `${namespace}-${name}`) as [string, string];
const stack = inject('stack');
const redis = new Redis(stack.redis);
let directory: string;
let kafka: Kafka;
let admin: Admin;

/** An order is ready when its one line is there, whichever of the tables that is in. */
const RULES = `
import { aggregate, contract, legacy, many, one, publish, ruleSet, table } from 'dragoman/rules';
import { z } from 'zod';

const hdr = table('oms.hdr', {
  key: ['id'],
  columns: { id: legacy.bigint(), sts: legacy.text(), note: legacy.text().nullable() },
});
const columns = { line_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text() };
const names = Array.from({ length: ${LINE_TABLES} }, (_, i) => 'line_' + i);
const lines = Object.fromEntries(
  names.map((name) => [name, many(table('oms.' + name, { key: ['line_id'], columns }), (row) => row.id)]),
);
const order = aggregate(
  'order',
  { header: one(hdr, (row) => row.id), ...lines },
  { context: () => ({ tenant: null, market: null, channel: null }) },
);
const ready = order.milestone('OrderReady', {
  importance: 'critical',
  when: { 'there is a line': (each: Record<string, unknown[]>) => names.some((name) => each[name].length > 0) },
  data: () => ({}),
});
const orderReady = contract('OrderReady', 1, {
  topic: '${contract}',
  key: 'orderId',
  owner: 'x',
  meaning: 'x',
  certainty: 'x',
  notSentWhen: 'x',
  data: z.object({}),
  example: {},
});
export default ruleSet({
  aggregates: [order],
  facts: [ready],
  publications: [publish(ready).as(orderReady, () => ({}))],
});
`;

const ids = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => String(from + i));

/** Transactions as the connector of a source writes them, from its first one on. */
class Connector {
  readonly #small = new SmallSource();
  readonly #name: string;
  #sent = 0;

  constructor(name: string) {
    this.#name = name;
  }

  async write(orders: readonly string[]): Promise<void> {
    for (const id of orders) {
      const line = { ...lineRow(id, id), table: `line_${Number(id) % LINE_TABLES}` };
      this.#small.transaction(hdrRow(id, 'READY'), line);
    }
    const records = this.#small.records.slice(this.#sent);
    this.#sent = this.#small.records.length;
    await send(records.map((record) => named(this.#name, record)));
  }
}

const named = (name: string, record: RecordedRecord): RecordedRecord => ({
  ...record,
  topic: record.topic.replace(/^legacy/, name),
  value: record.value?.replaceAll('"name":"legacy"', `"name":"${name}"`) ?? null,
});

async function send(records: readonly RecordedRecord[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  try {
    const topics = new Map<string, { key: string | null; value: string | null; partition: number }[]>();
    for (const { topic, key, value } of records)
      topics.set(topic, [...(topics.get(topic) ?? []), { key, value, partition: 0 }]);
    await producer.sendBatch({ topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })) });
  } finally {
    await producer.disconnect();
  }
}

async function configWith(names: readonly string[]): Promise<string> {
  const file = join(directory, `${names.length}.yaml`);
  const config = {
    namespace,
    sourceSystem: 'legacy',
    rules: join(directory, 'rules'),
    pipelines: { orders: { sources: names.map((name) => ({ name, beginning: 'empty' })) } },
    kafka: { brokers: [...stack.kafka.bootstrapServers] },
    redis: { url: `redis://${stack.redis.host}:${stack.redis.port}` },
    http: { port: 0 },
  };
  await writeFile(file, stringify(config));
  return file;
}

async function published(): Promise<string[]> {
  const ends: number[] = [];
  for (const { partition, high } of await admin.fetchTopicOffsets(contract)) ends[partition] = Number(high);
  const keys: string[] = [];
  for await (const records of readRange(kafka, { topic: contract, from: [], to: ends }))
    keys.push(...records.map(({ key }) => key));
  return keys.sort();
}

/** Runs until so many orders are published, and ends in good order. @returns all of them. */
async function run(names: readonly string[], orders: number): Promise<string[]> {
  const dragoman = new DragomanProcess({ configFile: await configWith(names) });
  try {
    await dragoman.untilRunning();
    await expect.poll(async () => (await published()).length, { timeout: 20_000, interval: 200 }).toBe(orders);
  } finally {
    await dragoman.stop();
  }
  return published();
}

beforeAll(async () => {
  await mkdir(join(projectDirectory, '.cache'), { recursive: true });
  directory = await mkdtemp(join(projectDirectory, '.cache', 'many-tables-'));
  await mkdir(join(directory, 'rules'));
  await writeFile(join(directory, 'rules', 'index.ts'), RULES);
  kafka = kafkaClient(stackConfig(stack).kafka, () => undefined);
  admin = kafka.admin();
  await admin.connect();
  const tables = ['transaction', 'oms.hdr', ...Array.from({ length: LINE_TABLES }, (_, i) => `oms.line_${i}`)];
  const topics = sources.flatMap((name) => tables.map((table) => ({ topic: `${name}.${table}`, numPartitions: 1 })));
  await admin.createTopics({ topics, waitForLeaders: true });
  await dragomanCommand(['topics', '-c', await configWith(sources)]);
}, 60_000);

afterAll(async () => {
  await removeOwn(admin, namespace);
  await admin.disconnect();
  const keys = await redis.keys(`{${namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
  await rm(directory, { recursive: true });
});

it('a source of 110 tables is taken out of the config and comes back: nothing is lost, nothing comes twice', async () => {
  const [shop, stock] = sources.map((name) => new Connector(name)) as [Connector, Connector];
  // One order for each table of lines.
  await shop.write(ids(1_000, 5));
  await stock.write(ids(2_000, LINE_TABLES));
  const first = [...ids(1_000, 5), ...ids(2_000, LINE_TABLES)].sort();
  expect(await run(sources, first.length)).toEqual(first);

  await shop.write(ids(1_005, 5));
  await stock.write(ids(2_000 + LINE_TABLES, 7));
  const alone = [...first, ...ids(1_005, 5)].sort();
  expect(await run([sources[0]], alone.length)).toEqual(alone);

  await redis.del(...(await redis.keys(`{${namespace}:*`)));
  await shop.write(ids(1_010, 2));
  const all = [...alone, ...ids(2_000 + LINE_TABLES, 7), ...ids(1_010, 2)].sort();
  expect(await run(sources, all.length)).toEqual(all);
}, 90_000);
