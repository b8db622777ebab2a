/**
 * A pipeline that moves to another Kafka cluster, on two real brokers: it runs on one, is moved out in the middle of a recording, its input is mirrored
 * with other offsets, and it is moved in on the other. The events of both clusters together are those of one run over all of it: none is lost,
 * none is there twice, numbers go on.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openStack } from '../stack/stack.js';
import { readRecording, type RecordedRecord } from '../support/recordings.js';
import { retailerRules, Rig } from '../support/rig.js';
import { byOrder, type PublishedEvent, RecordedPipeline, rulesFor } from '../support/servers/recorded-pipeline.js';
import { removeOwn } from '../support/servers/stack-config.js';

const namespace = `moved-${randomUUID().slice(0, 8)}`;
const contract = `${namespace}.fulfillment`;
const SOURCE = 'legacy.';
const recorded = readRecording('postgres/01-lifecycle');
const HALF = Math.floor(recorded.length / 2);
const first = inject('stack');
const redis = new Redis(first.redis);
let directory: string;
let other: Awaited<ReturnType<typeof openOther>>;
let from: RecordedPipeline;
let to: RecordedPipeline;

const openOther = () =>
  openStack({ provider: 'native', services: ['kafka'], isShortLived: true, heapMb: { kafka: 320 } });

beforeAll(async () => {
  directory = rulesFor(contract);
  other = await openOther();
  const common = { directory, namespace, contract };
  from = new RecordedPipeline({ ...common, name: 'from', servers: first });
  to = new RecordedPipeline({ ...common, name: 'to', servers: { ...first, kafka: other.endpoints.kafka } });
  for (const one of [from, to]) {
    await one.admin.connect();
    await one.createSources(recorded);
    expect((await one.cli('topics')).exitCode).toBe(0);
  }
}, 180_000);

afterAll(async () => {
  await removeOwn(from.admin, namespace);
  await removeOwn(from.admin, SOURCE);
  await from.admin.disconnect();
  await to.admin.disconnect();
  await other.down();
  await forgetRedis();
  redis.disconnect();
  rmSync(directory, { recursive: true });
});

async function forgetRedis(): Promise<void> {
  const keys = await redis.keys(`{${namespace}:*`);
  if (keys.length > 0) await redis.del(...keys);
}

async function eventsOf(records: readonly RecordedRecord[]): Promise<readonly PublishedEvent[]> {
  const rig = new Rig(records, { rules: await retailerRules() });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig.published();
}

/** Everything of each partition but the older half of what was decided: those records had expired when the mirror was set up. */
function mirrored(all: readonly RecordedRecord[]): RecordedRecord[] {
  const counts = new Map<string, number>();
  for (const { topic, partition } of recorded.slice(0, HALF))
    counts.set(`${topic}/${partition}`, (counts.get(`${topic}/${partition}`) ?? 0) + 1);
  const seen = new Map<string, number>();
  return all.filter(({ topic, partition }) => {
    const name = `${topic}/${partition}`;
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return n > Math.floor((counts.get(name) ?? 0) / 2);
  });
}

it('goes on elsewhere: nothing is lost, nothing is published twice, numbers go on', async () => {
  const file = join(directory, 'orders.ndjson');
  await from.write(recorded.slice(0, HALF));
  await from.runUntil((await eventsOf(recorded.slice(0, HALF))).length);
  const copied = await from.cli('state', 'export', '--to', join(directory, 'copy.ndjson'));
  expect(copied.exitCode, copied.output).toBe(0);
  const out = await from.cli('state', 'move-out', '--to', file, '--json');
  expect(out.exitCode, out.output).toBe(0);
  await forgetRedis();

  const bare = await to.cli('state', 'move-in', '--from', file);
  expect([bare.exitCode, bare.output]).toEqual([6, expect.stringContaining('SOURCE_GAP')]);
  await to.write(mirrored(recorded));
  const here = await from.cli('state', 'move-in', '--from', file);
  expect([here.exitCode, here.output]).toEqual([6, expect.stringContaining('this very cluster')]);
  const copy = await to.cli('state', 'move-in', '--from', join(directory, 'copy.ndjson'));
  expect([copy.exitCode, copy.output]).toEqual([6, expect.stringContaining('STATE_FILE_INVALID')]);

  const moved = await to.cli('state', 'move-in', '--from', file, '--json');
  expect(moved.exitCode, moved.output).toBe(0);
  const again = await to.cli('state', 'move-in', '--from', file);
  expect([again.exitCode, again.output]).toEqual([6, expect.stringContaining('COMMAND_REFUSED')]);

  const whole = await eventsOf(recorded);
  const before = await from.published();
  expect(before.length).toBeGreaterThan(0);
  await to.runUntil(whole.length - before.length);
  const after = await to.published();
  expect(after.length).toBeGreaterThan(0);
  expect(byOrder([...before, ...after])).toEqual(byOrder(whole));
  expect((await to.cli('state', 'verify')).exitCode).toBe(0);
}, 300_000);
