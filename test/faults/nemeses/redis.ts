/** Faults of Redis: all of it, the newest of it, or room for more of it goes. */
import { setTimeout as delay } from 'node:timers/promises';
import { flushAll } from '../../e2e/faults.js';
import { E2eError } from '../../e2e/e2e-error.js';
import { fillDisk, freeDisk } from '../../stack/native/disk.js';
import { rewriteAof, setMaxmemory, usedMemory } from '../../stack/redis-pair.js';
import type { Arena, Nemesis } from '../nemesis.js';

const DOWN_MIN_MS = 500;
const DOWN_MAX_MS = 5_000;
const TAIL_MIN_MS = 500;
const TAIL_MAX_MS = 4_000;
const FULL_MS = 8_000;

export const killRedis: Nemesis = {
  does: 'kill -9 of the primary; it comes back after up to 5 s with what it had written to disk',
  async strike({ stack, redis, random }) {
    await stack.kill(redis.part);
    await delay(random.int(DOWN_MIN_MS, DOWN_MAX_MS));
    await stack.start(redis.part);
    return 1;
  },
};

export const flushRedis: Nemesis = {
  does: 'FLUSHALL: everything that Redis held is gone',
  async strike({ redis }) {
    await flushAll(redis.pair.primary);
    return 1;
  },
};

export const failOverRedis: Nemesis = {
  does: 'the replica is cut off, writes go on for up to 4 s, the primary is killed and the replica takes over: acknowledged writes are lost; then the same back again',
  async strike(arena) {
    await failOver(arena);
    await arena.pulse.firstSince(Date.now(), FULL_MS);
    await failOver(arena);
    return 2;
  },
};

export const fillRedisMemory: Nemesis = {
  does: 'maxmemory is set to what Redis uses: it refuses writes (OOM) for 8 s',
  async strike({ redis: { pair } }) {
    await setMaxmemory(pair.primary, await usedMemory(pair.primary));
    await delay(FULL_MS);
    await setMaxmemory(pair.primary, 0);
    return 1;
  },
};

export const fillRedisDisk: Nemesis = {
  does: "the disk with Redis's append-only file is full: it refuses writes (MISCONF) for 8 s",
  async strike({ stack }) {
    const { disk } = stack.endpoints.redis;
    if (disk === undefined) throw new E2eError('USAGE', 'the stack was not given a disk for Redis (redisDiskMb)');
    await fillDisk(disk);
    await delay(FULL_MS);
    await freeDisk(disk);
    // What a short write left in it can keep Redis 7.0 from loading the file after a kill: the operator begins it anew.
    await rewriteAof(stack.endpoints.redis);
    return 1;
  },
};

async function failOver({ stack, redis, random }: Arena): Promise<void> {
  const { pair } = redis;
  await pair.inSync();
  await pair.cut();
  await delay(random.int(TAIL_MIN_MS, TAIL_MAX_MS));
  const former = redis.part;
  await stack.kill(former);
  await pair.failOver();
  redis.proxy.retarget('redis', pair.primary.port);
  await delay(random.int(DOWN_MIN_MS, DOWN_MAX_MS));
  await stack.start(former);
  await pair.rejoin();
}
