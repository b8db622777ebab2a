/** Keys of the version before are deleted, and no other ones. */
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { dropFormerKeys } from '../../../../src/adapters/redis/former-keys.js';

/** A server that gives one page of keys after the other. */
function redisOf(pages: readonly (readonly string[])[]): { redis: Redis; asked: unknown[]; unlinked: string[] } {
  const asked: unknown[] = [];
  const unlinked: string[] = [];
  const redis = {
    status: 'ready',
    scan: (cursor: string, ...how: unknown[]) => {
      asked.push(how);
      const next = Number(cursor) + 1;
      return Promise.resolve([next < pages.length ? String(next) : '0', [...(pages[Number(cursor)] ?? [])]]);
    },
    unlink: (...keys: string[]) => {
      unlinked.push(...keys);
      return Promise.resolve(keys.length);
    },
  } as unknown as Redis;
  return { redis, asked, unlinked };
}

it('page by page, an empty one in between too', async () => {
  const { redis, asked, unlinked } = redisOf([['{n:p}:marker', '{n:p}:order:1'], [], ['{n:p}:parked']]);
  expect(await dropFormerKeys(redis, { namespace: 'n', pipeline: 'p' })).toBe(3);
  expect(unlinked).toEqual(['{n:p}:marker', '{n:p}:order:1', '{n:p}:parked']);
  expect(asked[0]).toEqual(['MATCH', '{n:p}:*', 'COUNT', 1_000]);
});

it('by a pattern in which the names of namespace and pipeline mean themselves', async () => {
  const { redis, asked } = redisOf([[]]);
  expect(await dropFormerKeys(redis, { namespace: 'a*[b]', pipeline: 'c?' })).toBe(0);
  expect(asked[0]).toContain('{a\\*\\[b\\]:c\\?}:*');
});

it('fails as Redis does', async () => {
  const { redis } = redisOf([['{n:p}:marker']]);
  const failing = Object.assign(redis, { unlink: () => Promise.reject(new Error('NOPERM unlink')) });
  await expect(dropFormerKeys(failing, { namespace: 'n', pipeline: 'p' })).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
  });
});
