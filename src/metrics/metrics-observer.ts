/**
 * Pipeline events in, Prometheus series out. One observer for each task; it only adds and sets, so it costs the pipeline
 * little and can fail nothing. Series that alerts compare over time exist from the start with 0.
 */
import type { Observer, PipelineEvent, TaskState } from '../pipeline/events.js';
import type { Clock } from '../pipeline/ports.js';
import { Ages, ageSeconds } from './ages.js';
import { Contexts } from './contexts.js';
import { DeadlineWatch } from './deadlines.js';
import { ParkedWatch } from './parked.js';
import { countRun, showDiscrepancies } from './reconciliation/discrepancy-watch.js';
import { RouteWatch } from './routes/route-watch.js';
import type { Series, TaskLabels } from './series.js';
import { Shown } from './shown.js';

type EventOf<K extends PipelineEvent['kind']> = Extract<PipelineEvent, { kind: K }>;

/** `closed` is not shown: a task that is gone has no state. */
const TASK_STATES: readonly TaskState[] = [
  'assigned',
  'fencing',
  'restoring',
  'running',
  'paused',
  'closing',
  'fenced',
];
const RELEASED: readonly TaskState[] = ['closing', 'fenced', 'closed'];

/** Failures that pass and come again: alerts look at their rate. */
const RECURRING = [
  { code: 'KAFKA_UNAVAILABLE', disposition: 'retry' },
  { code: 'REDIS_UNAVAILABLE', disposition: 'retry' },
  { code: 'COMMIT_UNCERTAIN', disposition: 'corrupt' },
  { code: 'MARKER_MOVED', disposition: 'corrupt' },
] as const satisfies readonly Partial<EventOf<'failed'>>[];

export interface PipelineWatch {
  readonly observe: Observer;
  /** Writes the gauges that grow by themselves; to be called before each scrape. */
  refresh(): void;
}

/** Watches one task. */
export function metricsObserver(series: Series, task: TaskLabels, clock: Clock): PipelineWatch {
  const ages = new Ages(series, task);
  const parked = new ParkedWatch(series, task);
  const shown = new Shown();
  const contexts = new Contexts();
  const deadlines = new DeadlineWatch(series, task, { shown, contexts });
  const routes = new RouteWatch(series, task, shown);
  const gaps = new Map<string, number>();
  startAtZero(series, task);
  const observe: Observer = (event) => {
    switch (event.kind) {
      case 'consumed':
        for (const [op, records] of Object.entries(event.byOperation)) {
          series.recordsConsumed.inc({ ...task, topic: event.topic, op }, records);
        }
        return ages.consumed(event, clock.nowMs());
      case 'skipped':
        return series.recordsSkipped.inc({ ...task, topic: event.topic, reason: event.reason }, event.records);
      case 'duplicates':
        return series.duplicates.inc({ cause: event.cause }, event.records);
      case 'sequenced':
        series.sourceTransactions.inc({ ...task, source: event.source }, event.transactions);
        series.emptyTransactions.inc({ ...task, source: event.source }, event.empty);
        series.headlessTransactions.inc({ ...task, source: event.source }, event.headless);
        series.baselineRows.inc({ ...task, source: event.source }, event.baselineRows);
        series.sourceGaps.inc({ ...task, source: event.source }, newGaps(gaps, event));
        return ages.sequenced(event);
      case 'shardsDisagree':
        return series.shardsDisagree.inc({ ...task, source: event.source });
      case 'knowledge':
        return shown.set(series.unknownTables, { ...task, source: event.source }, event.unknown.length);
      case 'stage':
        return series.stageDuration.observe({ stage: event.stage }, event.seconds);
      case 'decided':
        countFindings(series, task, event);
        countIntervention(series, task, event);
        countUnread(series, task, event);
        deadlines.decided(event.entry);
        routes.decided(event.entry);
        return countDecision({ series, contexts }, task, event);
      case 'departure':
        return series.departures.inc({ ...task, table: event.table, column: event.column, what: event.what });
      case 'clock':
        shown.set(series.timersBehind, task, event.behind);
        return ages.clock(event);
      case 'overdue':
        return deadlines.overdue(event);
      case 'overdueBefore':
        return deadlines.begin();
      case 'clockRefused':
        return series.clockRefused.inc({ ...task, source: event.source });
      case 'sweep':
        return countSweep({ series, shown }, task, event);
      case 'parked':
        return parked.add({ ...event, code: event.refusal.code });
      case 'toldFinding':
        return series.toldFindings.inc({ ...task, code: event.finding.code });
      case 'parity': {
        const { capability, contract, class: of } = event;
        return series.parityPairs.inc({ ...task, capability, contract, class: of });
      }
      case 'repaired':
        return series.eventsRepaired.inc({ ...task, topic: event.topic }, event.events);
      case 'handoverOverdue':
        return routes.overdue(event);
      case 'routes':
        return routes.routes(event);
      case 'route':
        return routes.moved(event, clock.nowMs());
      case 'ownership':
        return routes.ownership(event);
      case 'discrepancies':
        return showDiscrepancies({ series, shown }, task, event);
      case 'checked':
        return countRun(series, task, event);
      case 'unplaced':
        return series.unplaced.inc({ ...task, table: event.table, code: event.refusal.code });
      case 'orphan':
        return series.orphans.inc({ ...task, table: event.table });
      case 'unparked':
        return parked.remove(event);
      case 'command':
        return series.commands.inc({ kind: event.outcome.kind, result: event.outcome.result });
      case 'commandsLost':
        return series.commands.inc({ kind: 'unknown', result: 'lost' });
      case 'pinned':
        return showPinned({ series, shown }, task, event);
      case 'parkedBefore':
        parked.forget();
        for (const aggregate of event.aggregates) parked.add(aggregate);
        return;
      case 'committed':
        if (event.result === 'committed') ages.committed(event.seconds, clock.nowMs());
        return countCommit({ series, contexts }, task, event, clock.nowMs());
      case 'stored':
        series.redisDuration.observe({ operation: event.operation }, event.seconds);
        return series.redisKeys.inc({ operation: event.operation }, event.keys);
      case 'restored':
        return countRestore({ series, shown }, task, event);
      case 'restoring':
        return showRestore({ series, shown }, task, event);
      case 'retention':
        return showRetention({ series, shown }, task, event);
      case 'unsafeTopics':
        return shown.set(series.unsafeTopics, task, event.topics.length);
      case 'state':
        if (RELEASED.includes(event.state)) for (const each of [parked, shown, deadlines]) each.forget();
        return moveTask(series, task, event.state, ages);
      case 'idle':
      case 'offsetsUntold':
      case 'waiting':
        return;
      case 'failed':
        return series.failures.inc({ ...task, code: event.code, disposition: event.disposition });
    }
  };
  const refresh = (): void => {
    ages.refresh(clock.nowMs());
    parked.refresh(clock.nowMs());
    deadlines.refresh(clock.nowMs());
  };
  return { observe, refresh };
}

function startAtZero(series: Series, task: TaskLabels): void {
  for (const result of ['committed', 'failed']) series.kafkaTransactions.inc({ ...task, result }, 0);
  for (const extent of ['part', 'whole']) series.restores.inc({ ...task, extent }, 0);
  for (const state of TASK_STATES) {
    series.taskState.set({ ...task, state }, 0);
    series.taskStateChanges.inc({ ...task, state }, 0);
  }
  for (const { code, disposition } of RECURRING) series.failures.inc({ ...task, code, disposition }, 0);
}

function moveTask(series: Series, task: TaskLabels, to: TaskState, ages: Ages): void {
  series.taskStateChanges.inc({ ...task, state: to });
  for (const state of TASK_STATES) series.taskState.set({ ...task, state }, state === to ? 1 : 0);
  if (to !== 'running') ages.forgetOpen();
  if (!RELEASED.includes(to)) return;
  ages.forget();
}

/** Gaps since the last event: each task counts from 0. */
function newGaps(seen: Map<string, number>, { source, gaps }: EventOf<'sequenced'>): number {
  const before = seen.get(source) ?? 0;
  seen.set(source, gaps);
  return gaps < before ? gaps : gaps - before;
}

interface Counters {
  readonly series: Series;
  readonly contexts: Contexts;
}

function countDecision({ series, contexts }: Counters, task: TaskLabels, { entry }: EventOf<'decided'>): void {
  series.changeSets.inc({ ...task, aggregate: entry.aggregate, outcome: entry.outcome });
  for (const { fact, verdict } of entry.verdicts) {
    series.ruleVerdicts.inc({ fact, verdict });
    if (verdict === 'fired') series.facts.inc({ ...task, fact, context: contexts.label(entry.context) });
  }
}

function countIntervention(series: Series, task: TaskLabels, { entry }: EventOf<'decided'>): void {
  const { intervention, verdicts } = entry;
  if (intervention === undefined) return;
  series.interventionChangeSets.inc({ ...task, intervention });
  for (const { fact, verdict } of verdicts)
    if (verdict === 'learnt') series.interventionFacts.inc({ ...task, intervention, fact });
}

function countUnread(series: Series, task: TaskLabels, { entry: { said, origin } }: EventOf<'decided'>): void {
  if (said?.unread !== undefined) series.originsUnread.inc({ ...task, source: origin.source, reason: said.unread });
}

/** What a snapshot found out. */
function countFindings(series: Series, task: TaskLabels, { entry }: EventOf<'decided'>): void {
  for (const { fact, verdict } of entry.verdicts) if (verdict === 'missed') series.missedFacts.inc({ ...task, fact });
  for (const { table, op } of entry.rows) if (op === 'vanished') series.vanishedRows.inc({ ...task, table });
}

interface Gauges {
  readonly series: Series;
  readonly shown: Shown;
}

function countSweep(
  { series, shown }: Gauges,
  task: TaskLabels,
  { source, isDone, states, seconds }: EventOf<'sweep'>,
): void {
  shown.set(series.sweepStates, { ...task, source }, isDone ? 0 : states);
  if (isDone) series.sweepDuration.observe({ ...task, source }, seconds);
}

function countCommit(
  { series, contexts }: Counters,
  task: TaskLabels,
  event: EventOf<'committed'>,
  nowMs: number,
): void {
  const { result, seconds, published } = event;
  series.kafkaTransactions.inc({ ...task, result });
  series.kafkaTransactionDuration.observe({ result }, seconds);
  if (result === 'failed') return;
  for (const { type, sourceTimeMs, context, deprecatedVersion } of published) {
    series.eventsPublished.inc({ ...task, event: type, context: contexts.label(context) });
    if (deprecatedVersion !== undefined)
      series.deprecatedEvents.inc({ ...task, event: type, version: String(deprecatedVersion) });
    if (sourceTimeMs !== null) series.eventLatency.observe({ event: type }, ageSeconds(sourceTimeMs, nowMs));
  }
}

type RestoreProgress = Pick<EventOf<'restoring'>, 'share' | 'states' | 'leftSeconds'>;

function showRestore(
  { series, shown }: Gauges,
  task: TaskLabels,
  { share, states, leftSeconds }: RestoreProgress,
): void {
  shown.set(series.restoreShare, task, share);
  shown.set(series.restoreStates, task, states);
  shown.set(series.restoreLeft, task, leftSeconds);
}

function showPinned({ series, shown }: Gauges, task: TaskLabels, { all }: EventOf<'pinned'>): void {
  shown.setAll(
    series.pinned,
    all.map(({ aggregate, digest, count }) => [{ ...task, aggregate, rules: digest }, count]),
  );
}

function showRetention(
  { series, shown }: Gauges,
  task: TaskLabels,
  { topic, used, secondsLeft, recordsLeft }: EventOf<'retention'>,
): void {
  const labels = { ...task, topic };
  shown.set(series.retentionUsed, labels, used);
  if (secondsLeft === null) shown.remove(series.retentionLeft, labels);
  else shown.set(series.retentionLeft, labels, secondsLeft);
  if (recordsLeft === null) shown.remove(series.retentionRecords, labels);
  else shown.set(series.retentionRecords, labels, recordsLeft);
}

function countRestore(
  { series, shown }: Gauges,
  task: TaskLabels,
  { states, seconds, whole }: EventOf<'restored'>,
): void {
  const extent = whole ? 'whole' : 'part';
  series.restores.inc({ ...task, extent });
  series.restoreDuration.observe({ extent }, seconds);
  series.restoredStates.inc(task, states);
  showRestore({ series, shown }, task, { share: 0, states: 0, leftSeconds: 0 });
}
