/** What the fault suite does to Redis and to clocks, on the real things: each fault happens, and is over when it is taken back. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { redisProxy, type FaultProxy } from '../proxy/fault-proxy.js';
import type { RedisCommand } from '../proxy/redis-protocol.js';
import { MovableClock } from '../stack/faketime.js';
import { fillDisk, freeDisk, mountRefusal } from '../stack/native/disk.js';
import { RedisPair, setMaxmemory, usedMemory } from '../stack/redis-pair.js';
import { openStack, type Stack } from '../stack/stack.js';

const DISK_MB = 16;
const services = ['redis', 'redis-replica'] as const;
const refusal = await mountRefusal();
let stack: Stack<(typeof services)[number]>;
let pair: RedisPair;
let proxy: FaultProxy<RedisCommand>;
let redis: Redis;

beforeAll(async () => {
  const disk = refusal === undefined ? { redisDiskMb: DISK_MB } : {};
  stack = await openStack({ provider: 'native', services, faultProxy: true, ...disk });
  pair = new RedisPair(stack.endpoints.redis, stack.endpoints['redis-replica']);
  proxy = redisProxy(stack.endpoints.redis.proxied!.routes);
  await proxy.start();
  redis = new Redis({ port: proxyPort(), commandTimeout: 1_000, socketTimeout: 1_000, maxRetriesPerRequest: null });
  redis.on('error', () => undefined); // it loses its server, on purpose
});

afterAll(async () => {
  redis.disconnect();
  await proxy.stop();
  await stack.down();
});

const proxyPort = (): number => stack.endpoints.redis.proxied!.port;
const written = (value: string): Promise<unknown> => redis.set('k', value).catch(String);
const eventually = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 50 });

describe('Redis and its replica', () => {
  it('fail over to a prefix: what was written after the cut is lost, also for the old primary', async () => {
    await written('kept');
    await pair.inSync();
    await pair.cut();
    expect(await written('lost')).toBe('OK');
    await stack.kill('redis');
    await pair.failOver();
    proxy.retarget('redis', pair.primary.port);
    await eventually(async () => expect(await redis.get('k')).toBe('kept'));
    await written('new');
    await stack.start('redis');
    await pair.rejoin();
    const old = new Redis(pair.replica);
    expect(await old.get('k')).toBe('new');
    old.disconnect();
  });

  it('keep their new roles over a restart, and fail back', async () => {
    await stack.restart('redis-replica');
    await stack.restart('redis');
    await pair.inSync();
    await stack.kill('redis-replica');
    await pair.failOver();
    proxy.retarget('redis', pair.primary.port);
    await eventually(async () => expect(await redis.get('k')).toBe('new'));
    await stack.start('redis-replica');
    await pair.rejoin();
    expect(pair.primary.port).toBe(stack.endpoints.redis.port);
  });
});

describe('Redis', () => {
  it('answers nothing while it is paused, and everything after it', async () => {
    await stack.pause('redis');
    expect(await stack.isRunning('redis')).toBe(true);
    expect(await written('late')).toContain('timed out');
    await stack.resume('redis');
    await eventually(async () => expect(await written('again')).toBe('OK'));
  });

  it('refuses writes while its memory is full', async () => {
    await setMaxmemory(stack.endpoints.redis, Math.floor((await usedMemory(stack.endpoints.redis)) / 2));
    expect(await written('too much')).toContain('OOM');
    await setMaxmemory(stack.endpoints.redis, 0);
    expect(await written('fits')).toBe('OK');
  });

  it('refuses writes while its disk is full, where a disk can be mounted at all', async () => {
    const { disk } = stack.endpoints.redis;
    if (disk === undefined) {
      await expect(openStack({ provider: 'native', services: ['redis'], redisDiskMb: 1 })).rejects.toThrow(
        'MOUNT_REFUSED',
      );
      return;
    }
    expect(await fillDisk(disk)).toBeGreaterThan((DISK_MB / 2) * 1024 * 1024);
    await eventually(async () => expect(await written('x'.repeat(10_000))).toContain('MISCONF'));
    await freeDisk(disk);
    await eventually(async () => expect(await written('fits')).toBe('OK'));
  });
});

describe('a movable clock', () => {
  it('moves what a running process takes for the time, forwards and backwards, and leaves its timers alone', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dragoman-clock-'));
    const clock = await MovableClock.install(directory, () => undefined);
    const script = `setInterval(() => console.log(Date.now(), performance.now()), 50)`;
    const child = spawn(process.execPath, ['-e', script], { env: { ...process.env, ...clock.environment } });
    const readings: { aheadS: number; upMs: number }[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [nowMs, upMs] = line.split(' ').map(Number);
      readings.push({ aheadS: Math.round((nowMs! - Date.now()) / 1_000), upMs: upMs! });
    });
    for (const seconds of [0, 7_200, -3_600]) {
      await clock.move(seconds);
      await vi.waitFor(() => expect(Math.abs(readings.at(-1)!.aheadS - seconds)).toBeLessThan(5), { timeout: 10_000 });
    }
    child.kill();
    await once(child, 'close');
    await rm(directory, { recursive: true });
    const steps = readings.slice(1).map(({ upMs }, i) => upMs - readings[i]!.upMs);
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(Math.max(...steps)).toBeLessThan(5_000);
  });
});
