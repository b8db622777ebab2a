/**
 * The frame of every run: orders live in the legacy database, Debezium streams, Dragoman publishes, and meanwhile the plot
 * unfolds: whatever this run is about. Afterwards the events must be exactly those of the oracle.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { runWorkload, type WorkloadSummary } from '../../legacy-db/workload/run-workload.js';
import { Boundaries } from './boundaries.js';
import { caughtUp } from './catch-up.js';
import { E2eError } from './e2e-error.js';
import type { DragomanProcess } from '../dragoman/process.js';
import { Keeper, together, type KeeperCounts } from './keeper.js';
import type { LegacySource, Streamed } from './legacy-source.js';
import { type OwnRules, PostgresSource } from './postgres-source.js';
import { Scene, type SceneRegistry } from './scene.js';
import type { CommonStack, RunTools } from './tools.js';
import { judge, type JudgeOptions, type Verdict } from './verdict.js';

export interface PlotOptions {
  /** Undefined: they live on until the plot is over. */
  readonly orders?: number;
  readonly connections: number;
  readonly seed: number;
  /** Row changes per second in the legacy database. */
  readonly rate: number;
  readonly keyChanges: boolean;
  /** How many orders live at one time; absent: some for each connection. */
  readonly ordersAlive?: number;
  /** Orders live so long before the connector is created. */
  readonly baselineMs: number;
  /** More than one: two processes share them. */
  readonly shards?: number;
  /** On PostgreSQL. Absent: the rules of the retailer. */
  readonly ownRules?: OwnRules;
  /** The connector writes with it. */
  readonly registry?: SceneRegistry;
  /** Once the database is there, before the connector is. */
  readonly beforeConnector?: (scene: Scene) => Promise<void>;
  /** Laid over the connector's configuration. */
  readonly connector?: Readonly<Record<string, string>>;
  /** Dragoman starts after that, when the connector streams already, and not before everything. */
  readonly beforeDragoman?: (scene: Scene, say: (line: string) => void) => Promise<void>;
  /** When the plot is over and no order lives any more; Dragoman still runs. */
  readonly whenQuiet?: (act: Act) => Promise<void>;
  /** Once everything stands still: what the judge is to know. */
  readonly judging?: (scene: Scene) => Promise<JudgeOptions>;
}

/** What a plot has in hand, from the first END on. */
export interface Act {
  readonly scene: Scene;
  /** The first of those that keep a process running. */
  readonly keeper: Keeper;
  readonly keepers: readonly Keeper[];
  readonly boundaries: Boundaries;
  /** Every order has lived its life. */
  readonly workloadIsDone: () => boolean;
  /** Aborted when the run ends before its time. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** @returns what of the history was shown to Dragoman, where that is not all since the first END. */
export type Plot = (act: Act) => Promise<Partial<Streamed> | undefined>;

export interface PlotResult {
  readonly verdict: Verdict;
  readonly workload: WorkloadSummary;
  readonly baselineOrders: number;
  readonly dragoman: KeeperCounts;
  readonly caughtUp: boolean;
  /** From the end of workload and plot until nothing was unread. */
  readonly catchUpMs: number;
  /** END records that the connector sent again. */
  readonly endsReplayed: number;
  /** Exit code of Dragoman after SIGTERM. */
  readonly stopCode: number | null;
  readonly elapsedMs: number;
}

/** More than a run can use up; the plot ends it. */
const ORDERS_MAX = 5_000_000;
const FIRST_END_MAX_MS = 120_000;
const CATCH_UP_MAX_MS = 180_000;

/** On PostgreSQL. */
export const runPlot = (options: PlotOptions, tools: RunTools, plot: Plot): Promise<PlotResult> =>
  runPlotOn((endpoints, database) => new PostgresSource(endpoints, database, options.ownRules), options, tools, plot);

export async function runPlotOn<S extends CommonStack>(
  legacy: (endpoints: S['endpoints'], database: string) => LegacySource,
  options: PlotOptions,
  tools: RunTools<S>,
  plot: Plot,
): Promise<PlotResult> {
  const { stack, directory, cleanup, say } = tools;
  const startedMs = Date.now();
  const { shards = 1, registry } = options;
  const scene = await Scene.open<S['endpoints']>({
    endpoints: stack.endpoints,
    directory,
    legacy,
    shards,
    ...(registry && { registry }),
  });
  if (!tools.stackGoesToo) cleanup.add(() => scene.remove());
  const startDragoman = async (): Promise<Keeper[]> => {
    const started = (shards === 1 ? [''] : ['-a', '-b']).map((name) => {
      const keeper = new Keeper({ configFile: scene.configFile, logFile: `${directory}/dragoman${name}.log` });
      cleanup.add(() => keeper.abandon());
      return keeper;
    });
    for (const { current } of started) await current.untilRunning();
    say('Dragoman runs');
    return started;
  };
  const isFirst = options.beforeDragoman === undefined;
  const first = isFirst ? await startDragoman() : undefined;
  const boundaries = await Boundaries.follow(scene);
  cleanup.add(() => boundaries.close());

  const halt = new AbortController();
  cleanup.add(() => Promise.resolve(halt.abort()));
  const state = { workloadDone: false, finished: 0 };
  const orders = options.orders ?? ORDERS_MAX;
  const workload = runWorkload({
    ...{ ...options, orders, url: scene.legacy.url, signal: halt.signal },
    onProgress: (finished) => (state.finished = finished),
  }).finally(() => (state.workloadDone = true));
  workload.catch(() => undefined); // seen below
  await delay(options.baselineMs);
  const baselineOrders = await countOrders(scene);
  await options.beforeConnector?.(scene);
  await scene.startConnector(options.connector);
  await boundaries.until('the first END', () => boundaries.ends > 0, FIRST_END_MAX_MS);
  say(`the connector streams, ${baselineOrders} orders or more are baseline`);
  await options.beforeDragoman?.(scene, say);
  const keepers = first ?? (await startDragoman());

  const act: Act = {
    scene,
    keeper: keepers[0]!,
    keepers,
    boundaries,
    workloadIsDone: () => state.workloadDone,
    signal: halt.signal,
    say,
  };
  const [ended, streamed] = await Promise.all([
    workload,
    plot(act).finally(() => (options.orders === undefined ? halt.abort() : undefined)),
  ]);
  const summary = { ...ended, orders: options.orders ?? state.finished };
  say(`workload: ${summary.committed} commits, ${summary.rolledBack} rollbacks, ${summary.rows} row changes`);
  await options.whenQuiet?.(act);

  const doneMs = Date.now();
  for (const { current } of keepers) await current.untilRunning(CATCH_UP_MAX_MS); // it may just have been killed
  const processes = (): DragomanProcess[] => keepers.map(({ current }) => current);
  const isCaughtUp = await caughtUp({ scene, boundaries, processes, quietMaxMs: CATCH_UP_MAX_MS });
  const catchUpMs = Date.now() - doneMs;
  say(isCaughtUp ? `caught up after ${catchUpMs} ms` : 'NOT caught up; comparing what is there');
  const exits = await Promise.all(keepers.map((keeper) => keeper.stop()));
  const verdict = await judge(
    stack,
    scene,
    { first: boundaries.first ?? 0n, ...streamed },
    await options.judging?.(scene),
  );
  return {
    verdict,
    workload: summary,
    baselineOrders,
    dragoman: together(keepers.map(({ counts }) => counts)),
    caughtUp: isCaughtUp,
    catchUpMs,
    endsReplayed: boundaries.replayed,
    stopCode: exits.find(({ code }) => code !== 0)?.code ?? exits[0]!.code,
    elapsedMs: Date.now() - startedMs,
  };
}

/** @throws E2eError NEVER_READY when there is nothing that a snapshot could see. */
async function countOrders({ legacy }: Scene): Promise<number> {
  const orders = Number((await legacy.value('SELECT count(*) FROM oms.ord_hdr')) ?? 0);
  if (orders > 0) return orders;
  throw new E2eError('NEVER_READY', 'no order exists when the connector is to start; give the baseline more time');
}
