/** Results of several drains by variant -> figures and text. Pure. */
import { type DrainGoal, RECORD } from '../reference.js';
import { percentMore, type Spread, spread } from '../stats.js';
import { number, signed, table } from '../table.js';
import { isSame } from '../compare-events.js';
import type { DrainResult } from './drain.js';

export interface DrainRun {
  readonly variant: string;
  readonly result: DrainResult;
}

export interface DrainFigures {
  readonly variant: string;
  readonly runs: number;
  readonly rowsPerSecond: Spread;
  readonly cpuMicrosPerRow: Spread;
  readonly peakMemoryMb: Spread;
  /** Runs in which the contract topics did not hold exactly the expected events. */
  readonly wrongRuns: number;
}

export function drainFigures(runs: readonly DrainRun[]): DrainFigures[] {
  const variants = [...new Set(runs.map(({ variant }) => variant))];
  return variants.map((variant) => {
    const results = runs.filter((run) => run.variant === variant).map(({ result }) => result);
    return {
      variant,
      runs: results.length,
      rowsPerSecond: spread(results.map(({ rowsPerSecond }) => rowsPerSecond)),
      cpuMicrosPerRow: spread(results.map(({ cpuMicrosPerRow }) => cpuMicrosPerRow)),
      peakMemoryMb: spread(results.map(({ peakMemoryMb }) => peakMemoryMb ?? NaN)),
      wrongRuns: results.filter(({ events }) => !isSame(events)).length,
    };
  });
}

export interface DrainSubject {
  readonly rows: number;
  readonly goal: DrainGoal;
}

export function drainText(figures: readonly DrainFigures[], { rows, goal }: DrainSubject): string {
  const three = ({ min, median, max }: Spread, digits = 0): string =>
    [min, median, max].map((value) => number(value, digits)).join(' / ');
  const head = ['variant', 'runs', 'rows per second', 'CPU us per row', 'peak MB', 'wrong runs'];
  const body = figures.map((one) => [
    one.variant,
    String(one.runs),
    three(one.rowsPerSecond),
    three(one.cpuMicrosPerRow, 1),
    three(one.peakMemoryMb),
    String(one.wrongRuns),
  ]);
  const [low, high] = RECORD.cpuMicrosPerRow;
  const records = RECORD.drain.map((record) => [
    `record, ${number(record.rows)} rows`,
    '',
    record.rowsPerSecond.map((rate) => number(rate)).join(' to '),
    `${low} to ${high}`,
    number(RECORD.peakMemoryMb),
    '',
  ]);
  const [first, ...others] = figures;
  const differences = others.map(
    (other) => `${other.variant} against ${first?.variant ?? ''}: ${difference(first, other)}`,
  );
  return [
    `Drain of ${number(rows)} row changes (min / median / max)`,
    table([head, ...body, ...records]),
    `Goal for this backlog: at least ${number(goal.rowsPerSecond)} rows per second, at most ${goal.cpuMicrosPerRow} CPU us per row.`,
    `The record: ${RECORD.what}; ${RECORD.where}.`,
    ...differences,
  ].join('\n');
}

function difference(a: DrainFigures | undefined, b: DrainFigures): string {
  if (a === undefined) return '-';
  const rows = percentMore(a.rowsPerSecond.median, b.rowsPerSecond.median);
  const cpu = percentMore(a.cpuMicrosPerRow.median, b.cpuMicrosPerRow.median);
  return `${signed(rows)} rows per second, ${signed(cpu)} CPU per row (medians)`;
}
