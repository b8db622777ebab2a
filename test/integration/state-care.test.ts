/**
 * The care of states on the real stack: export, loss, import and verify; the doctor on a healthy chain and on one where several things
 * are wrong; and starts that are refused because the ground is another one.
 */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ConfigResourceTypes } from 'kafkajs';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createTopics } from '../../src/adapters/kafka/ground/topics.js';
import { runWorkload } from '../../legacy-db/workload/run-workload.js';
import { Cleanup } from '../e2e/cleanup.js';
import { DragomanProcess } from '../dragoman/process.js';
import { PostgresSource } from '../e2e/postgres-source.js';
import { PIPELINE, Scene } from '../e2e/scene.js';
import { createConnector, waitUntilRunning } from '../stack/connector.js';
import { projectDirectory } from '../stack/directories.js';
import { run } from '../stack/native/run.js';
import { attachStack } from '../stack/stack.js';

const ORDERS = 40;
const cleanup = new Cleanup();
const directory = await mkdtemp(join(tmpdir(), 'dragoman-state-care-'));
const redis = new Redis(inject('stack').redis);
let scene: Scene;
let contractTopic: string;

interface Line {
  readonly level: string;
  readonly check: string;
  readonly about: string;
}

async function cli(...args: string[]): Promise<{ exitCode: number | null; output: string }> {
  const command = ['--import', 'tsx', 'src/cli/dev.ts', ...args, '-c', scene.configFile];
  return run(process.execPath, command, { directory: projectDirectory });
}

function jsonIn(output: string): Record<string, unknown> {
  return JSON.parse(output.split('\n').find((line) => line.startsWith('{"schema"')) ?? '{}') as Record<string, unknown>;
}

async function doctor(): Promise<{ exitCode: number | null; lines: readonly Line[] }> {
  const { exitCode, output } = await cli('doctor', '--json', '--connect', scene.endpoints.connect.url);
  return { exitCode, lines: (jsonIn(output).lines ?? []) as Line[] };
}

const checksOf = (lines: readonly Line[], level: string): string[] =>
  [...new Set(lines.filter((line) => line.level === level).map(({ check }) => check))].sort();

interface Started {
  readonly dragoman: DragomanProcess;
  /** Error codes that it logged. */
  readonly codes: readonly string[];
}

function start(args: readonly string[] = [], configFile = scene.configFile): Started {
  const codes: string[] = [];
  const dragoman = new DragomanProcess({
    configFile,
    logFile: join(directory, 'dragoman.log'),
    args,
    onLine: ({ code }) => {
      if (code !== undefined) codes.push(code);
    },
  });
  cleanup.add(() => dragoman.kill());
  return { dragoman, codes };
}

async function running<T>(use: () => Promise<T>, args: readonly string[] = []): Promise<T> {
  const { dragoman } = start(args);
  try {
    await dragoman.untilRunning();
    return await use();
  } finally {
    await dragoman.stop();
  }
}

/** Starts, and is refused with `code`. */
async function refused(code: string): Promise<void> {
  const { dragoman, codes } = start();
  try {
    await expect.poll(() => codes, { timeout: 60_000, interval: 100 }).toContain(code);
    expect(dragoman.runningSinceMs).toBeUndefined();
  } finally {
    await dragoman.stop();
  }
}

const exportFile = (): string => join(directory, 'states.ndjson');

async function exported(): Promise<{ readonly states: number; readonly orders: number }> {
  const { exitCode, output } = await cli('state', 'export', '--to', exportFile(), '--json');
  if (exitCode !== 0) return { states: -1, orders: -1 };
  const lines = readFileSync(exportFile(), 'utf8').split('\n');
  return {
    states: Number(jsonIn(output).states),
    orders: lines.filter((line) => line.startsWith('{"state":"order:')).length,
  };
}

const keyOf = (name: string): string => `{${scene.namespace}:${PIPELINE}}:${name}`;

async function anOrder(): Promise<string> {
  const [key] = (await redis.keys(`${keyOf('order:')}*`)).sort();
  return key!.slice(keyOf('').length);
}

/** An entry of the row index, and its owner. */
async function aRowOfAnother(order: string): Promise<[string, string]> {
  for (const row of (await redis.keys(`${keyOf('row:')}*`)).sort()) {
    const owner = await redis.get(row);
    if (owner !== null && owner !== order) return [row, owner];
  }
  throw new Error(`all rows belong to ${order}`);
}

async function findings(): Promise<{ exitCode: number | null; kinds: Record<string, readonly string[]> }> {
  const { exitCode, output } = await cli('state', 'verify', '--json');
  const found = (jsonIn(output).findings ?? []) as { kind: string; examples: readonly string[] }[];
  return { exitCode, kinds: Object.fromEntries(found.map(({ kind, examples }) => [kind, examples])) };
}

beforeAll(async () => {
  const stack = await attachStack(inject('stackFile'));
  scene = await Scene.open({
    endpoints: stack!.endpoints,
    directory,
    legacy: (endpoints, database) => new PostgresSource(endpoints, database),
  });
  cleanup.add(() => scene.remove());
  // Contracts of this test alone: their topic gets more partitions.
  contractTopic = `${scene.namespace}.fulfillment`;
  const rules = join(directory, 'rules');
  cpSync(join(projectDirectory, 'rules'), rules, { recursive: true });
  for (const file of readdirSync(join(rules, 'contracts')).map((name) => join(rules, 'contracts', name)))
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('orders.fulfillment', contractTopic));
  await scene.writeConfig(scene.configFile, rules);
  await cli('topics', '--sources');
  await scene.startConnector();
  await runWorkload({ orders: ORDERS, connections: 4, seed: 3, rate: 400, url: scene.legacy.url, keyChanges: false });
  const areThere = async (): Promise<void> => expect((await exported()).orders).toBeGreaterThanOrEqual(ORDERS);
  await running(() => vi.waitFor(areThere, { timeout: 300_000, interval: 500 }));
});

afterAll(async () => {
  await cleanup.run();
  redis.disconnect();
  await rm(directory, { recursive: true });
});

describe('states', () => {
  it('are what the journal says, while the pipeline runs', async () => {
    await running(async () => expect(await findings()).toEqual({ exitCode: 0, kinds: {} }));
  });

  it('are exported, lost, imported, and the pipeline goes on from there', async () => {
    const before = await exported();
    expect(statSync(exportFile()).mode & 0o777).toBe(0o600);
    expect((await cli('state', 'import', '--from', exportFile())).exitCode).toBe(6); // Redis is not empty
    const keys = await redis.keys(`${keyOf('')}*`);
    await redis.del(...keys);
    expect((await cli('state', 'import', '--from', exportFile())).exitCode).toBe(0);
    expect((await redis.keys(`${keyOf('')}*`)).sort()).toEqual(keys.sort());
    expect(await findings()).toEqual({ exitCode: 0, kinds: {} });
    await running(async () => expect(await exported()).toEqual(before));
    expect((await cli('state', 'import', '--from', exportFile(), '--replace')).exitCode).toBe(0);
    expect(await findings()).toEqual({ exitCode: 0, kinds: {} });
  });

  it('that somebody changed, deleted or invented are found', async () => {
    const order = await anOrder();
    const text = (await redis.get(keyOf(order)))!;
    const [row, owner] = await aRowOfAnother(order);
    await redis.set(keyOf(order), JSON.stringify({ ...(JSON.parse(text) as object), sequences: { 'Other.v1': 9 } }));
    await redis.set(keyOf('order:invented'), text);
    await redis.set(row, 'order:invented');
    const { exitCode, kinds } = await findings();
    expect(exitCode).toBe(3);
    expect(kinds).toMatchObject({ 'differing state': [order], 'extra state': ['order:invented'] });
    expect(Object.keys(kinds).some((kind) => kind.endsWith(' row'))).toBe(true);
    await redis.del(keyOf(order), keyOf('order:invented'));
    await redis.set(row, owner);
    expect((await findings()).kinds).toMatchObject({ 'missing state': [order] });
    await redis.set(keyOf(order), text);
    expect(await findings()).toEqual({ exitCode: 0, kinds: {} });
  });
});

describe('the doctor', () => {
  it('finds nothing wrong with a healthy chain but that one broker and one Redis are few', async () => {
    await running(async () => {
      const { exitCode, lines } = await doctor();
      expect(lines.filter(({ level }) => level === 'fail')).toEqual([]);
      expect(checksOf(lines, 'warn').filter((check) => check !== 'PARKED')).toEqual([
        'BROKER_COUNT',
        'REDIS_REPLICAS',
        'TOPIC_MIN_IN_SYNC',
        'TOPIC_REPLICATION',
      ]);
      expect(exitCode).toBe(0);
      expect(checksOf(lines, 'ok')).toEqual(
        expect.arrayContaining([
          'CONNECTOR_EXACTLY_ONCE',
          'ACCESS_TOPICS',
          'ACCESS_GROUP',
          'PROGRESS',
          'STORE_FOLLOWS',
        ]),
      );
    });
  });

  it('names everything that was broken on purpose', async () => {
    const table = `${scene.prefix}.oms.ord_line`;
    const set = (name: string, setting: string, value: string): Promise<unknown> =>
      scene.withAdmin((admin) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries: [{ name: setting, value }] }],
        }),
      );
    const { connect } = scene.endpoints;
    const broken = scene.connectorConfig({ 'provide.transaction.metadata': 'false', 'heartbeat.interval.ms': '0' });
    await createConnector(connect, scene.connector, broken);
    await waitUntilRunning(connect, scene.connector);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await set(scene.journalTopic, 'cleanup.policy', 'delete');
    await set(table, 'retention.ms', String(3_600_000));
    await redis.set(keyOf('marker'), (await redis.get(keyOf('marker')))!.replace('"journal":[', '"journal":[9'));
    try {
      const { exitCode, lines } = await doctor();
      expect(exitCode).toBe(3);
      const about = (level: string): string[] =>
        lines.filter((line) => line.level === level).map((line) => `${line.check} ${line.about}`);
      expect(about('fail').sort()).toEqual(
        [
          `CONNECTOR_TRANSACTION_METADATA ${scene.connector}`,
          `REDIS_FIT ${scene.endpoints.redis.host}:${scene.endpoints.redis.port}`,
          `STORE_FOLLOWS ${PIPELINE}`,
          `TOPIC_SETTINGS ${scene.journalTopic}`,
        ].sort(),
      );
      expect(about('warn')).toEqual(
        expect.arrayContaining([`TOPIC_RETENTION ${table}`, `CONNECTOR_HEARTBEAT ${scene.connector}`]),
      );
      expect(about('unknown')).toContain(`HELD ${PIPELINE}`);
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      await redis.set(keyOf('marker'), (await redis.get(keyOf('marker')))!.replace('"journal":[9', '"journal":['));
      await set(scene.journalTopic, 'cleanup.policy', 'compact');
      await set(table, 'retention.ms', '-1');
      await createConnector(connect, scene.connector, scene.connectorConfig());
      await waitUntilRunning(connect, scene.connector);
    }
  });
});

describe('a start is refused', () => {
  it('over the offset of one topic that a tool moved, and goes on when it is put back', async () => {
    const topic = `${scene.prefix}.oms.ord_line`;
    const groupId = scene.namespace;
    await scene.withAdmin(async (admin) => {
      const [known] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const partitions = known!.partitions.map(({ partition, offset }) => ({ partition, offset }));
      const moved = partitions.map(({ partition, offset }) => ({
        partition,
        offset: String(Math.max(0, Number(offset) - 1)),
      }));
      await admin.setOffsets({ groupId, topic, partitions: moved });
      await refused('OFFSETS_LOST');
      await admin.setOffsets({ groupId, topic, partitions });
    });
    await running(() => Promise.resolve());
  });

  it('over a contract topic with more partitions, until somebody vouches for it', async () => {
    const count = await scene.withAdmin(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [contractTopic] });
      const [topic] = topics;
      await admin.createPartitions({
        topicPartitions: [{ topic: contractTopic, count: topic!.partitions.length + 1 }],
      });
      return topic!.partitions.length + 1;
    });
    expect(count).toBeGreaterThan(1);
    await refused('PARTITIONS_CHANGED');
    // The next commit keeps the new number.
    await running(async () => {
      await scene.legacy.run("UPDATE oms.ord_hdr SET notes = 'touched'");
      await expect
        .poll(async () => (await doctor()).lines.find(({ check }) => check === 'PROGRESS')?.level, { timeout: 60_000 })
        .toBe('ok');
    }, ['--accept-topics', contractTopic]);
    await running(() => Promise.resolve());
  });

  it('over a table topic that was made again, though it has grown past the committed offset', async () => {
    const topic = `${scene.prefix}.oms.cust_addr`;
    await scene.withAdmin(async (admin) => {
      const ends = await admin.fetchTopicOffsets(topic);
      await admin.deleteTopics({ topics: [topic] });
      await expect.poll(() => admin.listTopics(), { timeout: 20_000 }).not.toContain(topic);
      await createTopics(admin, [{ topic, numPartitions: ends.length }]);
      const producer = scene.kafka().producer();
      await producer.connect();
      const messages = ends.flatMap(({ partition, high }) =>
        Array.from({ length: Number(high) + 5 }, () => ({ partition, key: '{}', value: null })),
      );
      await producer.send({ topic, messages });
      await producer.disconnect();
    });
    await refused('TOPIC_RECREATED');
  });
});

describe('a source in position mode', () => {
  it('finds its progress at its second start', async () => {
    const config = parse(readFileSync(scene.configFile, 'utf8')) as {
      namespace: string;
      pipelines: Record<string, { sources: Record<string, unknown>[] }>;
    };
    config.namespace = `${scene.namespace}-p`;
    Object.assign(config.pipelines[PIPELINE]!.sources[0]!, { mode: 'position', gaps: 'report', unplaced: 'report' });
    const file = join(directory, 'position.yaml');
    writeFileSync(file, stringify(config));
    await run(process.execPath, ['--import', 'tsx', 'src/cli/dev.ts', 'topics', '-c', file], {
      directory: projectDirectory,
    });
    const journal = `${config.namespace}.${PIPELINE}.journal`;
    const decisions = (): Promise<number> =>
      scene.withAdmin(async (admin) =>
        (await admin.fetchTopicOffsets(journal)).reduce((sum, { high }) => sum + Number(high), 0),
      );
    try {
      const first = start([], file);
      await first.dragoman.untilRunning();
      await expect.poll(decisions, { timeout: 60_000, interval: 500 }).toBeGreaterThan(0);
      await first.dragoman.stop();
      const second = start([], file);
      await second.dragoman.untilRunning();
      await second.dragoman.stop();
      expect(second.codes).not.toContain('OFFSETS_LOST');
    } finally {
      await scene.withAdmin(async (admin) => {
        const own = (await admin.listTopics()).filter((topic) => topic.startsWith(`${config.namespace}.`));
        await admin.deleteTopics({ topics: own });
      });
      const keys = await redis.keys(`{${config.namespace}:*`);
      if (keys.length > 0) await redis.del(...keys);
    }
  });
});
