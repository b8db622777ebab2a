/**
 * The fault suite: orders live all the time, one nemesis strikes after the other, after each the pipeline has to be well again,
 * and in the end everything has to be right: read by an independent reader, held against the oracle.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { runWorkload, type WorkloadSummary } from '../../legacy-db/workload/run-workload.js';
import { Random } from '../../legacy-db/workload/random.js';
import { caughtUp } from '../e2e/catch-up.js';
import type { DragomanProcess } from '../e2e/dragoman-process.js';
import { faultPlan, type PlannedFault } from '../e2e/faults.js';
import type { RunTools } from '../e2e/tools.js';
import { judge, type Verdict } from '../e2e/verdict.js';
import { openArena } from './arena.js';
import { findings, type Findings } from './check.js';
import { heal } from './heal.js';
import { readJournal, wrongStates } from './journal.js';
import { NEMESES, type NemesisName } from './nemeses.js';
import type { Arena, FaultStack } from './nemesis.js';
import { versions } from './versions.js';

export interface FaultsOptions {
  readonly seed: number;
  /** Row changes per second in the legacy database. */
  readonly rate: number;
  readonly connections: number;
  /** Strikes begin until this time is over. */
  readonly strikesMs: number;
  readonly nemeses: readonly NemesisName[];
  /** Instead of the plan that the seed gives. */
  readonly plan?: readonly PlannedFault<NemesisName>[];
}

export interface Row {
  readonly nemesis: NemesisName;
  /** Faults injected. */
  times: number;
  /** From the end of each strike until a consumer had an event of a transaction that was committed after it. */
  readonly recoveredMs: number[];
  /** Published from the beginning of a strike to the end of the quiet time after it. */
  events: number;
}

export interface FaultsResult {
  readonly seed: number;
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly rows: readonly Row[];
  readonly findings: Findings;
  readonly versions: Readonly<Record<string, string>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly verdict: Verdict;
}

/** More than a run can use up; it is told to stop. */
const ORDERS = 5_000_000;
const STREAM = -5; // a stream of random numbers that nobody else uses
/** Session time-out, take-over, fencing of a Kafka transaction that was left open, and a paused task's longest wait. */
const RECOVERY_MAX_MS = 90_000;
const DRAIN_MAX_MS = 180_000;
/** So that a plan that is over is followed by quiet too. */
const LAST_QUIET_MS = 3_000;

export async function runFaults(options: FaultsOptions, tools: RunTools<FaultStack>): Promise<FaultsResult> {
  const { stack, cleanup, say } = tools;
  const startedMs = Date.now();
  const random = new Random(options.seed, STREAM);
  const halt = new AbortController();
  cleanup.add(() => Promise.resolve(halt.abort()));
  let workload: Promise<WorkloadSummary> | undefined;
  const arena = await openArena(random, tools, (url) => {
    workload = runWorkload({ ...options, url, orders: ORDERS, signal: halt.signal });
    workload.catch(() => undefined); // seen below
  });
  const stuck: string[] = [];
  const rows = await Promise.race([strikes(options, arena, stuck), failureOf(workload)]);
  halt.abort();
  const summary = await workload;
  say(`workload: ${summary?.committed ?? 0} commits, ${summary?.rows ?? 0} row changes; draining`);
  const ownEnds = await drain(arena, stuck);
  say('reading everything, asking the oracle');
  const [verdict, journal] = await Promise.all([
    judge(stack, arena.scene, { first: arena.boundaries.first ?? 0n }, arena.configFiles.length),
    readJournal(stack, arena.scene),
  ]);
  const evidence = {
    ...verdict,
    journal,
    stuck,
    ownEnds,
    wrongStates: await wrongStates(arena.redis.pair.primary, arena.scene, journal),
  };
  return {
    seed: options.seed,
    startedAt: new Date(startedMs).toISOString(),
    rows,
    findings: findings(evidence),
    versions: await versions(arena.scene),
    counts: {
      'events expected': verdict.expected.length,
      'events checked': verdict.committed.length,
      'journal entries checked': journal.entries,
      'states checked': journal.states.size,
      'aborted events': verdict.aborted.events.length,
      'aborted journal records': verdict.aborted.journal,
      'transactions that the connector sent again': arena.boundaries.replayed,
      'source transactions': summary?.committed ?? 0,
      'row changes': summary?.rows ?? 0,
      ...arena.members.totals(),
    },
    verdict,
    elapsedMs: Date.now() - startedMs,
  };
}

/** One after the other, until the time is over. */
async function strikes(options: FaultsOptions, arena: Arena, stuck: string[]): Promise<Row[]> {
  const rows = new Map<NemesisName, Row>();
  const plan = options.plan ?? faultPlan(options.seed, options.nemeses);
  const end = Date.now() + options.strikesMs;
  let current: { row: Row; eventsBefore: number } | undefined;
  const closeRow = (): void => {
    if (current !== undefined) current.row.events += arena.pulse.events - current.eventsBefore;
  };
  for (const { kind, afterMs } of plan) {
    await delay(afterMs);
    closeRow();
    if (Date.now() > end) return [...rows.values()];
    const row = rows.get(kind) ?? { nemesis: kind, times: 0, recoveredMs: [], events: 0 };
    rows.set(kind, row);
    current = { row, eventsBefore: arena.pulse.events };
    await strike(row, arena, stuck);
  }
  await delay(LAST_QUIET_MS);
  closeRow();
  return [...rows.values()];
}

async function strike(row: Row, arena: Arena, stuck: string[]): Promise<void> {
  const startedMs = Date.now();
  try {
    row.times += await NEMESES[row.nemesis].strike(arena);
  } catch (error) {
    const words = `${row.nemesis} could not be taken back: ${error instanceof Error ? error.message : String(error)}`;
    stuck.push(words);
    arena.say(words);
    await heal(arena);
  }
  const overMs = Date.now();
  const arrivedMs = await arena.pulse.firstSince(overMs, RECOVERY_MAX_MS);
  const took = `${row.nemesis}: ${seconds(overMs - startedMs)} s`;
  if (arrivedMs !== undefined) {
    row.recoveredMs.push(arrivedMs - overMs);
    arena.say(`${took}, well again after ${seconds(arrivedMs - overMs)} s`);
    return;
  }
  const words = `no event of a new transaction within ${seconds(RECOVERY_MAX_MS)} s`;
  stuck.push(
    `${row.nemesis} at ${new Date(overMs).toISOString()}: ${words}; the members' last words:\n${arena.members.lastWords}`,
  );
  arena.say(`${took}, STUCK: ${words}\n${arena.members.lastWords}`);
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

/** @returns ends that nobody asked for. */
async function drain(arena: Arena, stuck: string[]): Promise<string[]> {
  const { members } = arena;
  const left = await untilAllIsRead(arena).catch((error: unknown) => String(error));
  if (left !== undefined) stuck.push(`${left}; the members' last words:\n${members.lastWords}`);
  await members.stop();
  return members.ownEnds();
}

/** @returns why not, in words. */
async function untilAllIsRead({ scene, members, boundaries }: Arena): Promise<string | undefined> {
  const owner = await members.untilOwned(DRAIN_MAX_MS);
  const process = (): DragomanProcess => (members.owner ?? owner).current;
  const isDone = await caughtUp({ scene, boundaries, process, quietMaxMs: DRAIN_MAX_MS });
  return isDone ? undefined : 'not everything was read in the end';
}

/** Never resolves; a workload that ends before it is told to has failed. */
async function failureOf(workload: Promise<unknown> | undefined): Promise<never> {
  await workload;
  return new Promise(() => undefined);
}
