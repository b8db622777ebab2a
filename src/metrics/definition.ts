/** What a metric is, and the bounds of histograms. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricDefinition {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, histograms only; seconds. */
  readonly buckets?: readonly number[];
  readonly diagnostic?: boolean;
}

/** From below one broker round trip to the tail of an outage; 30 and 60 ms are the goals at a steady 1,000 rows a second. */
export const LATENCY_SECONDS = [0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600];
export const STAGE_SECONDS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
export const COMMIT_SECONDS = [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30];
/** A move of a route takes effect within 2 s; the way back waits for its service. */
export const MOVE_SECONDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600];
export const RESTORE_SECONDS = [0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
export const REDIS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
