/**
 * Redis with TLS, client certificates and an ACL user, on real servers with certificates of this run. The user is the one that
 * `docs/security.md` lists: it does all that the store promises, and each command that is taken away is named.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { redisClient } from '../../src/adapters/redis/client.js';
import { RedisStore } from '../../src/adapters/redis/store.js';
import { checkRedis } from '../../src/adapters/redis/suitability.js';
import { loadConfig } from '../../src/config/load.js';
import type { RedisConfig } from '../../src/config/schema.js';
import type { Cell } from '../../src/pipeline/ports.js';
import { storePromises } from '../contract/store.js';
import { redisUserLine } from '../support/project/security-lists.js';
import { refusalOf } from '../support/refusal.js';
import { type Authority, type Certificate, makeAuthority } from '../support/servers/certificates.js';
import { openSecuredRedis, openSentinel, type SecuredRedis } from '../support/servers/secured-servers.js';

const folder = mkdtempSync(join(tmpdir(), 'dragoman-security-redis-'));
const CANARY = 'canary-7f3a';
const login = { username: 'dragoman', password: `${CANARY}-redis` };
const PASSPHRASE = `${CANARY}-passphrase`;

let ours: Authority;
let theirs: Authority;
let client: Certificate;
let redis: SecuredRedis;
const others: SecuredRedis[] = [];
/** What errors said. */
let said = '';

beforeAll(async () => {
  [ours, theirs] = [makeAuthority(folder, 'ours'), makeAuthority(folder, 'theirs')];
  client = ours.issue('client', { names: 'DNS:dragoman', passphrase: PASSPHRASE });
  const control = ours.issue('control', { names: 'DNS:control' });
  const user = { acl: redisUserLine(), login };
  const here = { names: 'DNS:localhost' };
  redis = await openSecuredRedis(ours, ours.issue('redis', here), control, user);
  for (const certificate of [
    ours.issue('old', { ...here, expired: true }),
    ours.issue('away', { names: 'DNS:redis.elsewhere.example' }),
  ])
    others.push(await openSecuredRedis(ours, certificate, control, user));
});

afterAll(async () => {
  await Promise.all([redis, ...others].map((server) => server.down()));
  rmSync(folder, { recursive: true });
});

function settings(changes: Partial<RedisConfig> = {}): RedisConfig {
  const { config } = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });
  const { certFile, keyFile } = client;
  const tls = { enabled: false, caFile: ours.caFile, certFile, keyFile, keyPassphrase: PASSPHRASE };
  return { ...config.redis, url: `rediss://localhost:${redis.port}`, ...login, tls, ...changes };
}

const refusal = async (attempt: () => Promise<unknown>): Promise<string> => {
  const text = await refusalOf(attempt);
  said += `${text}\n`;
  return text;
};

const asked = (changed: RedisConfig) => async (): Promise<void> => {
  const connection = redisClient(changed);
  try {
    await checkRedis(connection);
  } finally {
    connection.disconnect();
  }
};

describe('Redis over TLS', () => {
  const tls = (changes: object): RedisConfig => settings({ tls: { ...settings().tls, ...changes } });
  const away = (server: SecuredRedis, host = 'localhost') => settings({ url: `rediss://${host}:${server.port}` });

  it('lets its user in with a client certificate', async () => {
    await asked(settings())();
    await asked(settings({ url: `redis://localhost:${redis.port}`, tls: { ...settings().tls, enabled: true } }))();
  });

  it.each<[string, () => RedisConfig, RegExp]>([
    ['another authority', () => tls({ caFile: theirs.caFile }), /CERTIFICATE_REFUSED.*no authority that we know/],
    ['a certificate that has expired', () => away(others[0]!), /CERTIFICATE_REFUSED.*has expired/],
    ['a certificate of another host', () => away(others[1]!), /CERTIFICATE_REFUSED.*for another host/],
    [
      'an address that the certificate does not name',
      () => away(redis, '127.0.0.1'),
      /CERTIFICATE_REFUSED.*for another host/,
    ],
    [
      'no certificate where one is wanted',
      () => tls({ certFile: null, keyFile: null }),
      /CERTIFICATE_REFUSED.*client certificate/,
    ],
    ['a wrong password', () => settings({ password: `${CANARY}-wrong` }), /ACCESS_DENIED.*WRONGPASS/],
    ['no password', () => settings({ username: null, password: null }), /ACCESS_DENIED.*NOAUTH/],
  ])('refuses %s', async (_, changed, text) => {
    // A server may close before its last words are read.
    await expect.poll(() => refusal(asked(changed())), { timeout: 20_000 }).toMatch(text);
  });

  it('is found by a sentinel that wants the same certificates, and by no other', async () => {
    const sentinel = await openSentinel(ours, ours.issue('sentinel', { names: 'DNS:localhost' }), redis);
    try {
      const named = { name: 'main', nodes: [`localhost:${sentinel.port}`], password: null };
      const secure = { ...settings().tls, enabled: true };
      const asking = () => refusal(asked(settings({ sentinel: named, tls: secure })));
      await expect.poll(asking, { timeout: 20_000, interval: 250 }).toBe('none');
      const strange = settings({ sentinel: named, tls: { ...secure, caFile: theirs.caFile } });
      expect(await refusal(asked(strange))).toMatch(/CERTIFICATE_REFUSED|REDIS_UNAVAILABLE/);
    } finally {
      await sentinel.down();
    }
  });

  it('needs exactly the commands of the list', async () => {
    expect(await refusal(usingRedis)).toBe('none');
    for (const command of redisUserLine().match(/(?<= \+)\S+/g) ?? []) {
      await redis.control.call('ACL', 'SETUSER', 'dragoman', `-${command}`);
      await redis.control.call('SCRIPT', 'FLUSH'); // so that EVAL is needed, too
      await redis.control.call('FLUSHALL');
      const words = await refusal(usingRedis);
      await redis.control.call('ACL', 'SETUSER', 'dragoman', `+${command}`);
      expect(words, command).toMatch(new RegExp(`ACCESS_DENIED.*\\b${command}\\b`, 'i'));
    }
  });

  it('needs no key but those of its namespace', async () => {
    const store = new RedisStore(redisClient(settings()), { namespace: 'other', pipeline: 'orders' });
    expect(await refusal(() => store.marker())).toMatch(/ACCESS_DENIED.*NOPERM/);
    await store.close();
  });

  /** All that a task does with Redis. */
  async function usingRedis(): Promise<void> {
    await asked(settings())();
    const store = new RedisStore(redisClient(settings()), { namespace: 'dragoman', pipeline: 'try' });
    const cell = { hash: 'order:1', field: '' };
    try {
      const first = await store.marker();
      await store.save(first, 'one', [{ ...cell, value: '{}' }]);
      await store.load('one', ['order:1']);
      await store.scan('one', null);
      await store.scanFields('one', 'order:1', null);
      await store.save('one', 'two', [{ ...cell, value: null }]);
      await store.beginRestore('two', 'restore', null);
      await store.endRestore('restore', 'three', new Map());
    } finally {
      await store.close();
    }
  }
});

describe('the store of the listed user', () => {
  const opened: RedisStore[] = [];
  let worlds = 0;
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  async function opening(pipeline: string): Promise<RedisStore> {
    const store = new RedisStore(redisClient(settings()), { namespace: 'dragoman', pipeline });
    opened.push(store);
    await store.marker();
    return store;
  }

  it('writes all of it or nothing when Redis is full, and makes room for a restore', async () => {
    const store = await opening('full');
    const cell = (hash: string, value: string | null): Cell => ({ hash, field: 'a', value });
    await redis.control.flushall();
    await store.save(null, 'old', [cell('order:1', '1'), cell('order:2', '1')]);
    await redis.control.config('SET', 'maxmemory', '1');
    try {
      const both = store.save('old', 'new', [cell('order:1', null), cell('order:2', '2')]);
      await expect(both).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
      const one = new Map([['a', '1']]);
      expect(await store.load('old', ['order:1', 'order:2'])).toEqual([one, one]);
      expect((await store.scan('old', null)).hashes).toHaveLength(2);
      await store.save('old', 'new', [cell('order:1', null)]);
      expect(await store.beginRestore('new', 'restore', null)).toEqual(new Map());
      expect(await redis.control.keys('*')).toEqual(['{dragoman:full}/~marker']);
    } finally {
      await redis.control.config('SET', 'maxmemory', '0');
    }
  });

  storePromises(async () => {
    const pipeline = `promises-${(worlds += 1)}`;
    const connect = (): Promise<RedisStore> => opening(pipeline);
    const lose = async (): Promise<void> => {
      await redis.control.flushall();
    };
    return { store: await connect(), other: await connect(), lose };
  });
});

describe('what was said meanwhile', () => {
  it('holds no password and no passphrase', () => {
    expect(said).toMatch(/WRONGPASS/);
    expect(said).not.toContain(CANARY);
  });
});
