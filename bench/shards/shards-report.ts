/** Drains of one backlog with several numbers of shards -> figures and text. Pure. */
import { isSame } from '../compare-events.js';
import type { DrainResult } from '../drain/drain.js';
import { type Spread, spread } from '../stats.js';
import { number, table } from '../table.js';

export interface ShardsRun {
  readonly shards: number;
  readonly result: DrainResult;
  /** Processors' worth of work that was not the bench's, over the whole run. */
  readonly othersProcessors: number | null;
}

export const SHARDS_GOALS = {
  /** Rows per second of two shards, as a part of one's, all on the same two processors. */
  rateShareOfTwo: 0.75,
  /** CPU of a row of an aggregate that another shard owns, where the key of the record tells it. */
  foreignRowMicros: 2,
  /** The same, where only the row tells it. */
  foreignRowMicrosElse: 4,
} as const;

export interface ShardsFigures {
  readonly shards: number;
  readonly runs: number;
  readonly rowsPerSecond: Spread;
  /** Of the rate with one shard (medians). */
  readonly rateShare: number;
  /** Over all processes. */
  readonly cpuMicrosPerRow: Spread;
  /** Of each process, over all runs. */
  readonly cpuMicrosPerRowEach: Spread;
  /** CPU that one more shard costs for each row, that is of a foreign one; NaN with one shard. */
  readonly foreignRowMicros: number;
  readonly peakMemoryMb: Spread;
  readonly wrongRuns: number;
}

/** By shards. */
export function shardsFigures(runs: readonly ShardsRun[]): ShardsFigures[] {
  const of = (shards: number): DrainResult[] => runs.filter((run) => run.shards === shards).map(({ result }) => result);
  const rate = (shards: number): Spread => spread(of(shards).map(({ rowsPerSecond }) => rowsPerSecond));
  const cpu = (shards: number): Spread => spread(of(shards).map(({ cpuMicrosPerRow }) => cpuMicrosPerRow));
  const counts = [...new Set(runs.map(({ shards }) => shards))].sort((a, b) => a - b);
  return counts.map((shards) => ({
    shards,
    runs: of(shards).length,
    rowsPerSecond: rate(shards),
    rateShare: rate(shards).median / rate(1).median,
    cpuMicrosPerRow: cpu(shards),
    cpuMicrosPerRowEach: spread(of(shards).flatMap(({ cpuMicrosPerRowEach }) => cpuMicrosPerRowEach)),
    foreignRowMicros: shards === 1 ? NaN : (cpu(shards).median - cpu(1).median) / (shards - 1),
    peakMemoryMb: spread(of(shards).map(({ peakMemoryMb }) => peakMemoryMb ?? NaN)),
    wrongRuns: of(shards).filter(({ events }) => !isSame(events)).length,
  }));
}

export interface Capacity {
  readonly shards: number;
  /** Of the whole. */
  readonly rowsPerSecond: number;
}

/** Of which a capacity is told. */
const COMPUTED = [2, 4, 8];

/**
 * What as many machines like this one would do, one shard on each. One does what was measured with one shard, by `own` CPU for a row; of N each owns
 * every Nth row and passes over the others, so it spends (own + (N - 1) * foreign) / N, and the whole is as much faster as that is less.
 */
export function capacities(figures: readonly ShardsFigures[]): Capacity[] {
  const one = figures.find(({ shards }) => shards === 1);
  const foreign = spread(figures.map((each) => each.foreignRowMicros).filter((micros) => !Number.isNaN(micros))).median;
  if (one === undefined || Number.isNaN(foreign)) return [];
  const own = one.cpuMicrosPerRow.median;
  return COMPUTED.map((shards) => ({
    shards,
    rowsPerSecond: (one.rowsPerSecond.median * shards * own) / (own + (shards - 1) * foreign),
  }));
}

export function shardsText(runs: readonly ShardsRun[], rows: number): string {
  const figures = shardsFigures(runs);
  const three = ({ min, median, max }: Spread, digits = 0): string =>
    [min, median, max].map((value) => number(value, digits)).join(' / ');
  const head = ['shards', 'runs', 'rows per second', 'of one', 'CPU us per row', 'of each', 'foreign', 'MB', 'wrong'];
  const body = figures.map((one) => [
    String(one.shards),
    String(one.runs),
    three(one.rowsPerSecond),
    number(one.rateShare, 2),
    three(one.cpuMicrosPerRow, 1),
    three(one.cpuMicrosPerRowEach, 1),
    number(one.foreignRowMicros, 2),
    three(one.peakMemoryMb),
    String(one.wrongRuns),
  ]);
  return [
    `Drain of ${number(rows)} row changes by shards, each in a process of its own on the same processors (min / median / max)`,
    table([head, ...body]),
    ...goalLines(figures),
    ...capacityLines(capacities(figures)),
  ].join('\n');
}

function goalLines(figures: readonly ShardsFigures[]): string[] {
  const two = figures.find(({ shards }) => shards === 2);
  const { rateShareOfTwo, foreignRowMicros, foreignRowMicrosElse } = SHARDS_GOALS;
  return [
    ...(two === undefined
      ? []
      : [`Two shards: ${number(two.rateShare, 2)} of the rate of one; goal: at least ${rateShareOfTwo}`]),
    `A foreign row: goal at most ${foreignRowMicros} us where the key tells the aggregate, ${foreignRowMicrosElse} us else (what each process costs besides rows counts as theirs here)`,
  ];
}

const capacityLines = (all: readonly Capacity[]): string[] =>
  all.length === 0
    ? []
    : [
        'Computed, each shard on a machine of its own like this one, broker and Redis not counted: ' +
          all.map(({ shards, rowsPerSecond }) => `${shards} shards ${number(rowsPerSecond)} rows/s`).join(', '),
      ];
