/** Drains at the limits -> text. Pure. */
import { isSame } from '../compare-events.js';
import type { DrainResult } from '../drain/drain.js';
import { spread } from '../stats.js';
import { number, table } from '../table.js';
import { timesOwn } from '../drain/written-report.js';
import { AVRO_CASE, BIG_CASE, isLinesCase, ORDINARY_CASE, POISON_CASE } from './cases.js';

export interface LimitRun {
  readonly limit: string;
  readonly variant: string;
  readonly result: DrainResult;
  /** Processors' worth of work that was not the bench's, over the whole run. */
  readonly othersProcessors: number | null;
}

export const LIMIT_GOALS = {
  /** With one source transaction of 200,000 rows. */
  bigTransactionPeakMb: 768,
  /** Rows per second of orders with many lines, as a part of the ordinary case's. */
  linesRateShare: 0.5,
  /** Rows per second with 1 % poison, as a part of the ordinary case's. */
  poisonRateShare: 0.9,
  /** CPU per row of a backlog in Avro, as a multiple of the ordinary case's in JSON. */
  avroCpuTimes: 1.3,
} as const;

export function limitsText(runs: readonly LimitRun[]): string {
  const head = [
    'case',
    'variant',
    'rows',
    'rows per second',
    'CPU us per row',
    'written',
    'peak MB',
    'others',
    'events',
  ];
  const body = runs.map(({ limit, variant, result, othersProcessors }) => [
    limit,
    variant,
    number(result.rows),
    number(result.rowsPerSecond),
    number(result.cpuMicrosPerRow, 1),
    `${number(timesOwn(result.written), 2)} times own`,
    number(result.peakMemoryMb),
    number(othersProcessors, 2),
    eventsText(result),
  ]);
  return [
    'At the limits',
    table([head, ...body]),
    ...bigText(runs),
    ...linesText(runs),
    ...poisonText(runs),
    ...avroText(runs),
  ].join('\n');
}

const eventsText = ({ events }: DrainResult): string =>
  isSame(events)
    ? `${number(events.expected)} right`
    : `missing ${events.missing}, twice ${events.twice}, unexpected ${events.unexpected}`;

const resultsOf = (runs: readonly LimitRun[], name: string): DrainResult[] =>
  runs.filter(({ limit }) => limit === name).map(({ result }) => result);

function bigText(runs: readonly LimitRun[]): string[] {
  const peaks = resultsOf(runs, BIG_CASE).map(({ peakMemoryMb }) => peakMemoryMb ?? NaN);
  if (peaks.length === 0) return [];
  return [`${BIG_CASE}: peak ${number(Math.max(...peaks))} MB; goal: below ${LIMIT_GOALS.bigTransactionPeakMb}`];
}

const rateOf = (runs: readonly LimitRun[], name: string): number =>
  spread(resultsOf(runs, name).map((result) => result.rowsPerSecond)).median;

function linesText(runs: readonly LimitRun[]): string[] {
  const cases = [...new Set(runs.map(({ limit }) => limit).filter(isLinesCase))];
  return cases.map((name) => {
    const share = rateOf(runs, name) / rateOf(runs, ORDINARY_CASE);
    return `${name}: ${number(share, 2)} of the ordinary rate (medians); goal: at least ${LIMIT_GOALS.linesRateShare}`;
  });
}

/** Healthy orders have the same share of the rows in both cases, so their rate falls as the whole does. */
function poisonText(runs: readonly LimitRun[]): string[] {
  const share = rateOf(runs, POISON_CASE) / rateOf(runs, ORDINARY_CASE);
  if (Number.isNaN(share)) return [];
  return [
    `${POISON_CASE}: ${number(share, 2)} of the ordinary rate (medians); goal: at least ${LIMIT_GOALS.poisonRateShare}`,
  ];
}

function avroText(runs: readonly LimitRun[]): string[] {
  const cpuOf = (name: string): number => spread(resultsOf(runs, name).map((one) => one.cpuMicrosPerRow)).median;
  const times = cpuOf(AVRO_CASE) / cpuOf(ORDINARY_CASE);
  if (Number.isNaN(times)) return [];
  return [
    `${AVRO_CASE}: ${number(times, 2)} times the CPU per row of JSON (medians); goal: at most ${LIMIT_GOALS.avroCpuTimes}`,
  ];
}
