/** Drains with and without Kafka transactions -> what exactly-once costs. Pure. */
import { type Spread, spread } from '../stats.js';
import { number } from '../table.js';
import type { DrainRun } from './drain-report.js';

/** Name of the variant that is {@link WITHOUT_TRANSACTIONS}. */
export const WITHOUT = 'no transactions';

/** Of the rate without Kafka transactions. */
export const COST_PERCENT_MAX = 25;

export interface ExactlyOnceCost {
  /** By how many percent A's rate is below that without Kafka transactions, in the same round. */
  readonly costPercent: Spread;
  /** By how many percent A2's rate is below A's, in the same round: noise. */
  readonly controlPercent: Spread;
  readonly goalPercent: number;
}

/** @param runs in the order in which they were made: every variant once in each round. */
export function exactlyOnceCost(runs: readonly DrainRun[]): ExactlyOnceCost {
  const rates = (variant: string): number[] =>
    runs.filter((run) => run.variant === variant).map(({ result }) => result.rowsPerSecond);
  const [a, a2, without] = [rates('A'), rates('A2'), rates(WITHOUT)];
  return {
    costPercent: spread(percentsBelow(a, without)),
    controlPercent: spread(percentsBelow(a2, a)),
    goalPercent: COST_PERCENT_MAX,
  };
}

const percentsBelow = (rates: readonly number[], others: readonly number[]): number[] =>
  rates.map((rate, round) => (1 - rate / (others[round] ?? NaN)) * 100);

export function exactlyOnceText({ costPercent, controlPercent, goalPercent }: ExactlyOnceCost): string {
  const three = ({ min, median, max }: Spread): string =>
    [min, median, max].map((value) => number(value, 1)).join(' / ');
  return [
    `Exactly-once costs ${three(costPercent)} % of the rate without Kafka transactions (min / median / max of the rounds); ` +
      `goal: at most ${goalPercent}`,
    ...(Number.isNaN(controlPercent.median) ? [] : [`Control, A2 below A: ${three(controlPercent)} %`]),
  ].join('\n');
}
