/**
 * The run with faults: orders live in PostgreSQL, Debezium streams, Dragoman publishes, and every 5 to 10 seconds something is
 * killed or emptied. Afterwards the events must be exactly those of the oracle.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../../legacy-db/database.js';
import { runWorkload, type WorkloadSummary } from '../../legacy-db/workload/run-workload.js';
import type { Stack } from '../stack/stack.js';
import { Arrivals } from './arrivals.js';
import { Boundaries } from './boundaries.js';
import { caughtUp } from './catch-up.js';
import type { Cleanup } from './cleanup.js';
import { E2eError } from './e2e-error.js';
import { faultPlan, Faults, type FaultKind, type PlannedFault } from './faults.js';
import { Keeper, type KeeperCounts } from './keeper.js';
import { Scene } from './scene.js';
import { judge, type Verdict } from './verdict.js';

export interface RunOptions {
  readonly orders: number;
  readonly connections: number;
  readonly seed: number;
  /** Row changes per second in the legacy database. */
  readonly rate: number;
  readonly keyChanges: boolean;
  readonly faults: readonly FaultKind[];
  /** Each kind of fault happens so often at least, if need be after the last order. */
  readonly roundsMin: number;
  /** Orders live so long before the connector is created. */
  readonly baselineMs: number;
  /** Instead of the plan that the seed gives. */
  readonly plan?: readonly PlannedFault[];
}

export interface RunTools {
  readonly stack: Stack;
  /** Config and logs go there. */
  readonly directory: string;
  readonly cleanup: Cleanup;
  readonly say: (line: string) => void;
  /** The stack is taken down after the run, and with it everything that is in it. */
  readonly stackGoesToo: boolean;
}

export interface RunResult {
  readonly verdict: Verdict;
  readonly workload: WorkloadSummary;
  readonly baselineOrders: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly connectorRestarts: number;
  readonly dragoman: KeeperCounts;
  readonly caughtUp: boolean;
  /** From the end of workload and faults until nothing was unread. */
  readonly catchUpMs: number;
  /** Exit code of Dragoman after SIGTERM. */
  readonly stopCode: number | null;
  readonly elapsedMs: number;
}

const FIRST_END_MAX_MS = 120_000;
const CATCH_UP_MAX_MS = 180_000;

export async function runWithFaults(options: RunOptions, tools: RunTools): Promise<RunResult> {
  const { stack, directory, cleanup, say } = tools;
  const startedMs = Date.now();
  const scene = await Scene.open(stack.endpoints, directory);
  if (!tools.stackGoesToo) cleanup.add(() => scene.remove());
  const keeper = new Keeper({ configFile: scene.configFile, logFile: `${directory}/dragoman.log` });
  cleanup.add(() => keeper.abandon());
  const boundaries = await Boundaries.follow(scene.kafka(), scene.transactionTopic, `${scene.namespace}-ends`);
  cleanup.add(() => boundaries.close());
  await keeper.current.untilRunning();
  say('Dragoman runs; the first orders come');

  const halt = new AbortController();
  cleanup.add(() => Promise.resolve(halt.abort()));
  const state = { workloadDone: false };
  const workload = runWorkload({ ...options, url: scene.databaseUrl, signal: halt.signal }).finally(
    () => (state.workloadDone = true),
  );
  workload.catch(() => undefined); // seen below
  await delay(options.baselineMs);
  const baselineOrders = await countOrders(scene.databaseUrl);
  await scene.startConnector();
  await boundaries.until('the first END', () => boundaries.ends > 0, FIRST_END_MAX_MS);
  say(`the connector streams, ${baselineOrders} orders or more are baseline`);

  const written = await Arrivals.watch({
    kafka: scene.kafka(),
    topic: scene.journalTopic,
    groupId: `${scene.namespace}-written`,
    isolation: 'read_uncommitted',
  });
  cleanup.add(() => written.close());
  const faults = new Faults({ stack, keeper, connector: scene.connector, boundaries, written, say });
  const isEnough = (): boolean =>
    options.plan === undefined &&
    state.workloadDone &&
    options.faults.every((kind) => faults.done[kind] >= options.roundsMin);
  const plan = options.plan ?? faultPlan(options.seed, options.faults);
  const [summary] = await Promise.all([workload, faults.run(plan, isEnough, halt.signal)]);
  say(`workload: ${summary.committed} commits, ${summary.rolledBack} rollbacks, ${summary.rows} row changes`);

  const doneMs = Date.now();
  const isCaughtUp = await caughtUp({ scene, boundaries, process: () => keeper.current, timeoutMs: CATCH_UP_MAX_MS });
  const catchUpMs = Date.now() - doneMs;
  say(isCaughtUp ? `caught up after ${catchUpMs} ms` : 'NOT caught up; comparing what is there');
  const exit = await keeper.stop();
  const verdict = await judge(stack, scene, boundaries);
  return {
    verdict,
    workload: summary,
    baselineOrders,
    faults: { ...faults.done, dragoman: keeper.counts.kills },
    connectorRestarts: faults.taskRestarts,
    dragoman: keeper.counts,
    caughtUp: isCaughtUp,
    catchUpMs,
    stopCode: exit.code,
    elapsedMs: Date.now() - startedMs,
  };
}

/** @throws E2eError NEVER_READY when there is nothing that a snapshot could see. */
async function countOrders(url: string): Promise<number> {
  const orders = await withClient(url, async (client) => {
    const { rows } = await client.query<{ n: string }>('SELECT count(*)::text AS n FROM oms.ord_hdr');
    return Number(rows[0]?.n ?? 0);
  });
  if (orders > 0) return orders;
  throw new E2eError('NEVER_READY', 'no order exists when the connector is to start; give the baseline more time');
}
