/** Metrics of what checks find (docs/reconciliation.md): part of the catalogue. They are there where a check ever reported. */
export const RECONCILIATION_METRICS = {
  discrepancies: {
    name: 'dragoman_discrepancies',
    type: 'gauge',
    help: 'Discrepancies by check, class, state (open, accepted, repaired, closed) and severity, as the shard keeps them. What was accepted is open again with the next run after its time. The sum over all shards counts.',
    labels: ['pipeline', 'shard', 'check', 'class', 'state', 'severity'],
  },
  discrepancyOldest: {
    name: 'dragoman_discrepancy_oldest_timestamp_seconds',
    type: 'gauge',
    help: 'When the oldest open discrepancy was seen first.',
    labels: ['pipeline', 'shard', 'check', 'class'],
  },
  discrepanciesBeyond: {
    name: 'dragoman_discrepancies_beyond',
    type: 'gauge',
    help: 'Discrepancies that the latest run of a check found and the shard does not keep, because it has as many as it may.',
    labels: ['pipeline', 'shard', 'check'],
  },
  checkRuns: {
    name: 'dragoman_check_runs_total',
    type: 'counter',
    help: 'Runs of checks that ended, by how: done, stopped, failed.',
    labels: ['pipeline', 'shard', 'check', 'ended'],
  },
  checkDuration: {
    name: 'dragoman_check_last_run_seconds',
    type: 'gauge',
    help: 'How long the run of a check took that ended last.',
    labels: ['pipeline', 'shard', 'check'],
  },
  checkDone: {
    name: 'dragoman_check_done_timestamp_seconds',
    type: 'gauge',
    help: 'When a run of a check was done the last time.',
    labels: ['pipeline', 'shard', 'check'],
  },
} as const;
