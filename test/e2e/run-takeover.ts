/**
 * Take-over: two instances of one namespace, one owns the pipeline, the other stands by. The owner goes, by kill -9 or in good
 * order, while orders live on; the other takes over. How long until it runs, and until a consumer has the next event?
 */
import { setTimeout as delay } from 'node:timers/promises';
import { runWorkload } from '../../legacy-db/workload/run-workload.js';
import { Arrivals } from './arrivals.js';
import { Boundaries } from './boundaries.js';
import { caughtUp } from './catch-up.js';
import { DragomanProcess } from '../dragoman/process.js';
import { PostgresSource } from './postgres-source.js';
import { CONTRACT_TOPIC, Scene } from './scene.js';
import type { RunTools } from './tools.js';
import { judge, type Verdict } from './verdict.js';

export type Departure = 'kill -9' | 'SIGTERM';

export interface Takeover {
  readonly by: Departure;
  /** From the signal until the successor's task runs. */
  readonly runningAfterMs: number;
  /** From the signal until a `read_committed` consumer has the successor's first event. */
  readonly nextEventAfterMs: number;
}

export interface TakeoverOptions {
  readonly connections: number;
  readonly seed: number;
  readonly rate: number;
  /** One take-over for each, in this order. */
  readonly departures: readonly Departure[];
}

export interface TakeoverResult {
  readonly takeovers: readonly Takeover[];
  readonly verdict: Verdict;
  readonly caughtUp: boolean;
}

/** More than a run can use up; the workload is told to stop when the last take-over is measured. */
const ORDERS = 5_000_000;
const BASELINE_MS = 1_000;
const QUIET_MS = 3_000;
const START_MAX_MS = 120_000;
const TAKEOVER_MAX_MS = 90_000;
const CATCH_UP_MAX_MS = 120_000;

export async function runTakeovers(options: TakeoverOptions, tools: RunTools): Promise<TakeoverResult> {
  const { stack, directory, cleanup, say } = tools;
  const scene = await Scene.open({
    endpoints: stack.endpoints,
    directory,
    legacy: (endpoints, database) => new PostgresSource(endpoints, database),
  });
  if (!tools.stackGoesToo) cleanup.add(() => scene.remove());
  const start = (name: string): DragomanProcess => {
    const started = new DragomanProcess({ configFile: scene.configFile, logFile: `${directory}/dragoman-${name}.log` });
    cleanup.add(() => started.kill());
    return started;
  };
  const arrivals = await Arrivals.watch({
    kafka: scene.kafka(),
    topic: CONTRACT_TOPIC,
    groupId: `${scene.namespace}-arrivals`,
    isolation: 'read_committed',
  });
  cleanup.add(() => arrivals.close());
  const boundaries = await Boundaries.follow(scene);
  cleanup.add(() => boundaries.close());
  let owner = start('1');
  await owner.untilRunning();

  const halt = new AbortController();
  cleanup.add(() => Promise.resolve(halt.abort()));
  const workload = runWorkload({ ...options, orders: ORDERS, url: scene.legacy.url, signal: halt.signal });
  workload.catch(() => undefined); // seen below
  await delay(BASELINE_MS);
  await scene.startConnector();
  await arrivals.firstMadeSince(0, START_MAX_MS);
  const takeovers: Takeover[] = [];
  for (const [index, by] of options.departures.entries()) {
    const successor = start(String(index + 2));
    await successor.untilJoined();
    await delay(QUIET_MS); // joining has made a rebalance; events flow again
    const takeover = await measure(owner, successor, by, arrivals);
    say(`${by}: runs after ${takeover.runningAfterMs} ms, next event after ${takeover.nextEventAfterMs} ms`);
    takeovers.push(takeover);
    owner = successor;
  }
  halt.abort();
  await workload;
  const isCaughtUp = await caughtUp({ scene, boundaries, processes: () => [owner], quietMaxMs: CATCH_UP_MAX_MS });
  await owner.stop();
  return { takeovers, verdict: await judge(stack, scene, { first: boundaries.first ?? 0n }), caughtUp: isCaughtUp };
}

async function measure(
  owner: DragomanProcess,
  successor: DragomanProcess,
  by: Departure,
  arrivals: Arrivals,
): Promise<Takeover> {
  const goneMs = Date.now();
  const ended = by === 'kill -9' ? owner.kill() : owner.stop();
  const runningMs = await successor.untilRunning(TAKEOVER_MAX_MS);
  const next = await arrivals.firstMadeSince(runningMs, TAKEOVER_MAX_MS);
  await ended;
  return { by, runningAfterMs: runningMs - goneMs, nextEventAfterMs: next.arrivedMs - goneMs };
}
