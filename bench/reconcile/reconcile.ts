/**
 * `dragoman reconcile source` over a database and states of any number of orders, beside a running pipeline, with everything on one machine: how long
 * it takes at the rate of the config, what it needs, and whether it finds what was seeded and nothing else.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { loadRules } from '../../src/adapters/files/rules-loader.js';
import type { Position } from '../../src/domain/source/position.js';
import type { Progress } from '../../src/pipeline/progress/progress.js';
import { internalTopics } from '../../src/pipeline/state/records.js';
import { installLegacyDb } from '../../legacy-db/database.js';
import { DragomanProcess } from '../../test/dragoman/process.js';
import { openStack, type ProviderName } from '../../test/stack/stack.js';
import { BenchError } from '../bench-error.js';
import type { Build } from '../dragoman/build.js';
import { NAMESPACE, writeConfig } from '../dragoman/config-file.js';
import { createOutputTopics } from '../dragoman/topics.js';
import { cpuAt, peakMemoryMb, type Usage, usageOf } from '../dragoman/usage.js';
import { appendCells } from '../restore/fill.js';
import { writeProgress } from '../restore/progress.js';
import { say } from '../say.js';
import { cellsOf, fillDatabase, ROWS_PER_ORDER, seed, type Seeded } from './orders.js';

export interface ReconcileOptions {
  readonly orders: number;
  readonly provider: ProviderName | 'auto';
  readonly build: Build;
  /** Laid over the config. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export interface ReconcileResult {
  readonly orders: number;
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryMb: number | null;
  readonly seeded: Seeded;
  /** Found, by class. */
  readonly found: Readonly<Record<string, number>>;
  /** Of the run: parked, in flight and the like. */
  readonly counts: Readonly<Record<string, number>>;
}

const SOURCE = 'legacy';
const TOPICS = internalTopics(NAMESPACE, 'orders');
/** Slowest restore that is waited for. */
const ORDERS_PER_SECOND_MIN = 500;
const SAMPLE_MS = 200;

/** @throws BenchError CHILD_FAILED, BROKER_REFUSED, EVENTS_LATE; ProcessError */
export async function reconcile({ orders, provider, build, overrides }: ReconcileOptions): Promise<ReconcileResult> {
  const stack = await openStack({ provider, services: ['kafka', 'redis', 'postgres'] });
  const directory = await mkdtemp(join(tmpdir(), 'dragoman-bench-'));
  const redis = new Redis(stack.endpoints.redis);
  try {
    const [broker] = stack.endpoints.kafka.bootstrapServers;
    if (broker === undefined) throw new BenchError('BROKER_REFUSED', 'the stack has no broker');
    const { host, port, user, password } = stack.endpoints.postgres;
    const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/bench_legacy`;
    await installLegacyDb({ url, audit: false });
    const reconciling = { ...(overrides['reconcile'] as object | undefined), databases: { [SOURCE]: { url } } };
    const config = await writeConfig({
      ...{ directory, rules: build.rules, broker, redis: stack.endpoints.redis },
      ...{ backlog: { source: SOURCE, snapshotRows: 0 }, overrides: { ...overrides, reconcile: reconciling } },
    });
    await createOutputTopics(build, config);
    const dragoman = new DragomanProcess({ configFile: config, entry: [build.entry] });
    try {
      await dragoman.untilRunning();
      await check(build, config); // of nothing: its report is committed, and so there is a progress
    } finally {
      await dragoman.stop();
    }
    await fillDatabase(url, orders);
    const { rules } = await loadRules(build.rules);
    const filled = await appendCells({ broker, topic: TOPICS.state }, cellsOf(url, rules));
    await writeProgress(broker, TOPICS, passed);
    const seeded = await seed(url, orders);
    await redis.flushall();
    say(`${orders} orders are in the database, and ${filled.cells} cells of them in the state topic`);
    return await measured({ build, config, orders, seeded });
  } finally {
    redis.disconnect();
    await stack.down();
    await rm(directory, { recursive: true });
  }
}

/** As if the pipeline had read all that the database logged: what is found has nothing to wait for. */
const passed = (progress: Progress): Progress => ({
  ...progress,
  frontiers: Object.fromEntries(
    Object.entries(progress.frontiers).map(([source, frontier]) => [source, { ...frontier, position: LAST }]),
  ),
});
const LAST = '9'.repeat(20) as Position;

interface Measuring {
  readonly build: Build;
  readonly config: string;
  readonly orders: number;
  readonly seeded: Seeded;
}

async function measured({ build, config, orders, seeded }: Measuring): Promise<ReconcileResult> {
  const dragoman = new DragomanProcess({ configFile: config, entry: [build.entry] });
  try {
    await dragoman.untilRunning(60_000 + (orders / ORDERS_PER_SECOND_MIN) * 1_000);
    const { seconds, cpuSeconds, peakMemoryMb: memory, report } = await check(build, config);
    return {
      ...{ orders, rows: orders * ROWS_PER_ORDER, seconds, cpuSeconds, peakMemoryMb: memory, seeded },
      ...{ found: report.openByClass, counts: report.counts },
    };
  } finally {
    await dragoman.stop();
  }
}

interface Told {
  readonly openByClass: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
}

/** Runs the command. @throws BenchError CHILD_FAILED */
async function check(build: Build, config: string) {
  const args = [build.entry, 'reconcile', 'source', '--restart', '--json', '-c', config];
  const startedMs = Date.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const samples: Usage[] = [];
  let memory: number | null = null;
  const sampler = setInterval(() => {
    const usage = usageOf(child.pid ?? 0);
    if (usage !== null) samples.push(usage);
    memory = peakMemoryMb(child.pid ?? 0) ?? memory;
  }, SAMPLE_MS);
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => {
    err = `${err}${text.toString()}`.slice(-2_000);
    say(text.toString().trimEnd());
  });
  try {
    await once(child, 'close');
  } finally {
    clearInterval(sampler);
  }
  const line = out.split('\n').find((each) => each.startsWith('{"schema"'));
  if (line === undefined) throw new BenchError('CHILD_FAILED', `reconcile source ended with ${child.exitCode}: ${err}`);
  return {
    seconds: (Date.now() - startedMs) / 1_000,
    cpuSeconds: cpuAt(samples, Date.now()) / 1_000,
    peakMemoryMb: memory,
    report: JSON.parse(line) as Told,
  };
}
