/**
 * A decision of an operator on real Kafka and Redis: an order is parked by a code that the rules do not know, the rules are corrected,
 * it is unparked from the command line, and its event comes once. The rows are recorded ones, in topics of this test.
 */
import { randomUUID } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Admin } from 'kafkajs';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { readRange } from '../../src/adapters/kafka/read/topic-reader.js';
import { loadConfig } from '../../src/config/load.js';
import { dragomanCommand } from '../dragoman/command.js';
import { DragomanProcess } from '../dragoman/process.js';
import { projectDirectory } from '../stack/directories.js';
import { isStreamedRow } from '../support/recorded/histories.js';
import { edited, readRecording, type RecordedRecord } from '../support/recordings.js';

const endpoints = inject('stack');
const prefix = `commands-${randomUUID().slice(0, 8)}`;
const directory = await mkdtemp(join(tmpdir(), 'dragoman-commands-'));
const CONTRACT_TOPIC = 'orders.fulfillment';
const ORDER = '800005';

const all = readRecording('postgres/02-interleaved');
const changed = all.find(
  (record) => record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record) && record.key === `{"ord_no":${ORDER}}`,
)!;
const records = all.map((record) =>
  record === changed ? edited(record, ({ after }) => (after!.sts_cd = '77')) : record,
);

/** Until 77 is known, and after it. */
const before = configFile('before', (text) => text);
const after = configFile('after', (text) => text.replace("'10': 'entered',", "'10': 'entered', '77': 'entered',"));
const { config } = loadConfig({
  file: after,
  env: {},
  readText: (path) => readFileSync(path, 'utf8'),
  pipelinesRequired: true,
});
const kafka = kafkaClient(config.kafka, () => undefined);
let admin: Admin;
let firstOffsets: number[] = [];

function configFile(name: string, edit: (table: string) => string): string {
  const rules = join(directory, name);
  cpSync(join(projectDirectory, 'rules'), rules, { recursive: true });
  const table = join(rules, 'tables/ord-hdr.ts');
  writeFileSync(table, edit(readFileSync(table, 'utf8')));
  const file = join(directory, `${name}.yaml`);
  const source = { name: 'legacy', beginning: 'empty', topicPrefix: prefix, transactionTopic: `${prefix}.transaction` };
  const { kafka: brokers, redis } = endpoints;
  writeFileSync(
    file,
    stringify({
      namespace: prefix,
      rules,
      event: { source: `urn:${prefix}` },
      pipelines: { orders: { sources: [source] } },
      kafka: { brokers: [...brokers.bootstrapServers], sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 },
      redis: { url: `redis://${redis.host}:${redis.port}` },
      http: { port: 0 },
    }),
  );
  return file;
}

const topicHere = ({ topic }: RecordedRecord): string => topic.replace(/^legacy\./, `${prefix}.`);

async function play(): Promise<void> {
  const there = new Set(await admin.listTopics());
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const messagesOf = (topic: string) =>
    records
      .filter((record) => topicHere(record) === topic)
      .map(({ partition, key, value, headers }) => ({ partition, key, value, headers }));
  const topics = [...new Set(records.map(topicHere))].filter((topic) => there.has(topic));
  // The boundaries last: rows that are read first wait for them.
  topics.sort((a, b) => Number(a.endsWith('.transaction')) - Number(b.endsWith('.transaction')));
  for (const topic of topics) await producer.send({ topic, messages: messagesOf(topic) });
  await producer.disconnect();
}

/** Of the contract topic; a topic that was just created has no leader for a moment. */
const ends = (): Promise<number[]> =>
  vi.waitFor(
    async () => {
      const answers = await admin.fetchTopicOffsets(CONTRACT_TOPIC);
      return answers.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
    },
    { timeout: 60_000, interval: 200 },
  );

/** Types of the order's events here. */
async function events(): Promise<string[]> {
  const to = await ends();
  const found: string[] = [];
  for await (const chunk of readRange(kafka, { topic: CONTRACT_TOPIC, from: firstOffsets, to }))
    for (const { key, value } of chunk)
      if (key === ORDER && value?.includes('"eventType"') === true)
        found.push((JSON.parse(value) as { eventType: string }).eventType);
  return found;
}

async function running<T>(file: string, use: () => Promise<T>): Promise<T> {
  const dragoman = new DragomanProcess({ configFile: file, logFile: join(directory, 'dragoman.log') });
  try {
    await dragoman.untilRunning();
    return await use();
  } finally {
    await dragoman.stop();
  }
}

type Listed = Readonly<Record<'aggregate' | 'id' | 'code', string>>;

async function parkedNow(): Promise<unknown> {
  const { output } = await dragomanCommand(['parked', 'list', '--json', '-c', after]);
  const list = JSON.parse(output.split('\n').find((line) => line.startsWith('{'))!) as { parked: Listed[] };
  return list.parked.map(({ aggregate, id, code }) => ({ aggregate, id, code }));
}

beforeAll(async () => {
  admin = kafka.admin();
  await admin.connect();
  await dragomanCommand(['topics', '--sources', '-c', before]);
  firstOffsets = await ends();
  await play();
});

afterAll(async () => {
  await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)) });
  await admin.deleteGroups([prefix]).catch(() => undefined);
  await admin.disconnect();
  const redis = new Redis(endpoints.redis);
  const keys = await redis.keys(`{${prefix}*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
  await rm(directory, { recursive: true });
});

describe('an order that was parked by a code that the rules did not know', () => {
  const parked = [{ aggregate: 'order', id: ORDER, code: 'CODE_UNKNOWN' }];

  it('is parked, and listed', async () => {
    await running(before, () => expect.poll(parkedNow, { timeout: 60_000, interval: 500 }).toEqual(parked));
    expect(await events()).toEqual([]);
  });

  it('is tried without effect by a dry run', async () => {
    const { output } = await dragomanCommand(['parked', 'retry', 'order', ORDER, '--dry-run', '-c', after]);
    expect(output).toMatch(/OrderReleasedToWarehouse/);
    expect(output).toMatch(/dry run, nothing is written: it would be applied/);
    expect(await parkedNow()).toEqual(parked);
  });

  it('is unparked by the corrected rules, and its event comes once', async () => {
    await running(after, async () => {
      const reason = ['--reason', '77 is a new code for entered', '--wait', '60'];
      const { output } = await dragomanCommand(['parked', 'retry', 'order', ORDER, ...reason, '-c', after]);
      expect(output).toMatch(/applied: \d+ waiting change sets were taken up in their order/);
      expect(await parkedNow()).toEqual([]);
      await expect(dragomanCommand(['parked', 'retry', 'order', ORDER, ...reason, '-c', after])).rejects.toThrow(
        /is not parked/,
      );
    });
    expect(await events()).toEqual(['OrderReleasedToWarehouse']);
  });

  it('is not unparked again by the next owner', async () => {
    await running(after, async () => {
      await expect(dragomanCommand(['parked', 'retry', 'order', ORDER, '--reason', 'x', '-c', after])).rejects.toThrow(
        /not parked/,
      );
    });
    expect(await events()).toEqual(['OrderReleasedToWarehouse']);
  });
});
