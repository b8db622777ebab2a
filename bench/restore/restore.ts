/**
 * Restore: the state topic holds the cells of many aggregates, Redis is empty, then one Dragoman process starts. From its start to the
 * moment at which its task runs, by its own log. It has run before on the same topics, so that offsets and progress are there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Cell } from '../../src/pipeline/ports.js';
import { cellOf } from '../../src/pipeline/state/cells.js';
import { internalTopics } from '../../src/pipeline/state/records.js';
import type { Backlog } from '../backlog/backlog.js';
import { BenchError } from '../bench-error.js';
import { NAMESPACE } from '../dragoman/config-file.js';
import { DragomanProcess } from '../../test/dragoman/process.js';
import { cpuAt, peakMemoryMb, usageOf } from '../dragoman/usage.js';
import { runBefore } from '../drain/drain.js';
import { profiling, readProfile, type TakenProfile } from '../drain/profile.js';
import type { Ground } from '../ground.js';
import { readValues } from '../kafka/read-events.js';
import { say } from '../say.js';
import { checkStates, type RestoredStates } from './check.js';
import { type Filled, fillState, lastOf } from './fill.js';
import { writeProgress } from './progress.js';
import { type Stored, templatesOf } from './template.js';

export interface RestoreResult {
  readonly aggregates: number;
  readonly filled: Filled;
  /** From the start of the process to the state `running`. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly redisCpuSeconds: number;
  readonly peakMemoryMb: number | null;
  readonly redisMemoryMb: number;
  readonly states: RestoredStates;
  /** Warnings and errors in Dragoman's log, the first few. */
  readonly troubles: readonly string[];
  readonly profile: TakenProfile | null;
}

export interface RestoreOptions {
  readonly aggregates: number;
  /** Folder to keep a CPU profile in; null: none is taken. */
  readonly profiles: string | null;
}

/** `orders` is the pipeline of `config-file.ts`. */
const TOPICS = internalTopics(NAMESPACE, 'orders');
const PREFIX = `{${NAMESPACE}:orders}/`;
/** Source transactions that are translated first, for aggregates of every form. */
const TRANSACTIONS = 2_000;
/** Lets the broker write what it was given before anything is measured. */
const SETTLE_MS = 2_000;
/** Slowest restore that is waited for. */
const AGGREGATES_PER_SECOND_MIN = 500;

/** @throws BenchError EVENTS_LATE, BROKER_REFUSED; ProcessError*/
export async function restore(
  ground: Ground,
  backlog: Backlog,
  { aggregates, profiles }: RestoreOptions,
): Promise<RestoreResult> {
  const { broker, build, config } = ground;
  await runBefore(ground, backlog, TRANSACTIONS);
  const templates = templatesOf(await storedCells(broker));
  if (templates.length === 0) throw new BenchError('EVENTS_LATE', 'the state topic has no orders to make others of');
  const filling = { broker, topic: TOPICS.state, templates, aggregates };
  const filled = await fillState(filling);
  await writeProgress(broker, TOPICS);
  const { cells, seconds } = filled;
  say(`the state topic has ${cells} records more, made of ${templates.length} orders, in ${seconds.toFixed(0)} s`);
  const { host, port } = ground.stack.endpoints.redis;
  const redis = new Redis({ host, port });
  try {
    await redis.flushall();
    await delay(SETTLE_MS);
    const redisCpuBefore = await redisCpuSeconds(redis);
    const folder = join(ground.directory, 'profile');
    const flags = profiles === null ? [] : profiling(folder);
    const dragoman = new DragomanProcess({ configFile: config, entry: [...flags, build.entry] });
    try {
      const runningMs = await dragoman.untilRunning(60_000 + (aggregates / AGGREGATES_PER_SECOND_MIN) * 1_000);
      const usage = usageOf(dragoman.pid);
      const memory = peakMemoryMb(dragoman.pid);
      const redisCpu = (await redisCpuSeconds(redis)) - redisCpuBefore;
      const lastMade = (number: number) => lastOf(filling, number);
      await dragoman.stop();
      const times = { spawnedMs: dragoman.spawnedMs, fromMs: dragoman.spawnedMs, toMs: runningMs };
      const states = await checkStates({ redis, prefix: PREFIX, aggregates, lastOf: lastMade });
      return {
        aggregates,
        filled,
        seconds: (runningMs - dragoman.spawnedMs) / 1_000,
        cpuSeconds: cpuAt(usage === null ? [] : [usage], runningMs) / 1_000,
        redisCpuSeconds: redisCpu,
        peakMemoryMb: memory,
        redisMemoryMb: Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]) / 2 ** 20,
        states,
        troubles: dragoman.troubles,
        profile: profiles === null ? null : await readProfile(folder, { keep: profiles, name: 'restore' }, times),
      };
    } finally {
      await dragoman.stop();
    }
  } finally {
    redis.disconnect();
  }
}

/** Since it began, in its main thread and others. */
async function redisCpuSeconds(redis: Redis): Promise<number> {
  const text = await redis.info('cpu');
  return [/used_cpu_user:([\d.]+)/, /used_cpu_sys:([\d.]+)/].reduce((sum, of) => sum + Number(of.exec(text)?.[1]), 0);
}

/** The last value of each cell. */
async function storedCells(broker: string): Promise<Stored[]> {
  const last = new Map<string, Cell>();
  for (const record of await readValues(broker, [TOPICS.state], (record) => record))
    last.set(record.key, cellOf(record));
  return [...last.values()].flatMap(({ hash, field, value }) => (value === null ? [] : [{ hash, field, value }]));
}
