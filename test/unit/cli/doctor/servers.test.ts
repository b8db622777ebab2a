/** What the doctor says of brokers, Redis, clocks and the marker, and how it ends. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitOf } from '../../../../src/cli/doctor/doctor.js';
import { bad, CHECKS, lineText, ok, unknown } from '../../../../src/cli/doctor/line.js';
import { judgeMarker } from '../../../../src/cli/doctor/redis.js';
import { clock, judgeBrokers, judgeRedis, type RedisLook } from '../../../../src/cli/doctor/servers.js';
import { encodeMarker } from '../../../../src/pipeline/state/marker.js';

const complaints = (lines: readonly { level: string; check: string }[]): string[] =>
  lines.filter(({ level }) => level !== 'ok').map(({ level, check }) => `${level} ${check}`);

describe('brokers', () => {
  const settings = new Map([
    ['transaction.max.timeout.ms', '900000'],
    ['group.coordinator.rebalance.protocols', 'classic'],
    ['offsets.retention.minutes', '10080'],
  ]);
  const needs = { transactionTimeoutMs: 30_000 };
  const judge = (more: readonly (readonly [string, string])[], brokers = 3): string[] =>
    complaints(judgeBrokers(new Map([...settings, ...more]), brokers, needs));

  it('that are fit are well', () => {
    expect(judge([])).toEqual([]);
  });

  it('are told what is wrong', () => {
    expect(judge([['offsets.retention.minutes', '1440']])).toEqual(['warn OFFSETS_RETENTION']);
    expect(judge([['unclean.leader.election.enable', 'true']])).toEqual(['fail BROKER_SETTINGS']);
    expect(judge([['transaction.max.timeout.ms', '1000']])).toEqual(['fail BROKER_SETTINGS']);
    expect(judge([], 1)).toEqual(['warn BROKER_COUNT']);
  });

  it('that may not be asked are not called well', () => {
    expect(complaints(judgeBrokers(null, 3, needs))).toEqual(['unknown BROKER_SETTINGS']);
  });
});

describe('Redis', () => {
  const look: RedisLook = {
    version: '7.2.4',
    role: 'master',
    mode: 'standalone',
    evictionPolicy: 'noeviction',
    evictedKeys: 0,
    persistent: true,
    usedBytes: 1e6,
    maxBytes: 1e8,
    replicas: 1,
    pingMs: 0.4,
    aheadMs: 2,
  };

  it('that is fit is well', () => {
    expect(complaints(judgeRedis('r', look))).toEqual([]);
  });

  it.each<[Partial<RedisLook>, string]>([
    [{ role: 'slave' }, 'fail REDIS_FIT'],
    [{ mode: 'cluster' }, 'fail REDIS_FIT'],
    [{ mode: 'sentinel', role: '' }, 'fail REDIS_FIT'],
    [{ evictionPolicy: 'allkeys-lru' }, 'fail REDIS_FIT'],
    [{ version: '5.0.1' }, 'fail REDIS_FIT'],
    [{ persistent: false }, 'warn REDIS_PERSISTENCE'],
    [{ usedBytes: 8.5e7 }, 'warn REDIS_MEMORY'],
    [{ usedBytes: 9.9e7 }, 'fail REDIS_MEMORY'],
    [{ replicas: 0 }, 'warn REDIS_REPLICAS'],
    [{ pingMs: 80 }, 'warn REDIS_LATENCY'],
    [{ aheadMs: -60_000 }, 'warn CLOCK_REDIS'],
  ])('with %j: %s', (change, complaint) => {
    expect(complaints(judgeRedis('r', { ...look, ...change }))).toEqual([complaint]);
  });

  it('is well without maxmemory', () => {
    expect(complaints(judgeRedis('r', { ...look, maxBytes: 0 }))).toEqual([]);
  });
});

describe('the marker', () => {
  const marker = encodeMarker({ cluster: 'c', commit: 7, timeMs: 1, state: [4, 5] });

  it.each([
    ['where the state topic is', marker, 'c', [4, 9], 'ok'],
    [
      'in the middle of a restore',
      encodeMarker({ cluster: 'c', commit: 7, timeMs: 1, state: [4, 5], restoring: true }),
      'c',
      [4, 9],
      'warn',
    ],
    ['missing', null, 'c', [4, 9], 'warn'],
    ['of another cluster', marker, 'd', [4, 9], 'fail'],
    ['ahead of the state topic', marker, 'c', [3, 9], 'fail'],
    ['where the state topic is not known', marker, null, undefined, 'ok'],
  ] as const)('%s', (_, text, cluster, end, level) => {
    expect(judgeMarker('orders', text, cluster, end)).toMatchObject({ level, check: 'STORE_FOLLOWS' });
  });
});

describe('the doctor', () => {
  const fine = ok('LAG', 'orders', '0 behind');
  const warning = bad('warn', 'LAG', 'orders', 'x', 'y');

  it('ends well with warnings and with what is not known, with 3 on a failure, with 5 when a server is away', () => {
    expect(exitOf([fine, warning, unknown('HELD', 'orders', 'nobody answered')])).toBe(0);
    expect(exitOf([fine, bad('fail', 'LAG', 'orders', 'x', 'y')])).toBe(3);
    expect(exitOf([fine, bad('fail', 'KAFKA_REACHED', 'k', 'x', 'y')])).toBe(5);
    expect(exitOf([bad('fail', 'LAG', 'o', 'x', 'y'), bad('fail', 'REDIS_REACHED', 'r', 'x', 'y')])).toBe(5);
  });

  it('says what was seen and what to do', () => {
    expect(lineText(warning)).toBe('warn LAG orders: x -> y');
    expect(lineText(unknown('HELD', 'orders', 'nobody answered'))).toBe('?    HELD orders: not known: nobody answered');
    expect(clock('CLOCK_KAFKA', 't', 6_000).level).toBe('warn');
  });

  it('has all its checks explained, and no other', () => {
    const text = readFileSync('docs/doctor.md', 'utf8');
    const explained = [...text.matchAll(/^\| `([A-Z_]+)`/gm)]
      .map(([, check]) => check)
      .filter((check) => check !== 'FAIL');
    expect(explained).toEqual([...CHECKS]);
  });
});
