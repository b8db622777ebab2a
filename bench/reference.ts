import type { WorkloadKind } from './backlog/workload.js';

/** The record to beat, as it was reported to us: measured elsewhere, with other rows. Beside our figures, not under them. */
export const RECORD = {
  what: 'Kafka Streams 4.3.1, tuned for the same job (exactly-once, transactions assembled and translated in one task)',
  where: 'measured elsewhere, on TPC-C rows; two processors shared with the broker, as here',
  drain: [
    { rows: 769_000, rowsPerSecond: [57_000, 61_000] },
    { rows: 1_370_000, rowsPerSecond: [73_000, 79_000] },
  ],
  cpuMicrosPerRow: [20, 28],
  latency: { rowsPerSecond: 1_000, commitIntervalMs: 10, p50: 33, p99: 66 },
  latencyByDefault: { rowsPerSecond: 1_000, p50: 174, p99: 233 },
  peakMemoryMb: 1_300,
  killToNextEventSeconds: 50,
} as const;

/** What this project set out to reach on an otherwise idle machine with two processors. */
export const GOALS = {
  drain: {
    retailer: { rowsPerSecond: 40_000, cpuMicrosPerRow: 28 },
    tpcc: { rowsPerSecond: 60_000, cpuMicrosPerRow: 22 },
  } satisfies Record<WorkloadKind, DrainGoal>,
  peakMemoryMb: 512,
  latency: { rowsPerSecond: 1_000, p50: 12, p99: 40 },
} as const;

export interface DrainGoal {
  /** At least. */
  readonly rowsPerSecond: number;
  /** At most. */
  readonly cpuMicrosPerRow: number;
}
