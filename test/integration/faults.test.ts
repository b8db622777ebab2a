/**
 * A small part of `npm run faults`, on servers of its own: three brokers, Redis with a replica, everything of Dragoman through
 * proxies. Owners are killed while one more table is deployed, one is frozen until it is a zombie, a broker is killed, Redis loses
 * the newest it had.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cleanup } from '../e2e/cleanup.js';
import { errorCount } from '../faults/check.js';
import { cases } from '../faults/report.js';
import { runFaults, type FaultsResult } from '../faults/run.js';
import { SERVERS } from '../faults/stack.js';
import { openStack } from '../stack/stack.js';

/** About 130 s on a quiet machine. */
const RUN_MAX_MS = 900_000;
const STRIKES_MAX_MS = 300_000;
const quiet = { afterMs: 2_000 };

const cleanup = new Cleanup();
const directory = await mkdtemp(join(tmpdir(), 'dragoman-faults-'));
let result: FaultsResult;

beforeAll(async () => {
  const stack = await openStack({ ...SERVERS, isShortLived: true });
  cleanup.add(() => stack.down());
  const plan = [
    { kind: 'rolling-deployment-table+dragoman-kill', ...quiet },
    { kind: 'dragoman-zombie', ...quiet },
    { kind: 'broker-kill', ...quiet },
    { kind: 'redis-failover', ...quiet },
  ] as const;
  const load = { seed: 21, rate: 100, connections: 4, strikesMs: STRIKES_MAX_MS, nemeses: [] };
  result = await runFaults(
    { ...load, plan },
    { stack, directory, cleanup, stackGoesToo: true, say: (line) => console.error(`faults: ${line}`) },
  );
}, RUN_MAX_MS);

afterAll(async () => {
  await cleanup.run();
  await rm(directory, { recursive: true });
});

describe('a deployment under fire', () => {
  it('publishes every event once, whole, in order, with the right content', () => {
    expect(cases(result, 3)).toBe('');
    expect(errorCount(result.findings)).toBe(0);
    expect(result.counts['events checked']).toBeGreaterThan(200);
    expect(result.counts['events checked']).toBe(result.counts['events expected']);
  });

  it('is well again after each fault', () => {
    const [pair, ...single] = result.rows;
    expect(pair?.recoveredMs).toHaveLength(1);
    expect(pair?.togetherMs[0]).toBeGreaterThan(0);
    expect(single.map(({ nemesis, times, recoveredMs }) => [nemesis, times, recoveredMs.length])).toEqual([
      ['dragoman-zombie', 1, 1],
      ['broker-kill', 1, 1],
      ['redis-failover', 2, 1],
    ]);
  });

  it('was really hit: members were started again, and Redis was brought forward from the state topic', () => {
    expect(result.counts['starts of Dragoman']).toBeGreaterThanOrEqual(5);
    expect(result.counts['restores of Redis, part']).toBeGreaterThan(0);
  });
});
