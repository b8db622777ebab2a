/** Keys of the version before: `{<namespace>:<pipeline>}:...`, where those of now have a slash. Nothing reads them any more. */
import type { Redis } from 'ioredis';
import { redisFailure } from './failure.js';

const KEYS_PER_SCAN = 1_000;

/** Deletes them, in parts; may be broken off and run again. @returns how many were there. */
export async function dropFormerKeys(
  redis: Redis,
  { namespace, pipeline }: { readonly namespace: string; readonly pipeline: string },
): Promise<number> {
  const pattern = `${literally(`{${namespace}:${pipeline}}:`)}*`;
  let dropped = 0;
  let cursor = '0';
  try {
    if (redis.status === 'wait') await redis.connect();
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', KEYS_PER_SCAN);
      if (keys.length > 0) dropped += await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  } catch (cause) {
    throw redisFailure(redis, 'Keys of the version before cannot be deleted', cause);
  }
  return dropped;
}

/** Of a pattern: each sign stands for itself. */
const literally = (text: string): string => text.replace(/[*?[\]\\^]/g, '\\$&');
