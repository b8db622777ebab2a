/**
 * The fault suite: orders live all the time, nemeses strike, alone and two at once; after each strike the pipeline has to be well again,
 * and in the end everything has to be right: read by an independent reader, held against the oracle.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { runWorkload, type WorkloadSummary } from '../../legacy-db/workload/run-workload.js';
import { Random } from '../../legacy-db/workload/random.js';
import { caughtUp } from '../e2e/catch-up.js';
import type { DragomanProcess } from '../dragoman/process.js';
import type { PlannedFault } from '../e2e/faults.js';
import type { RunTools } from '../e2e/tools.js';
import { judge, type Verdict } from '../e2e/verdict.js';
import { openArena } from './arena.js';
import { findings, type Findings, lostByConnector } from './check.js';
import { readJournal, wrongStates } from './journal.js';
import type { Arena, FaultStack } from './nemesis.js';
import { writeNotes } from './notes.js';
import { strikePlan } from './plan.js';
import { emptyRow, strike, type Complaints, type Row, type StrikeName } from './strike.js';
import { versions } from './versions.js';

export interface FaultsOptions {
  readonly seed: number;
  /** Row changes per second in the legacy database. */
  readonly rate: number;
  readonly connections: number;
  /** Strikes begin until this time is over. */
  readonly strikesMs: number;
  readonly nemeses: readonly StrikeName[];
  /** Instead of the plan that the seed gives. */
  readonly plan?: readonly PlannedFault<StrikeName>[];
}

export interface FaultsResult {
  readonly seed: number;
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly rows: readonly Row[];
  readonly findings: Findings;
  /** Events whose rows never came into Kafka. */
  readonly lostBefore: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly verdict: Verdict;
}

/** More than a run can use up; it is told to stop. */
const ORDERS = 5_000_000;
const STREAM = -5; // a stream of random numbers that nobody else uses
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
  let notes: Promise<void> | undefined;
  const arena = await openArena(random, tools, (url) => {
    workload = runWorkload({ ...options, url, orders: ORDERS, signal: halt.signal });
    workload.catch(() => undefined); // seen below
    notes = writeNotes(url, halt.signal);
    notes.catch(() => undefined); // seen below
  });
  const complaints: Complaints = { stuck: [], notTogether: [] };
  const { stuck } = complaints;
  const failure = failureOf(Promise.all([workload, notes]));
  const rows = await Promise.race([strikes(options, arena, complaints), failure]);
  halt.abort();
  const [summary] = await Promise.all([workload, notes]);
  say(`workload: ${summary?.committed ?? 0} commits, ${summary?.rows ?? 0} row changes; draining`);
  const ownEnds = await drain(arena, stuck);
  say('reading everything, asking the oracle');
  const [verdict, journal] = await Promise.all([
    judge(stack, arena.scene, { first: arena.boundaries.first ?? 0n }, { ruleSetsMax: arena.ruleSets.count }),
    readJournal(stack, arena.scene),
  ]);
  const evidence = {
    ...verdict,
    journal,
    ...complaints,
    ownEnds,
    arrived: arena.boundaries.rows,
    wrongStates: await wrongStates(arena.redis.pair.primary, arena.scene, journal),
  };
  return {
    seed: options.seed,
    startedAt: new Date(startedMs).toISOString(),
    rows,
    findings: findings(evidence),
    lostBefore: lostByConnector(evidence),
    versions: await versions(arena.scene),
    counts: {
      'events expected': verdict.expected.length,
      'events checked': verdict.committed.length,
      'journal entries checked': journal.entries,
      'cells checked': journal.cells.size,
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
async function strikes(options: FaultsOptions, arena: Arena, complaints: Complaints): Promise<Row[]> {
  const rows = new Map<StrikeName, Row>();
  const plan = options.plan ?? strikePlan(options.seed, options.nemeses);
  const end = Date.now() + options.strikesMs;
  let current: { row: Row; eventsBefore: number } | undefined;
  const closeRow = (): void => {
    if (current !== undefined) current.row.events += arena.pulse.events - current.eventsBefore;
  };
  for (const { kind, afterMs } of plan) {
    await delay(afterMs);
    closeRow();
    if (Date.now() > end) return [...rows.values()];
    const row = rows.get(kind) ?? emptyRow(kind);
    rows.set(kind, row);
    current = { row, eventsBefore: arena.pulse.events };
    await strike(row, arena, complaints);
  }
  await delay(LAST_QUIET_MS);
  closeRow();
  return [...rows.values()];
}

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
  const processes = (): DragomanProcess[] => [(members.owner ?? owner).current];
  const isDone = await caughtUp({ scene, boundaries, processes, quietMaxMs: DRAIN_MAX_MS });
  return isDone ? undefined : 'not everything was read in the end';
}

/** Never resolves; a workload that ends before it is told to has failed. */
async function failureOf(workload: Promise<unknown> | undefined): Promise<never> {
  await workload;
  return new Promise(() => undefined);
}
