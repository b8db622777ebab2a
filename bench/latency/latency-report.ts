/** Results of latency measurements -> a table for each rate. Pure. */
import { GOALS, RECORD } from '../reference.js';
import { percentMore } from '../stats.js';
import { number, signed, table } from '../table.js';
import { type LatencyResult, PART_SECONDS } from './latency.js';

export interface LatencyRun {
  readonly variant: string;
  readonly result: LatencyResult;
}

const HEAD = [
  'variant',
  'events',
  'p50 ms',
  'p90',
  'p99',
  'max',
  'CPU us per row',
  'peak MB',
  'behind p99',
  'longest ms',
  'others',
  'wrong',
];

export function latencyText(runs: readonly LatencyRun[]): string {
  const rates = [...new Set(runs.map(({ result }) => result.rowsPerSecond))];
  return rates.map((rate) => rateText(runs.filter(({ result }) => result.rowsPerSecond === rate))).join('\n\n');
}

function rateText(runs: readonly LatencyRun[]): string {
  const [first, ...others] = runs;
  if (first === undefined) return '';
  const { rowsPerSecond, seconds, warmupSeconds } = first.result;
  return [
    `Latency at ${number(rowsPerSecond)} row changes per second, ${seconds} s after ${warmupSeconds} s of warm-up`,
    table([HEAD, ...runs.map(cells), ...references()]),
    'behind: how far sending was behind its plan; up to 5 ms is right. longest: stretch of the event loop, of the last 30 to 60 s.',
    'others: processors that something else used.',
    'wrong: missing/twice/unexpected/of another transaction.',
    ...runs.map(({ variant, result }) => `${variant}, p50/p99 of each ${PART_SECONDS} s: ${inParts(result)}`),
    `The record: ${RECORD.what}; ${RECORD.where}.`,
    ...others.map((other) => `${other.variant} against ${first.variant}: ${difference(first.result, other.result)}`),
  ].join('\n');
}

function cells({ variant, result }: LatencyRun): string[] {
  const { measured, latencyMs, cpuMicrosPerRow, peakMemoryMb, behindMs, othersProcessors, events, misattributed } =
    result;
  const { longestStretchMs } = result;
  return [
    variant,
    number(measured),
    ...[latencyMs.p50, latencyMs.p90, latencyMs.p99, latencyMs.max].map((value) => number(value)),
    number(cpuMicrosPerRow, 1),
    number(peakMemoryMb),
    number(behindMs.p99, 1),
    number(longestStretchMs),
    number(othersProcessors, 2),
    [events.missing, events.twice, events.unexpected, misattributed].join('/'),
  ];
}

const inParts = ({ latencyMsOverTime }: LatencyResult): string =>
  latencyMsOverTime.map(({ p50, p99 }) => `${number(p50)}/${number(p99)}`).join('  ');

/** They hold for 1,000 rows per second, also where they stand beside another rate. */
function references(): string[][] {
  const { latency, latencyByDefault, peakMemoryMb } = RECORD;
  const at = ({ rowsPerSecond }: { readonly rowsPerSecond: number }): string => `at ${number(rowsPerSecond)} rows/s`;
  const row = (
    name: string,
    { p50, p99 }: { readonly p50: number; readonly p99: number },
    memory: string,
  ): string[] => [name, '', number(p50), '', number(p99), '', '', memory, '', '', '', ''];
  return [
    row(`record ${at(latency)}, commit interval ${latency.commitIntervalMs} ms`, latency, number(peakMemoryMb)),
    row(`record ${at(latencyByDefault)}, by default`, latencyByDefault, ''),
    row(`goal ${at(GOALS.latency)}, at most`, GOALS.latency, number(GOALS.peakMemoryMb)),
  ];
}

function difference(a: LatencyResult, b: LatencyResult): string {
  const p50 = percentMore(a.latencyMs.p50, b.latencyMs.p50);
  const p99 = percentMore(a.latencyMs.p99, b.latencyMs.p99);
  const cpu = percentMore(a.cpuMicrosPerRow, b.cpuMicrosPerRow);
  return `p50 ${signed(p50)}, p99 ${signed(p99)}, CPU per row ${signed(cpu)}`;
}
