/**
 * A pipeline of two shards on real servers, and what the commands say of it; then with four shards in another namespace of the same cluster. The
 * events of both together are those of one run over all of the recording.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readRecording, type RecordedRecord } from '../support/recordings.js';
import { retailerRules, Rig } from '../support/rig.js';
import { jsonIn } from '../support/servers/kept-orders.js';
import { byOrder, type PublishedEvent, RecordedPipeline, rulesFor } from '../support/servers/recorded-pipeline.js';
import { removeOwn } from '../support/servers/stack-config.js';

const prefix = `shards-${randomUUID().slice(0, 8)}`;
const contract = `${prefix}.fulfillment`;
const recorded = readRecording('postgres/01-lifecycle');
const HALF = Math.floor(recorded.length / 2);
const servers = inject('stack');
const redis = new Redis(servers.redis);
const more = { journal: { partitions: 4 }, topics: { partitions: 4 } };
let directory: string;
let two: RecordedPipeline;
let four: RecordedPipeline;

beforeAll(async () => {
  directory = rulesFor(contract);
  const common = { directory, contract, servers, more };
  two = new RecordedPipeline({ ...common, name: 'two', namespace: `${prefix}-2`, shards: 2 });
  four = new RecordedPipeline({ ...common, name: 'four', namespace: `${prefix}-4`, shards: 4 });
  await Promise.all([two.admin.connect(), four.admin.connect()]);
  await two.createSources(recorded);
  for (const one of [two, four]) expect((await one.cli('topics')).exitCode).toBe(0);
}, 180_000);

afterAll(async () => {
  await removeOwn(two.admin, prefix);
  await removeOwn(two.admin, 'legacy.');
  await Promise.all([two.admin.disconnect(), four.admin.disconnect()]);
  await forgetRedis();
  redis.disconnect();
  rmSync(directory, { recursive: true });
});

async function forgetRedis(): Promise<void> {
  const keys = await redis.keys(`{${prefix}-*`);
  if (keys.length > 0) await redis.del(...keys);
}

async function eventsOf(records: readonly RecordedRecord[]): Promise<readonly PublishedEvent[]> {
  const rig = new Rig(records, { rules: await retailerRules() });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig.published();
}

async function told(of: RecordedPipeline, ...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, output } = await of.cli(...args, '--json');
  expect([exitCode, output]).toEqual([0, expect.any(String)]);
  return jsonIn(output);
}

it('is one pipeline to the commands, and goes on with another number of shards', async () => {
  await two.write(recorded.slice(0, HALF));
  const half = await eventsOf(recorded.slice(0, HALF));
  expect(half.length).toBeGreaterThan(0);
  await two.runUntil(half.length, async (member) => {
    // The recording is cut in the middle of one: each shard lacks the same rows of it.
    const { held } = await told(two, 'transactions', 'list', '--member', member.httpUrl);
    for (const each of held as unknown[]) expect(each).toMatchObject({ tasks: ['orders.0', 'orders.1'] });
    expect(await told(two, 'parked', 'list')).toMatchObject({ total: 0 });
    const known = await two.cli('tables', 'known', 'legacy', '--all', '--reason', 'they were empty');
    expect(known.output).toMatch(/All tables are known already|applied/);
    const { output } = await two.cli('doctor', '--member', member.httpUrl);
    for (const line of [/ok +PROGRESS orders\.0/, /ok +PROGRESS orders\.1/, /ok +STORE_FOLLOWS orders\.1/])
      expect(output).toMatch(line);
  });
  expect(byOrder(await two.published())).toEqual(byOrder(half));

  const stats = await told(two, 'state', 'stats');
  expect(stats.shards).toMatchObject([{ task: 'orders.0' }, { task: 'orders.1' }]);
  expect(await told(two, 'state', 'verify')).toMatchObject({ findings: [] });
  const copy = join(directory, 'copy.ndjson');
  await told(two, 'state', 'export', '--to', copy);
  await forgetRedis();
  await told(two, 'state', 'import', '--from', copy);
  expect(await told(two, 'state', 'verify')).toMatchObject({ findings: [] });

  const file = join(directory, 'orders.ndjson');
  expect(await told(two, 'state', 'move-out', '--to', file)).toMatchObject({ atOnePlace: true });
  const here = await two.cli('state', 'move-in', '--from', file);
  expect([here.exitCode, here.output]).toEqual([6, expect.stringContaining('another number of shards')]);
  await told(four, 'state', 'move-in', '--from', file);
  await two.write(recorded.slice(HALF));
  const whole = await eventsOf(recorded);
  await four.runUntil(whole.length);
  expect(byOrder(await four.published())).toEqual(byOrder(whole));
  expect(await told(four, 'state', 'verify')).toMatchObject({ findings: [] });
}, 300_000);
