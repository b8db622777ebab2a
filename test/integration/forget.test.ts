/**
 * `forget` on real Kafka and Redis: of two orders, one of them parked, nothing can be read any more where Dragoman keeps what it knows, also when
 * Redis is lost; what is told of them later is dropped. The rows are recorded ones, in topics of this test, with a name in a personal column.
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
import { CutRecording } from '../support/recorded/cut.js';
import { isStreamedRow } from '../support/recorded/histories.js';
import { edited, type RecordedRecord } from '../support/recordings.js';

const endpoints = inject('stack');
const prefix = `forget-${randomUUID().slice(0, 8)}`;
const directory = await mkdtemp(join(tmpdir(), 'dragoman-forget-'));
const CONTRACT_TOPIC = 'orders.fulfillment';
const NAME = `ada-${randomUUID()}`;
/** One that the rules park before its event, and one that has been published when the recording is cut. */
const [PARKED, OTHER] = ['800005', '800006'];
/** Transactions of the recording before the two are forgotten; of both, some come after. */
const CUT = 60;

const recording = new CutRecording('postgres/02-interleaved');
const isHeader = ({ topic }: RecordedRecord): boolean => topic === 'legacy.oms.ord_hdr';
const first = recording
  .between(0)
  .find((record) => isHeader(record) && isStreamedRow(record) && record.key === `{"ord_no":${PARKED}}`);
/** The channel of an order is a name; one order has a code that the rules do not know. */
const named = (records: readonly RecordedRecord[]): RecordedRecord[] =>
  records.map((record) =>
    isHeader(record) && record.value !== null
      ? edited(record, ({ after }) => {
          if (after === null) return;
          after['chnl_cd'] = `${NAME}-${String(after['ord_no'])}`;
          if (record === first) after['sts_cd'] = '77';
        })
      : record,
  );

const configFile = written();
const { config } = loadConfig({
  file: configFile,
  env: {},
  readText: (path) => readFileSync(path, 'utf8'),
  pipelinesRequired: true,
});
const kafka = kafkaClient(config.kafka, () => undefined);
const redis = new Redis(endpoints.redis);
let admin: Admin;
let firstOffsets: readonly number[] = [];

function written(): string {
  const rules = join(directory, 'rules');
  cpSync(join(projectDirectory, 'rules'), rules, { recursive: true });
  const table = join(rules, 'tables/ord-hdr.ts');
  const text = readFileSync(table, 'utf8');
  writeFileSync(
    table,
    text.replace('chnl_cd: legacy.text().nullable(),', 'chnl_cd: legacy.text().nullable().personal(),'),
  );
  const file = join(directory, 'dragoman.yaml');
  const source = { name: 'legacy', beginning: 'empty', topicPrefix: prefix, transactionTopic: `${prefix}.transaction` };
  const { kafka: brokers, redis: server } = endpoints;
  writeFileSync(
    file,
    stringify({
      namespace: prefix,
      rules,
      event: { source: `urn:${prefix}` },
      pipelines: { orders: { sources: [source] } },
      kafka: { brokers: [...brokers.bootstrapServers], sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 },
      redis: { url: `redis://${server.host}:${server.port}` },
      http: { port: 0 },
    }),
  );
  return file;
}

const topicHere = ({ topic }: RecordedRecord): string => topic.replace(/^legacy\./, `${prefix}.`);

async function play(some: readonly RecordedRecord[]): Promise<void> {
  const there = new Set(await admin.listTopics());
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  for (const topic of [...new Set(some.map(topicHere))].filter((name) => there.has(name))) {
    const messages = some
      .filter((record) => topicHere(record) === topic)
      .map(({ partition, key, value, headers }) => ({ partition, key, value, headers }));
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}

/** A topic that was just created has no leader for a moment. */
const ends = (topic: string): Promise<number[]> =>
  vi.waitFor(
    async () => {
      const answers = await admin.fetchTopicOffsets(topic);
      return answers.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
    },
    { timeout: 60_000, interval: 200 },
  );

async function recordsIn(topic: string, from?: readonly number[]): Promise<{ key: string; value: string | null }[]> {
  const to = await ends(topic);
  const found: { key: string; value: string | null }[] = [];
  for await (const chunk of readRange(kafka, { topic, from: from ?? to.map(() => 0), to })) found.push(...chunk);
  return found;
}

const textOf = (found: readonly { key: string; value: string | null }[]): string =>
  found.map(({ key, value }) => `${key} ${value ?? ''}`).join('\n');

const own = (name: string): string => `${prefix}.orders.${name}`;

/** The newest record of each cell: what compaction leaves. */
async function cells(): Promise<string> {
  const newest = new Map<string, string | null>();
  for (const { key, value } of await recordsIn(own('state'))) newest.set(key, value);
  return [...newest].flatMap(([key, value]) => (value === null ? [] : [`${key} ${value}`])).join('\n');
}

const keys = (): Promise<string[]> => redis.keys(`{${prefix}:orders}/*`);
async function inRedis(): Promise<string> {
  const hashes = await Promise.all((await keys()).map(async (key) => [key, await redis.hgetall(key)]));
  return JSON.stringify(hashes);
}
const stubOf = (order: string): Promise<string | null> => redis.hget(`{${prefix}:orders}/~stubs`, `order:${order}`);

const cli = (...args: readonly string[]) => dragomanCommand([...args, '-c', configFile], { timeoutMs: 120_000 });
const forget = (order: string) => cli('forget', 'order', order, '--reason', 'request 813', '--wait', '60');
const eventsOf = async (order: string): Promise<number> =>
  (await recordsIn(CONTRACT_TOPIC, firstOffsets)).filter(({ key, value }) => key === order && value !== null).length;

async function running<T>(use: () => Promise<T>): Promise<T> {
  const dragoman = new DragomanProcess({ configFile, logFile: join(directory, 'dragoman.log') });
  try {
    await dragoman.untilRunning();
    return await use();
  } finally {
    await dragoman.stop();
  }
}

beforeAll(async () => {
  admin = kafka.admin();
  await admin.connect();
  await cli('topics', '--sources');
  firstOffsets = await ends(CONTRACT_TOPIC);
  await play(named(recording.between(0, CUT)));
});

afterAll(async () => {
  await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)) });
  await admin.deleteGroups([prefix]).catch(() => undefined);
  await admin.disconnect();
  const left = await redis.keys(`{${prefix}*`);
  if (left.length > 0) await redis.del(...left);
  redis.disconnect();
  await rm(directory, { recursive: true });
});

describe('two orders, one of them parked', () => {
  let published = 0;

  it('are known, and the journal names nobody', async () => {
    await running(async () => {
      await expect.poll(inRedis, { timeout: 60_000, interval: 500 }).toMatch(new RegExp(`CODE_UNKNOWN`));
      await expect.poll(() => eventsOf(OTHER), { timeout: 60_000, interval: 500 }).toBeGreaterThan(0);
    });
    for (const order of [PARKED, OTHER]) expect(await cells()).toContain(`${NAME}-${order}`);
    const journal = textOf(await recordsIn(own('journal')));
    expect(journal).toContain('"sealed":');
    expect(journal).not.toContain(NAME);
    expect(textOf(await recordsIn(`${prefix}.dead-letters`))).not.toContain(NAME);
    expect(textOf(await recordsIn(CONTRACT_TOPIC, firstOffsets))).toContain(`${NAME}-${OTHER}`);
    published = await eventsOf(OTHER);
  });

  it('are forgotten, by name, once', async () => {
    await running(async () => {
      const { output } = await cli('forget', 'order', OTHER, '--dry-run');
      expect(output).toMatch(/dry run, nothing is written: it would be applied\. \d+ rows and 0 waiting/);
      for (const order of [PARKED, OTHER])
        expect((await forget(order)).output).toMatch(/applied: \d+ rows and \d+ waiting/);
      await expect(forget(OTHER)).rejects.toThrow(/is forgotten already/);
      await expect(forget('1')).rejects.toThrow(/No order 1 is known/);
    });
    for (const text of [await cells(), await inRedis()])
      for (const order of [PARKED, OTHER]) {
        expect(text).not.toContain(`${NAME}-${order}`);
        expect(text).not.toContain(`["order:${order}"`);
      }
    expect(await cells()).toContain(NAME);
  });

  it('stay so when Redis is lost, and whatever is told of them; the others go on', async () => {
    const before = await stubOf(OTHER);
    await redis.del(...(await keys()));
    await running(async () => {
      // Told whole, by an incremental snapshot, and then changed: one that was not forgotten would be published by that.
      await play(named(recording.snapshotAt(CUT)));
      await play(named(recording.between(CUT)));
      await expect.poll(() => stubOf(OTHER), { timeout: 60_000, interval: 500 }).not.toBe(before);
      await expect.poll(() => stubOf(OTHER), { timeout: 60_000, interval: 500 }).toMatch(/,true,\["[^"]+","applied",/);
      await vi.waitFor(async () => expect((await ends(own('journal'))).join()).toBe(await later()), {
        timeout: 60_000,
      });
      expect((await cli('state', 'verify')).output).not.toMatch(/differing|missing|extra/);
    });
    expect(await eventsOf(OTHER)).toBe(published);
    expect(await eventsOf(PARKED)).toBe(0);
    for (const order of [PARKED, OTHER])
      for (const text of [await cells(), await inRedis()]) expect(text).not.toContain(`${NAME}-${order}`);
    expect(textOf(await recordsIn(own('journal')))).not.toContain(NAME);
    const file = join(directory, 'orders.ndjson');
    await cli('state', 'export', '--to', file);
    for (const order of [PARKED, OTHER]) expect(readFileSync(file, 'utf8')).not.toContain(`${NAME}-${order}`);
    await redis.del(...(await keys()));
    await cli('state', 'import', '--from', file);
    expect(await stubOf(OTHER)).toMatch(/,true,\["[^"]+","applied",/);
  });

  it('leave the rules that decided over them, as they ran', async () => {
    const listed = await cli('state', 'rules');
    const digest = /^([0-9a-f]{16}) first used/m.exec(listed.output)?.[1] ?? '';
    expect((await cli('state', 'rules', digest)).output).toMatch(
      /chnl_cd:\s*[\w.]+\.text\(\)\.nullable\(\)\.personal\(\)/,
    );
    await expect(cli('state', 'rules', '0'.repeat(16))).rejects.toThrow(/COMMAND_REFUSED/);
  });
});

/** Where the journal ends two seconds from now. */
async function later(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  return (await ends(own('journal'))).join();
}
