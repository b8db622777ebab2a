/** Figures of several runs or of many events. Pure. */

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** NaN in every place when there are no values. */
export function spread(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return { min: sorted[0] ?? NaN, median: median(sorted), max: sorted.at(-1) ?? NaN };
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = ascending(values);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? NaN };
}

/** How much more `b` is than `a`, in percent of `a`. */
export const percentMore = (a: number, b: number): number => ((b - a) / a) * 100;

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] ?? NaN;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
