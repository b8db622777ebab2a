/** Refuses a Redis that may forget single keys: state would then be wrong without a sign (design 2.2, rule R5). */
import type { Redis } from 'ioredis';
import { DragomanError } from '../../errors.js';
import { redisFailure } from './failure.js';

const VERSION_MIN = [6, 2] as const;

/** What `INFO` says, as far as it matters here. */
export interface RedisFacts {
  readonly version: string;
  readonly role: string;
  /** `standalone`, `cluster` or `sentinel`. */
  readonly mode: string;
  readonly evictionPolicy: string;
  readonly evictedKeys: number;
  readonly persistent: boolean;
}

/** `INFO` works where managed services forbid `CONFIG`. @throws DragomanError REDIS_UNAVAILABLE, ACCESS_DENIED, CERTIFICATE_REFUSED */
export async function redisFacts(redis: Redis): Promise<RedisFacts> {
  try {
    if (redis.status === 'wait') await redis.connect();
    const facts = new Map(
      (await redis.info()).split('\r\n').map((line): [string, string] => {
        const [name = '', value = ''] = line.split(':', 2);
        return [name, value];
      }),
    );
    const hasSnapshots = await redis.config('GET', 'save').then(
      (reply) => Array.isArray(reply) && reply[1] !== '' && reply[1] !== undefined,
      () => true,
    );
    return {
      version: facts.get('valkey_version') ?? facts.get('redis_version') ?? '0',
      role: facts.get('role') ?? '',
      mode: facts.get('server_mode') ?? facts.get('redis_mode') ?? 'standalone',
      evictionPolicy: facts.get('maxmemory_policy') ?? 'noeviction',
      evictedKeys: Number(facts.get('evicted_keys') ?? 0),
      persistent: facts.get('aof_enabled') === '1' || hasSnapshots,
    };
  } catch (cause) {
    throw redisFailure(redis, 'Redis cannot be asked about itself', cause);
  }
}

/** Pure. Every reason at once. */
export function redisProblems({ version, role, mode, evictionPolicy, evictedKeys }: RedisFacts): string[] {
  const problems: string[] = [];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1])) {
    problems.push(`version ${version} is older than ${VERSION_MIN.join('.')}`);
  }
  if (mode === 'cluster')
    problems.push(
      'it is a node of a Redis Cluster (redis_mode cluster), which is not supported: the keys of a pipeline are on one node, and move ' +
        'from it without a word; use one primary with replicas, and redis.sentinel to follow it',
    );
  if (mode === 'sentinel')
    problems.push(
      'it is a sentinel (redis_mode sentinel), which holds no keys; name it in redis.sentinel, not in redis.url',
    );
  else if (role !== 'master')
    problems.push(`it is a replica (role ${role}); point redis.url to the primary, or use redis.sentinel`);
  if (evictionPolicy !== 'noeviction') {
    problems.push(`maxmemory-policy is ${evictionPolicy}, so states may vanish one by one; set it to noeviction`);
  } else if (evictedKeys > 0)
    problems.push(`it has evicted ${evictedKeys} keys since it started; flush it and restart Dragoman`);
  return problems;
}

/** @throws DragomanError REDIS_UNSUITABLE naming everything that has to change. */
export async function checkRedis(redis: Redis): Promise<RedisFacts> {
  const facts = await redisFacts(redis);
  const problems = redisProblems(facts);
  if (problems.length === 0) return facts;
  throw new DragomanError('REDIS_UNSUITABLE', `This Redis cannot hold the state: ${problems.join('; ')}.`, {
    details: { problems },
  });
}
