/** What checks found, as pages show it. Pure. */
import {
  type DiscrepancyOne,
  PAGE_SIZE,
  type Reconciliation,
  type ReconciliationQuery,
  type RunShown,
} from '../../../console/answers/reconciliation.js';
import { type CheckRun, isAlive } from '../../../domain/reconciliation/check-run.js';
import { type Discrepancy, SEVERITIES, standsAt } from '../../../domain/reconciliation/discrepancy.js';
import { meets, type RegisterRead } from '../../../pipeline/discrepancies/reading.js';
import { estimate } from '../../../reconcile/pace.js';
import type { DiscrepancyRead } from '../../operator/reading/register.js';

export interface RegisterFacts {
  readonly pipeline: string;
  readonly read: RegisterRead;
  /** Names of those that can be run. */
  readonly checks: readonly string[];
  readonly nowMs: number;
}

/** A page beyond the last one is the last one. */
export function reconciliationPage(
  { page: asked, state, ...filter }: ReconciliationQuery,
  { pipeline, read, checks, nowMs }: RegisterFacts,
): Reconciliation {
  const wanted = read.discrepancies.filter((each) => meets(each, { ...defined(filter), state }, nowMs));
  const rank = ({ severity }: Discrepancy): number => SEVERITIES.indexOf(severity);
  wanted.sort((a, b) => rank(a) - rank(b) || (a.firstSeen < b.firstSeen ? -1 : 1));
  const pages = Math.max(1, Math.ceil(wanted.length / PAGE_SIZE));
  const page = Math.min(asked, pages);
  return {
    schema: 'dragoman.http/reconciliation@1',
    ...{ pipeline, asOf: new Date(nowMs).toISOString(), checks: [...checks] },
    runs: read.runs.map((run) => runShown(run, nowMs)),
    figures: figuresOf(read.discrepancies, nowMs),
    ...{ total: wanted.length, page, pages },
    discrepancies: wanted.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map((each) => shown(each, nowMs)),
  };
}

function defined({ check, class: is, contract }: Omit<ReconciliationQuery, 'page' | 'state'>) {
  return {
    ...(check === undefined ? {} : { check }),
    ...(is === undefined ? {} : { class: is }),
    ...(contract === undefined ? {} : { contract }),
  };
}

function runShown({ progress, found, closed, ...run }: CheckRun, nowMs: number): RunShown {
  const { startedAt, done, of, counts, ended, text = null } = progress;
  const isRunning = isAlive({ at: run.at, progress }, nowMs);
  const seconds = (Date.parse(run.at) - Date.parse(startedAt)) / 1_000;
  const { secondsLeft } = estimate({ done, of, before: 0 }, seconds);
  const { check, run: id, by, at, beyond, lastDoneAt } = run;
  return {
    ...{ check, run: id, by, at, startedAt, text, done, of, beyond, lastDoneAt, found, settled: closed },
    state: ended ?? (isRunning ? 'running' : 'dead'),
    secondsLeft: isRunning ? secondsLeft : null,
    counts: { ...counts },
  };
}

type Figure = Reconciliation['figures'][number];

function figuresOf(all: readonly Discrepancy[], nowMs: number): Figure[] {
  const figures = new Map<string, Figure>();
  for (const each of all) {
    const { check, class: is, firstSeen } = each;
    const state = standsAt(each, nowMs);
    if (state !== 'open' && state !== 'accepted') continue;
    const place = `${check}\t${is}`;
    const known = figures.get(place) ?? { check, class: is, open: 0, accepted: 0, oldest: null };
    const isOldest = state === 'open' && (known.oldest === null || firstSeen < known.oldest);
    figures.set(place, { ...known, [state]: known[state] + 1, ...(isOldest ? { oldest: firstSeen } : {}) });
  }
  return [...figures].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, figure]) => figure);
}

function shown(each: Discrepancy, nowMs: number): Reconciliation['discrepancies'][number] {
  const { id, check, class: is, severity, aggregate, businessKey, contract, firstSeen, lastSeen } = each;
  const state = standsAt(each, nowMs);
  return { id, check, class: is, state, severity, aggregate, businessKey, contract, firstSeen, lastSeen };
}

export function discrepancyOne(
  { discrepancy, evidence }: DiscrepancyRead,
  pipeline: string,
  nowMs: number,
): DiscrepancyOne {
  const { state, subject, owner } = discrepancy;
  const isAccepted = state.is === 'accepted';
  return {
    schema: 'dragoman.http/discrepancy@1',
    pipeline,
    ...shown(discrepancy, nowMs),
    ...{ subject: { ...subject }, owner },
    until: isAccepted ? state.until : null,
    by: isAccepted || state.is === 'repaired' ? state.by : null,
    at: state.is === 'open' ? null : state.at,
    reason: isAccepted ? state.reason : null,
    ours: evidence?.ours ?? null,
    theirs: evidence?.theirs ?? null,
    fields: [...(evidence?.fields ?? [])],
  };
}
