/** The record to beat, as it was reported to us: measured elsewhere, with other rows. Beside our figures, not under them. */
export const RECORD = {
  what: 'Kafka Streams 4.3.1, tuned for the same job (exactly-once, transactions assembled and translated in one task)',
  where: 'measured elsewhere, on TPC-C rows; two processors shared with the broker, as here',
  drain: [
    { rows: 768_000, rowsPerSecond: 41_000 },
    { rows: 1_400_000, rowsPerSecond: 55_000 },
  ],
  cpuMicrosPerRow: [30, 41],
  latency: { rowsPerSecond: 1_000, commitIntervalMs: 10, p50: 33, p99: 66 },
  latencyByDefault: { rowsPerSecond: 1_000, p50: 174, p99: 233 },
  peakMemoryMb: 1_100,
  killToNextEventSeconds: 50,
} as const;

/** What this project set out to reach on an otherwise idle machine with two processors. */
export const GOALS = {
  drainRowsPerSecond: 30_000,
  cpuMicrosPerRow: 35,
  peakMemoryMb: 512,
  latency: { rowsPerSecond: 1_000, p50: 30, p99: 60 },
} as const;
