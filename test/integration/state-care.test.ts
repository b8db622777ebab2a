/**
 * The care of states on the real stack: export, loss, restore, import, verify and stats; the doctor on a healthy chain and on one where
 * several things are wrong; and starts that are refused because the ground is another one, or what is remembered is not all there.
 */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ConfigResourceTypes } from 'kafkajs';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createTopics, STATE_SETTINGS } from '../../src/adapters/kafka/ground/topics.js';
import { runWorkload } from '../../legacy-db/workload/run-workload.js';
import { Cleanup } from '../e2e/cleanup.js';
import { DragomanProcess } from '../dragoman/process.js';
import { PostgresSource } from '../e2e/postgres-source.js';
import { PIPELINE, Scene } from '../e2e/scene.js';
import { createConnector, waitUntilRunning } from '../stack/connector.js';
import { projectDirectory } from '../stack/directories.js';
import { CONSUMER_GROUPS, kafkaTool } from '../stack/kafka-tool.js';
import { run } from '../stack/native/run.js';
import { attachStack, type Stack } from '../stack/stack.js';

const ORDERS = 40;
const cleanup = new Cleanup();
const directory = await mkdtemp(join(tmpdir(), 'dragoman-state-care-'));
const redis = new Redis(inject('stack').redis);
let stack: Stack;
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
  /** Error codes that it logged, and what it said with them. */
  readonly codes: ReadonlyMap<string, string>;
}

function start(args: readonly string[] = [], configFile = scene.configFile): Started {
  const codes = new Map<string, string>();
  const dragoman = new DragomanProcess({
    configFile,
    logFile: join(directory, 'dragoman.log'),
    args,
    onLine: ({ code, msg }) => {
      if (code !== undefined) codes.set(code, msg);
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

/** Starts, and is refused with `code`, for this reason. */
async function refused(code: string, reason: RegExp, configFile = scene.configFile): Promise<void> {
  const published = await recordsIn(contractTopic);
  const { dragoman, codes } = start([], configFile);
  try {
    await expect.poll(() => codes.get(code), { timeout: 60_000, interval: 100 }).toMatch(reason);
    expect(dragoman.runningSinceMs).toBeUndefined();
    expect(await recordsIn(contractTopic)).toBe(published);
  } finally {
    await dragoman.stop();
  }
}

const exportFile = (): string => join(directory, 'states.ndjson');

const NOTHING = { aggregates: 0, cells: 0, orders: 0 };

async function exported(): Promise<typeof NOTHING> {
  const { exitCode, output } = await cli('state', 'export', '--to', exportFile(), '--json');
  if (exitCode !== 0) return NOTHING;
  const { aggregates, cells } = jsonIn(output);
  const orders = readFileSync(exportFile(), 'utf8').match(/^\{"hash":"order:[^"]*","field":"",/gm) ?? [];
  return { aggregates: Number(aggregates), cells: Number(cells), orders: orders.length };
}

/** Of a hash in Redis. */
const keyOf = (hash: string): string => `{${scene.namespace}:${PIPELINE}}/${hash}`;
const cellKey = (hash: string, field: string): string => JSON.stringify([hash, field]);

const setMarker = async (change: (text: string) => string): Promise<unknown> =>
  redis.hset(keyOf('~marker'), 'at', change((await redis.hget(keyOf('~marker'), 'at'))!));

/** What a start after a loss has to bring back, but for the time of the marker. */
async function allCells(): Promise<Record<string, Record<string, string>>> {
  const keys = (await redis.keys(keyOf('*'))).filter((key) => key !== keyOf('~marker')).sort();
  return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await redis.hgetall(key)] as const)));
}

async function anOrder(): Promise<string> {
  const [key] = (await redis.keys(keyOf('order:*'))).sort();
  return key!.slice(keyOf('').length);
}

/** An entry of the row index, and its owner. */
async function aRowOfAnother(order: string): Promise<[string, string]> {
  const rows = Object.entries(await redis.hgetall(keyOf('~rows'))).sort();
  const found = rows.find(([, owner]) => owner !== order);
  if (found === undefined) throw new Error(`all rows belong to ${order}`);
  return found;
}

const stateTopic = (namespace = scene.namespace): string => `${namespace}.${PIPELINE}.state`;

const recordsIn = (topic: string): Promise<number> =>
  scene.withAdmin(async (admin) =>
    (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0),
  );

const alter = (topic: string, setting: string, value: string): Promise<unknown> =>
  scene.withAdmin((admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: setting, value }] }],
    }),
  );

const groups = (...args: readonly string[]): Promise<string> =>
  kafkaTool(stack, CONSUMER_GROUPS, ['--group', scene.namespace, ...args]);

/** By partition; -1: none. */
const committed = (topic: string): Promise<readonly number[]> =>
  scene.withAdmin(async (admin) => {
    const [known] = await admin.fetchOffsets({ groupId: scene.namespace, topics: [topic] });
    const partitions = [...known!.partitions].sort((a, b) => a.partition - b.partition);
    return partitions.map(({ offset }) => Number(offset));
  });

/** Deleted and made again, with as many partitions. */
const makeAgain = (topic: string): Promise<void> =>
  scene.withAdmin(async (admin) => {
    const { length } = await admin.fetchTopicOffsets(topic);
    await admin.deleteTopics({ topics: [topic] });
    await expect.poll(() => admin.listTopics(), { timeout: 20_000 }).not.toContain(topic);
    await createTopics(admin, [{ topic, numPartitions: length }]);
  });

/** All records that are there. */
const deleteRecords = (topic: string): Promise<void> =>
  scene.withAdmin(async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({
      topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
  });

async function findings(): Promise<{ exitCode: number | null; kinds: Record<string, readonly string[]> }> {
  const { exitCode, output } = await cli('state', 'verify', '--json');
  const found = (jsonIn(output).findings ?? []) as { kind: string; examples: readonly string[] }[];
  return { exitCode, kinds: Object.fromEntries(found.map(({ kind, examples }) => [kind, examples])) };
}

beforeAll(async () => {
  stack = (await attachStack(inject('stackFile')))!;
  scene = await Scene.open({
    endpoints: stack.endpoints,
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
  it('are what the state topic says, while the pipeline runs', async () => {
    await running(async () => expect(await findings()).toEqual({ exitCode: 0, kinds: {} }));
  });

  it('are measured as they are exported', async () => {
    const { cells, orders } = await exported();
    const file = join(directory, 'stats.json');
    const { exitCode, output } = await cli('state', 'stats', '--json');
    expect(exitCode).toBe(0);
    const stats = jsonIn(output);
    expect(stats).toMatchObject({ types: { order: { count: orders } }, total: { cells } });
    writeFileSync(file, JSON.stringify(stats));
    const since = jsonIn((await cli('state', 'stats', '--json', '--since', file)).output);
    expect(since.growth).toMatchObject({ types: { order: { count: 0, bytes: 0 } }, total: { cells: 0, bytes: 0 } });
  });

  it('are lost, and copied out of the state topic again', async () => {
    const before = await allCells();
    expect(Object.keys(before).length).toBeGreaterThan(ORDERS);
    const published = await recordsIn(contractTopic);
    await redis.del(...(await redis.keys(keyOf('*'))));
    await running(async () => expect(await findings()).toEqual({ exitCode: 0, kinds: {} }));
    expect(await allCells()).toEqual(before);
    expect(await recordsIn(contractTopic)).toBe(published);
  });

  it('are exported, lost, imported, and the pipeline goes on from there', async () => {
    const before = await exported();
    const cells = await allCells();
    expect(statSync(exportFile()).mode & 0o777).toBe(0o600);
    expect((await cli('state', 'import', '--from', exportFile())).exitCode).toBe(6); // Redis is not empty
    await redis.del(...(await redis.keys(keyOf('*'))));
    expect((await cli('state', 'import', '--from', exportFile())).exitCode).toBe(0);
    expect(await allCells()).toEqual(cells);
    expect(await findings()).toEqual({ exitCode: 0, kinds: {} });
    await running(async () => expect(await exported()).toEqual(before));
    expect((await cli('state', 'import', '--from', exportFile(), '--replace')).exitCode).toBe(0);
    expect(await findings()).toEqual({ exitCode: 0, kinds: {} });
  });

  it('that somebody changed, deleted or invented are found', async () => {
    const order = await anOrder();
    const text = (await redis.hget(keyOf(order), ''))!;
    const [row, owner] = await aRowOfAnother(order);
    await redis.hset(
      keyOf(order),
      '',
      JSON.stringify({ ...(JSON.parse(text) as object), sequences: { 'Other.v1': 9 } }),
    );
    await redis.hset(keyOf('order:invented'), '', text);
    await redis.hset(keyOf('~rows'), row, 'order:invented');
    const { exitCode, kinds } = await findings();
    expect(exitCode).toBe(3);
    expect(kinds).toEqual({
      differing: expect.arrayContaining([cellKey(order, ''), cellKey('~rows', row)]) as unknown,
      extra: [cellKey('order:invented', '')],
    });
    await redis.hdel(keyOf(order), '');
    await redis.del(keyOf('order:invented'));
    await redis.hset(keyOf('~rows'), row, owner);
    expect(await findings()).toEqual({ exitCode: 3, kinds: { missing: [cellKey(order, '')] } });
    await redis.hset(keyOf(order), '', text);
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
    const { connect } = scene.endpoints;
    const broken = scene.connectorConfig({ 'provide.transaction.metadata': 'false', 'heartbeat.interval.ms': '0' });
    await createConnector(connect, scene.connector, broken);
    await waitUntilRunning(connect, scene.connector);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await alter(scene.journalTopic, 'cleanup.policy', 'compact');
    await alter(stateTopic(), 'delete.retention.ms', String(86_400_000));
    await alter(table, 'retention.ms', String(3_600_000));
    await setMarker((text) => text.replace('"state":[', '"state":[9'));
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
          `TOPIC_SETTINGS ${stateTopic()}`,
        ].sort(),
      );
      expect(about('warn')).toEqual(
        expect.arrayContaining([`TOPIC_RETENTION ${table}`, `CONNECTOR_HEARTBEAT ${scene.connector}`]),
      );
      expect(about('unknown')).toContain(`HELD ${PIPELINE}`);
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      await setMarker((text) => text.replace('"state":[9', '"state":['));
      await alter(scene.journalTopic, 'cleanup.policy', 'delete');
      await alter(stateTopic(), 'delete.retention.ms', STATE_SETTINGS['delete.retention.ms']!);
      await alter(table, 'retention.ms', '-1');
      await createConnector(connect, scene.connector, scene.connectorConfig());
      await waitUntilRunning(connect, scene.connector);
    }
  });
});

describe('a start is refused', () => {
  it('over offsets that a tool moved, which are not followed when somebody vouches for them', async () => {
    const topic = `${scene.prefix}.oms.ord_line`;
    const published = await recordsIn(contractTopic);
    const known = await committed(topic);
    await groups('--reset-offsets', '--topic', topic, '--to-earliest', '--execute');
    expect(await committed(topic)).not.toEqual(known);
    await refused('OFFSETS_MOVED', /a tool moved it/);
    await running(async () => {
      // With the next commit the group has again what the pipeline committed.
      await scene.legacy.run('UPDATE oms.ord_line SET sku = sku');
      await expect
        .poll(async () => (await committed(topic)).every((offset, i) => offset >= known[i]!), { timeout: 60_000 })
        .toBe(true);
    }, ['--accept-topics', topic]);
    expect(await recordsIn(contractTopic)).toBe(published);
    await running(() => Promise.resolve());
  });

  it('not over offsets that are gone: the progress knows them', async () => {
    const topic = `${scene.prefix}.oms.ord_line`;
    const published = await recordsIn(contractTopic);
    await groups('--delete-offsets', '--topic', topic);
    expect((await committed(topic)).every((offset) => offset === -1)).toBe(true);
    await running(async () => expect(await findings()).toEqual({ exitCode: 0, kinds: {} }));
    expect(await recordsIn(contractTopic)).toBe(published);
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
    await refused('PARTITIONS_CHANGED', new RegExp(contractTopic));
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
      await makeAgain(topic);
      const producer = scene.kafka().producer();
      await producer.connect();
      const messages = ends.flatMap(({ partition, high }) =>
        Array.from({ length: Number(high) + 5 }, () => ({ partition, key: '{}', value: null })),
      );
      await producer.send({ topic, messages });
      await producer.disconnect();
    });
    await refused('TOPIC_RECREATED', new RegExp(topic));
  });
});

/** Each on top of the one before: what is asked first is spoilt last. */
describe('what is remembered is not all there', () => {
  it('not when the journal has expired: only history is gone', async () => {
    await running(() => Promise.resolve(), ['--accept-topics', `${scene.prefix}.oms.cust_addr`]);
    await deleteRecords(scene.journalTopic);
    await running(
      async () => expect(await findings()).toEqual({ exitCode: 0, kinds: {} }),
      ['--accept-topics', `${scene.prefix}.oms.cust_addr`],
    );
  });

  it('when records of the state topic were deleted', async () => {
    await alter(stateTopic(), 'cleanup.policy', 'delete'); // Kafka deletes none of a compacted topic
    await deleteRecords(stateTopic());
    await alter(stateTopic(), 'cleanup.policy', 'compact');
    await refused('STATE_LOST', /records of it were deleted/);
    expect((await cli('state', 'verify')).output).toContain('STATE_LOST');
  });

  it('when the journal was deleted and made again', async () => {
    await makeAgain(scene.journalTopic);
    await refused('JOURNAL_LOST', /ends before what was committed/);
  });

  it('when the state topic was deleted and made again', async () => {
    await makeAgain(stateTopic());
    await refused('STATE_LOST', /ends before what was committed/);
    expect((await cli('state', 'verify')).output).toContain('TOPIC_RECREATED');
    expect((await cli('state', 'import', '--from', exportFile(), '--replace')).output).toContain('TOPIC_RECREATED');
  });
});

describe('a source in position mode', () => {
  it('finds its progress at its second start, and is refused when it is gone', async () => {
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
    try {
      const first = start([], file);
      await first.dragoman.untilRunning();
      await expect
        .poll(() => recordsIn(stateTopic(config.namespace)), { timeout: 60_000, interval: 500 })
        .toBeGreaterThan(0);
      await first.dragoman.stop();
      const second = start([], file);
      await second.dragoman.untilRunning();
      await second.dragoman.stop();
      expect([...second.codes.keys()]).toEqual([]);
      await makeAgain(`${config.namespace}.${PIPELINE}.progress`);
      await refused('PROGRESS_LOST', /its progress topic holds nothing/, file);
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
