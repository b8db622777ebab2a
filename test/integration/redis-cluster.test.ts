/** A Redis Cluster of two nodes and a sentinel, as `redis.url`: refused before anything is read or written, and known to the doctor. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { redisClient } from '../../src/adapters/redis/client.js';
import { RedisStore } from '../../src/adapters/redis/store.js';
import { checkRedis } from '../../src/adapters/redis/suitability.js';
import { redisLines } from '../../src/cli/doctor/redis.js';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';
import { killProcess, launchProcess } from '../stack/native/processes.js';
import { pathOf, provideTools } from '../stack/native/tools.js';
import { freePorts } from '../stack/ports.js';

const folder = mkdtempSync(join(tmpdir(), 'dragoman-redis-cluster-'));
const processes: Awaited<ReturnType<typeof launchProcess>>[] = [];
const clients: Redis[] = [];
let ports: number[] = [];
let sentinel = 0;

async function start(name: string, port: number, args: readonly string[]): Promise<Redis> {
  const command = await pathOf('redis-server');
  processes.push(
    await launchProcess({ command, args: [...args], directory: folder, logFile: join(folder, `${name}.log`) }),
  );
  const client = new Redis({ port, host: '127.0.0.1' });
  client.on('error', () => undefined); // until it listens
  await client.ping();
  clients.push(client);
  return client;
}

beforeAll(async () => {
  await provideTools(['redis'], () => undefined);
  const [one = 0, two = 0, bus = 0, bus2 = 0, watching = 0] = await freePorts(5);
  ports = [one, two];
  sentinel = watching;
  const nodes: Redis[] = [];
  for (const [i, [port, busPort]] of [
    [one, bus],
    [two, bus2],
  ].entries()) {
    const named = [
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      `nodes-${i}.conf`,
      '--cluster-port',
      String(busPort),
    ];
    nodes.push(
      await start(`node-${i}`, port ?? 0, [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--dir',
        folder,
        ...named,
      ]),
    );
  }
  await nodes[0]?.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
  await nodes[1]?.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
  await nodes[0]?.call('CLUSTER', 'MEET', '127.0.0.1', String(two), String(bus2));
  const isWhole = async (): Promise<boolean> => {
    const facts = await Promise.all(nodes.map((node) => node.call('CLUSTER', 'INFO')));
    return facts.every((text) => String(text).includes('cluster_state:ok'));
  };
  await vi.waitFor(async () => expect(await isWhole()).toBe(true), { timeout: 30_000 });
  const file = join(folder, 'sentinel.conf');
  writeFileSync(file, `port ${sentinel}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor main 127.0.0.1 ${one} 1\n`);
  await start('sentinel', sentinel, [file, '--sentinel']);
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  for (const identity of processes) await killProcess(identity);
  rmSync(folder, { recursive: true, force: true });
});

const configOf = (port: number): Config => {
  const env = { DRAGOMAN_REDIS_URL: `redis://127.0.0.1:${port}` };
  const { config } = loadConfig({ file: null, env, readText: () => '', pipelinesRequired: false });
  return config;
};

it.each<[string, () => number, RegExp]>([
  ['a node of a cluster', () => ports[0] ?? 0, /it is a node of a Redis Cluster/],
  ['the other node', () => ports[1] ?? 0, /it is a node of a Redis Cluster/],
  ['a sentinel', () => sentinel, /it is a sentinel/],
])('%s is refused at start, and the doctor says it', async (_, port, text) => {
  const config = configOf(port());
  const redis = redisClient(config.redis);
  await expect(checkRedis(redis)).rejects.toMatchObject({
    code: 'REDIS_UNSUITABLE',
    disposition: 'refuse',
    message: expect.stringMatching(text) as string,
  });
  redis.disconnect();
  const lines = await redisLines(config, null, new Map());
  expect(lines.map(({ level, check }) => `${level} ${check}`)).toEqual(['ok REDIS_REACHED', 'fail REDIS_FIT']);
  expect(lines[1]?.seen).toMatch(text);
});

it('what a node answers for the keys of another is not taken for a Redis that is away', async () => {
  const answers = await Promise.all(
    ports.map(async (port) => {
      const store = new RedisStore(redisClient(configOf(port).redis), { namespace: 'cluster-test', pipeline: 'p' });
      const answer = await store.marker().then(
        () => 'here',
        (error: unknown) => error,
      );
      await store.close();
      return answer;
    }),
  );
  expect(answers).toContain('here');
  expect(answers).toContainEqual(expect.objectContaining({ code: 'REDIS_UNSUITABLE', disposition: 'refuse' }));
});
