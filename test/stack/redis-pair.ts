/**
 * A primary and its replica, as an operator without Sentinel handles them: replication is asynchronous, so what the primary
 * acknowledged after the replica was cut off is lost when the replica takes over.
 *
 *     await pair.inSync();
 *     await pair.cut();                      // the replica hears nothing more
 *     ... writes ...                         // acknowledged by the primary, and about to be lost
 *     await stack.kill('redis');
 *     await pair.failOver();                 // the replica is primary now; clients have to be sent to it
 *     await stack.start('redis');
 *     await pair.rejoin();                   // the old primary throws its tail away and follows
 */
import { Redis } from 'ioredis';
import { patiently } from './patience.js';
import type { RedisEndpoint } from './provider.js';
import { StackError } from './stack-error.js';

const syncQuietMaxMs = 30_000;
const pollIntervalMs = 20;

export class RedisPair {
  #primary: RedisEndpoint;
  #replica: RedisEndpoint;

  constructor(primary: RedisEndpoint, replica: RedisEndpoint) {
    this.#primary = primary;
    this.#replica = replica;
  }

  get primary(): RedisEndpoint {
    return this.#primary;
  }

  get replica(): RedisEndpoint {
    return this.#replica;
  }

  /** Resolves when the replica has all that the primary had at the time of the call. @throws StackError REPLICATION_FAILED */
  async inSync(): Promise<void> {
    const { offset: wanted } = await replicationOf(this.#primary);
    let seen = await replicationOf(this.#replica);
    const holds = async (): Promise<boolean> => {
      seen = await replicationOf(this.#replica);
      return seen.role === 'slave' && seen.linked && seen.offset >= wanted;
    };
    const signs = (): number => seen.offset;
    if (await patiently({ holds, signs, quietMaxMs: syncQuietMaxMs, pollMs: pollIntervalMs })) return;
    const { role, linked, offset } = seen;
    throw new StackError(
      'REPLICATION_FAILED',
      `the replica (${role}, link ${linked ? 'up' : 'down'}) is at ${offset}, not at ${wanted}, and moved no more for ${syncQuietMaxMs / 1000} s`,
    );
  }

  /** The replica stops following and keeps what it has; nobody is sent to it yet. */
  async cut(): Promise<void> {
    await controlling(this.#replica, async (redis) => {
      await redis.replicaof('NO', 'ONE');
      await redis.config('REWRITE');
    });
  }

  /** Makes the replica the primary. Send the clients there: to {@link primary}, or by `retarget` of the proxy. */
  async failOver(): Promise<void> {
    await this.cut();
    [this.#primary, this.#replica] = [this.#replica, this.#primary];
  }

  /** The one that is not primary follows it again: it loses what only it has. Resolves when it has everything. */
  async rejoin(): Promise<void> {
    const { host, port } = this.#primary;
    await controlling(this.#replica, async (redis) => {
      await redis.replicaof(host, port);
      await redis.config('REWRITE');
    });
    await this.inSync();
  }
}

/** 0 takes the limit away. With `noeviction` a full Redis refuses writes (OOM). */
export async function setMaxmemory(endpoint: RedisEndpoint, bytes: number): Promise<void> {
  await controlling(endpoint, (redis) => redis.config('SET', 'maxmemory', String(bytes)));
}

/** Resolves when the append-only file was begun anew. */
export async function rewriteAof(endpoint: RedisEndpoint): Promise<void> {
  await controlling(endpoint, async (redis) => {
    await redis.bgrewriteaof();
    const isOver = async (): Promise<boolean> => {
      const text = await redis.info('persistence');
      return field(text, 'aof_rewrite_in_progress') === '0' && field(text, 'aof_rewrite_scheduled') === '0';
    };
    const isDone = await patiently({
      holds: isOver,
      signs: () => 0,
      quietMaxMs: syncQuietMaxMs,
      pollMs: pollIntervalMs,
    });
    if (!isDone) throw new StackError('NOT_READY', 'the append-only file of Redis was not begun anew');
  });
}

/** Bytes that count against `maxmemory`; they come and go with connections, so a limit well below them is reached for sure. */
export function usedMemory(endpoint: RedisEndpoint): Promise<number> {
  return controlling(endpoint, async (redis) => {
    const text = await redis.info('memory');
    return Number(field(text, 'used_memory')) - Number(field(text, 'mem_not_counted_for_evict'));
  });
}

interface Replication {
  readonly role: string;
  readonly linked: boolean;
  /** Bytes of the replication stream that it has written (primary) or applied (replica). */
  readonly offset: number;
}

async function replicationOf(endpoint: RedisEndpoint): Promise<Replication> {
  const text = await controlling(endpoint, (redis) => redis.info('replication'));
  const role = field(text, 'role');
  return {
    role,
    linked: field(text, 'master_link_status') === 'up',
    offset: Number(field(text, role === 'slave' ? 'slave_repl_offset' : 'master_repl_offset')),
  };
}

const field = (text: string, name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? '';

/** One connection for one call. @throws StackError NOT_READY when the server cannot be reached. */
async function controlling<T>({ host, port }: RedisEndpoint, call: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host, port, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined); // it reaches the caller by the command
  try {
    await redis.connect();
    return await call(redis);
  } catch (error) {
    throw new StackError('NOT_READY', `Redis at ${host}:${port} did not carry out a command`, error);
  } finally {
    redis.disconnect();
  }
}
