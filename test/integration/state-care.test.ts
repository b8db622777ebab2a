/**
 * The care of states on the real stack: export, loss, restore, import, verify and stats; and the doctor on a healthy chain and on one where
 * several things are wrong.
 */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { STATE_SETTINGS } from '../../src/adapters/kafka/ground/topics.js';
import { PIPELINE } from '../e2e/scene.js';
import { createConnector, waitUntilRunning } from '../stack/connector.js';
import { jsonIn, KeptOrders, type Line, ORDERS } from '../support/servers/kept-orders.js';

const redis = new Redis(inject('stack').redis);
let kept: KeptOrders;

beforeAll(async () => {
  kept = await KeptOrders.open(inject('stackFile'));
});

afterAll(async () => {
  redis.disconnect();
  await kept.close();
});

const checksOf = (lines: readonly Line[], level: string): string[] =>
  [...new Set(lines.filter((line) => line.level === level).map(({ check }) => check))].sort();

/** Of a hash in Redis. */
const keyOf = (hash: string): string => `{${kept.scene.namespace}:${PIPELINE}}/${hash}`;
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

describe('states', () => {
  it('are what the state topic says, while the pipeline runs', async () => {
    await kept.running(async () => expect(await kept.findings()).toEqual({ exitCode: 0, kinds: {} }));
  });

  it('are measured as they are exported', async () => {
    const { cells, orders } = await kept.exported();
    const file = join(kept.directory, 'stats.json');
    const { exitCode, output } = await kept.cli('state', 'stats', '--json');
    expect(exitCode).toBe(0);
    const stats = jsonIn(output);
    expect(stats).toMatchObject({ types: { order: { count: orders } }, total: { cells } });
    writeFileSync(file, JSON.stringify(stats));
    const since = jsonIn((await kept.cli('state', 'stats', '--json', '--since', file)).output);
    expect(since.growth).toMatchObject({ types: { order: { count: 0, bytes: 0 } }, total: { cells: 0, bytes: 0 } });
  });

  it('are lost, and copied out of the state topic again', async () => {
    const before = await allCells();
    expect(Object.keys(before).length).toBeGreaterThan(ORDERS);
    const published = await kept.recordsIn(kept.contractTopic);
    await redis.del(...(await redis.keys(keyOf('*'))));
    await kept.running(async () => expect(await kept.findings()).toEqual({ exitCode: 0, kinds: {} }));
    expect(await allCells()).toEqual(before);
    expect(await kept.recordsIn(kept.contractTopic)).toBe(published);
  });

  it('are exported, lost, imported, and the pipeline goes on from there', async () => {
    const before = await kept.exported();
    const cells = await allCells();
    expect(statSync(kept.exportFile).mode & 0o777).toBe(0o600);
    expect((await kept.cli('state', 'import', '--from', kept.exportFile)).exitCode).toBe(6); // Redis is not empty
    await redis.del(...(await redis.keys(keyOf('*'))));
    expect((await kept.cli('state', 'import', '--from', kept.exportFile)).exitCode).toBe(0);
    expect(await allCells()).toEqual(cells);
    expect(await kept.findings()).toEqual({ exitCode: 0, kinds: {} });
    await kept.running(async () => expect(await kept.exported()).toEqual(before));
    expect((await kept.cli('state', 'import', '--from', kept.exportFile, '--replace')).exitCode).toBe(0);
    expect(await kept.findings()).toEqual({ exitCode: 0, kinds: {} });
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
    const { exitCode, kinds } = await kept.findings();
    expect(exitCode).toBe(3);
    expect(kinds).toEqual({
      differing: expect.arrayContaining([cellKey(order, ''), cellKey('~rows', row)]) as unknown,
      extra: [cellKey('order:invented', '')],
    });
    await redis.hdel(keyOf(order), '');
    await redis.del(keyOf('order:invented'));
    await redis.hset(keyOf('~rows'), row, owner);
    expect(await kept.findings()).toEqual({ exitCode: 3, kinds: { missing: [cellKey(order, '')] } });
    await redis.hset(keyOf(order), '', text);
    expect(await kept.findings()).toEqual({ exitCode: 0, kinds: {} });
  });
});

describe('the doctor', () => {
  it('finds nothing wrong with a healthy chain but that one broker and one Redis are few', async () => {
    await kept.running(async () => {
      const { exitCode, lines } = await kept.doctor();
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
    const table = `${kept.scene.prefix}.oms.ord_line`;
    const { connect } = kept.scene.endpoints;
    const broken = kept.scene.connectorConfig({
      'provide.transaction.metadata': 'false',
      'heartbeat.interval.ms': '0',
    });
    await createConnector(connect, kept.scene.connector, broken);
    await waitUntilRunning(connect, kept.scene.connector);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await kept.alter(kept.scene.journalTopic, 'cleanup.policy', 'compact');
    await kept.alter(kept.stateTopic(), 'delete.retention.ms', String(86_400_000));
    await kept.alter(table, 'retention.ms', String(3_600_000));
    await setMarker((text) => text.replace('"state":[', '"state":[9'));
    try {
      const { exitCode, lines } = await kept.doctor();
      expect(exitCode).toBe(3);
      const about = (level: string): string[] =>
        lines.filter((line) => line.level === level).map((line) => `${line.check} ${line.about}`);
      expect(about('fail').sort()).toEqual(
        [
          `CONNECTOR_TRANSACTION_METADATA ${kept.scene.connector}`,
          `REDIS_FIT ${kept.scene.endpoints.redis.host}:${kept.scene.endpoints.redis.port}`,
          `STORE_FOLLOWS ${PIPELINE}`,
          `TOPIC_SETTINGS ${kept.stateTopic()}`,
        ].sort(),
      );
      expect(about('warn')).toEqual(
        expect.arrayContaining([
          `TOPIC_RETENTION ${table}`,
          `CONNECTOR_HEARTBEAT ${kept.scene.connector}`,
          `TOPIC_SETTINGS ${kept.scene.journalTopic}`,
        ]),
      );
      expect(about('unknown')).toContain(`HELD ${PIPELINE}`);
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      await setMarker((text) => text.replace('"state":[9', '"state":['));
      await kept.alter(kept.scene.journalTopic, 'cleanup.policy', 'delete');
      await kept.alter(kept.stateTopic(), 'delete.retention.ms', STATE_SETTINGS['delete.retention.ms']!);
      await kept.alter(table, 'retention.ms', '-1');
      await createConnector(connect, kept.scene.connector, kept.scene.connectorConfig());
      await waitUntilRunning(connect, kept.scene.connector);
    }
  });
});
