/**
 * Pipeline events in, Prometheus series out. One observer for each pipeline; it only adds and sets, so it costs the pipeline
 * little and can fail nothing. Series that alerts compare over time exist from the start with 0.
 */
import type { Observer, PipelineEvent, TaskState } from '../pipeline/events.js';
import type { Clock } from '../pipeline/ports.js';
import { Ages, ageSeconds } from './ages.js';
import { ParkedWatch } from './parked.js';
import type { Series } from './series.js';

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

/** Watches one pipeline. */
export function metricsObserver(series: Series, pipeline: string, clock: Clock): PipelineWatch {
  const ages = new Ages(series, pipeline);
  const parked = new ParkedWatch(series, pipeline);
  const gaps = new Map<string, number>();
  startAtZero(series, pipeline);
  const observe: Observer = (event) => {
    switch (event.kind) {
      case 'consumed':
        for (const [op, records] of Object.entries(event.byOperation)) {
          series.recordsConsumed.inc({ topic: event.topic, op }, records);
        }
        return ages.consumed(event, clock.nowMs());
      case 'skipped':
        return series.recordsSkipped.inc({ topic: event.topic, reason: event.reason }, event.records);
      case 'duplicates':
        return series.duplicates.inc({ cause: event.cause }, event.records);
      case 'sequenced':
        series.sourceTransactions.inc({ pipeline, source: event.source }, event.transactions);
        series.emptyTransactions.inc({ pipeline, source: event.source }, event.empty);
        series.baselineRows.inc({ pipeline, source: event.source }, event.baselineRows);
        series.sourceGaps.inc({ pipeline, source: event.source }, newGaps(gaps, event));
        return ages.sequenced(event);
      case 'knowledge':
        return series.unknownTables.set({ pipeline, source: event.source }, event.unknown.length);
      case 'stage':
        return series.stageDuration.observe({ stage: event.stage }, event.seconds);
      case 'decided':
        countFindings(series, pipeline, event);
        return countDecision(series, event);
      case 'clock':
        return ages.clock(event);
      case 'clockRefused':
        return series.clockRefused.inc({ pipeline, source: event.source });
      case 'sweep':
        return countSweep(series, pipeline, event);
      case 'parked':
        return parked.add({ ...event, code: event.refusal.code });
      case 'unplaced':
        return series.unplaced.inc({ pipeline, table: event.table, code: event.refusal.code });
      case 'orphan':
        return series.orphans.inc({ pipeline, table: event.table });
      case 'unparked':
        return parked.remove(event);
      case 'command':
        return series.commands.inc({ kind: event.outcome.kind, result: event.outcome.result });
      case 'commandsLost':
        return series.commands.inc({ kind: 'unknown', result: 'lost' });
      case 'parkedBefore':
        parked.forget();
        for (const aggregate of event.aggregates) parked.add(aggregate);
        return;
      case 'committed':
        if (event.result === 'committed') ages.committed(event.seconds, clock.nowMs());
        return countCommit(series, pipeline, event, clock.nowMs());
      case 'stored':
        series.redisDuration.observe({ operation: event.operation }, event.seconds);
        return series.redisKeys.inc({ operation: event.operation }, event.keys);
      case 'restored':
        return countRestore(series, pipeline, event);
      case 'restoring':
        return showRestore(series, pipeline, event);
      case 'retention':
        return showRetention(series, event);
      case 'unsafeTopics':
        return series.unsafeTopics.set({ pipeline }, event.topics.length);
      case 'state':
        if (RELEASED.includes(event.state)) parked.forget();
        return moveTask(series, pipeline, event.state, ages);
      case 'idle':
      case 'waiting':
        return;
      case 'failed':
        return series.failures.inc({ pipeline, code: event.code, disposition: event.disposition });
    }
  };
  const refresh = (): void => {
    ages.refresh(clock.nowMs());
    parked.refresh(clock.nowMs());
  };
  return { observe, refresh };
}

function startAtZero(series: Series, pipeline: string): void {
  for (const result of ['committed', 'failed']) series.kafkaTransactions.inc({ pipeline, result }, 0);
  for (const extent of ['part', 'whole']) series.restores.inc({ pipeline, extent }, 0);
  for (const state of TASK_STATES) {
    series.taskState.set({ pipeline, state }, 0);
    series.taskStateChanges.inc({ pipeline, state }, 0);
  }
  for (const { code, disposition } of RECURRING) series.failures.inc({ pipeline, code, disposition }, 0);
}

function moveTask(series: Series, pipeline: string, to: TaskState, ages: Ages): void {
  series.taskStateChanges.inc({ pipeline, state: to });
  for (const state of TASK_STATES) series.taskState.set({ pipeline, state }, state === to ? 1 : 0);
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

function countDecision(series: Series, { entry }: EventOf<'decided'>): void {
  series.changeSets.inc({ aggregate: entry.aggregate, outcome: entry.outcome });
  for (const { fact, verdict } of entry.verdicts) series.ruleVerdicts.inc({ fact, verdict });
}

/** What a snapshot found out. */
function countFindings(series: Series, pipeline: string, { entry }: EventOf<'decided'>): void {
  for (const { fact, verdict } of entry.verdicts) if (verdict === 'missed') series.missedFacts.inc({ pipeline, fact });
  for (const { table, op } of entry.rows) if (op === 'vanished') series.vanishedRows.inc({ pipeline, table });
}

function countSweep(series: Series, pipeline: string, { source, isDone, states, seconds }: EventOf<'sweep'>): void {
  series.sweepStates.set({ pipeline, source }, isDone ? 0 : states);
  if (isDone) series.sweepDuration.observe({ pipeline, source }, seconds);
}

function countCommit(series: Series, pipeline: string, event: EventOf<'committed'>, nowMs: number): void {
  const { result, seconds, published } = event;
  series.kafkaTransactions.inc({ pipeline, result });
  series.kafkaTransactionDuration.observe({ result }, seconds);
  if (result === 'failed') return;
  for (const { type, sourceTimeMs } of published) {
    series.eventsPublished.inc({ event: type });
    series.eventLatency.observe({ event: type }, ageSeconds(sourceTimeMs, nowMs));
  }
}

type RestoreProgress = Pick<EventOf<'restoring'>, 'share' | 'states' | 'leftSeconds'>;

function showRestore(series: Series, pipeline: string, { share, states, leftSeconds }: RestoreProgress): void {
  series.restoreShare.set({ pipeline }, share);
  series.restoreStates.set({ pipeline }, states);
  series.restoreLeft.set({ pipeline }, leftSeconds);
}

function showRetention(series: Series, { topic, used, secondsLeft, recordsLeft }: EventOf<'retention'>): void {
  series.retentionUsed.set({ topic }, used);
  if (secondsLeft === null) series.retentionLeft.remove({ topic });
  else series.retentionLeft.set({ topic }, secondsLeft);
  if (recordsLeft === null) series.retentionRecords.remove({ topic });
  else series.retentionRecords.set({ topic }, recordsLeft);
}

function countRestore(series: Series, pipeline: string, { states, seconds, whole }: EventOf<'restored'>): void {
  const extent = whole ? 'whole' : 'part';
  series.restores.inc({ pipeline, extent });
  series.restoreDuration.observe({ extent }, seconds);
  series.restoredStates.inc({ pipeline }, states);
  showRestore(series, pipeline, { share: 0, states: 0, leftSeconds: 0 });
}
