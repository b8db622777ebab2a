/**
 * Restore: the journal holds the states of many aggregates, Redis is empty, then one Dragoman process starts. From its start to the
 * moment at which its task runs, by its own log. It has run before on the same journal, so that offsets and progress are there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Backlog } from '../backlog/backlog.js';
import { BenchError } from '../bench-error.js';
import { NAMESPACE } from '../dragoman/config-file.js';
import { DragomanProcess } from '../../test/dragoman/process.js';
import { cpuAt, peakMemoryMb, usageOf } from '../dragoman/usage.js';
import { runBefore } from '../drain/drain.js';
import type { Ground } from '../ground.js';
import { readValues } from '../kafka/read-events.js';
import { say } from '../say.js';
import { checkStates, type RestoredStates } from './check.js';
import { type Filled, fillJournal, lastOf } from './fill.js';
import { templateOf } from './template.js';

export interface RestoreResult {
  readonly aggregates: number;
  readonly journal: Filled;
  /** From the start of the process to the state `running`. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryMb: number | null;
  readonly redisMemoryMb: number;
  readonly states: RestoredStates;
  /** Warnings and errors in Dragoman's log, the first few. */
  readonly troubles: readonly string[];
}

/** `orders` is the pipeline of `config-file.ts`. */
const JOURNAL = `${NAMESPACE}.orders.journal`;
const PREFIX = `{${NAMESPACE}:orders}:`;
/** Source transactions that are translated first, for entries of every form. */
const TRANSACTIONS = 2_000;
/** Lets the broker write what it was given before anything is measured. */
const SETTLE_MS = 2_000;
/** Slowest restore that is waited for. */
const AGGREGATES_PER_SECOND_MIN = 500;

/** @throws BenchError EVENTS_LATE, BROKER_REFUSED; ProcessError*/
export async function restore(ground: Ground, backlog: Backlog, aggregates: number): Promise<RestoreResult> {
  const { broker, build, config } = ground;
  await runBefore(ground, backlog, TRANSACTIONS);
  const templates = (await lastEntries(broker)).map(templateOf);
  if (templates.length === 0) throw new BenchError('EVENTS_LATE', 'the journal has no entries to make others of');
  const filling = { broker, journal: JOURNAL, templates, aggregates };
  const journal = await fillJournal(filling);
  say(
    `the journal has ${journal.entries} entries more, made of ${templates.length}, in ${journal.seconds.toFixed(0)} s`,
  );
  const { host, port } = ground.stack.endpoints.redis;
  const redis = new Redis({ host, port });
  try {
    await redis.flushall();
    await delay(SETTLE_MS);
    const dragoman = new DragomanProcess({ configFile: config, entry: [build.entry] });
    try {
      const runningMs = await dragoman.untilRunning(60_000 + (aggregates / AGGREGATES_PER_SECOND_MIN) * 1_000);
      const usage = usageOf(dragoman.pid);
      const memory = peakMemoryMb(dragoman.pid);
      const lastMade = (number: number) => lastOf(filling, number);
      const states = await checkStates({ redis, prefix: PREFIX, aggregates, lastOf: lastMade });
      return {
        aggregates,
        journal,
        seconds: (runningMs - dragoman.spawnedMs) / 1_000,
        cpuSeconds: cpuAt(usage === null ? [] : [usage], runningMs) / 1_000,
        peakMemoryMb: memory,
        redisMemoryMb: Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]) / 2 ** 20,
        states,
        troubles: dragoman.troubles,
      };
    } finally {
      await dragoman.stop();
    }
  } finally {
    redis.disconnect();
  }
}

/** The last entry of each aggregate that was translated. */
async function lastEntries(broker: string): Promise<string[]> {
  const last = new Map<string, string>();
  for (const { key, value } of await readValues(broker, [JOURNAL], (record) => record)) last.set(key, value);
  return [...last].filter(([key]) => key.startsWith('order:')).map(([, value]) => value);
}
