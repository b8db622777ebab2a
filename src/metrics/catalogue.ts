/**
 * Every metric of Dragoman, once. Dashboards, alerts and docs/metrics.md are held against this list by tests, both ways.
 * Rules (prometheus.io, "Metric and label naming"): one prefix, base units, `_total` for counters, `_info` for facts; no label
 * without a bound. Business keys are never labels. `shard` is the task of a pipeline by its number (0 of one that has no others): each reads all of the
 * input, so what is read is counted by each. `diagnostic`: for a search by hand; no dashboard or alert needs it.
 */

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
const LATENCY_SECONDS = [0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600];
const STAGE_SECONDS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const COMMIT_SECONDS = [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30];
const RESTORE_SECONDS = [0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
const REDIS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export const CATALOGUE = {
  recordsConsumed: {
    name: 'dragoman_records_consumed_total',
    type: 'counter',
    help: 'Records read, by topic and operation (c, u, d, r, or boundary and the like).',
    labels: ['shard', 'topic', 'op'],
  },
  recordsSkipped: {
    name: 'dragoman_records_skipped_total',
    type: 'counter',
    help: 'Records that carry nothing for the rules, by reason.',
    labels: ['shard', 'topic', 'reason'],
  },
  lagRecords: {
    name: 'dragoman_consumer_lag_records',
    type: 'gauge',
    help: 'Records of a partition not read yet.',
    labels: ['shard', 'topic', 'partition'],
  },
  lagSeconds: {
    name: 'dragoman_consumer_lag_seconds',
    type: 'gauge',
    help: 'Age of the newest row read from a partition that has more to read; 0 when all is read.',
    labels: ['shard', 'topic', 'partition'],
  },
  sourceLastEvent: {
    name: 'dragoman_source_last_event_timestamp_seconds',
    type: 'gauge',
    help: 'Source time of the newest row read from a topic.',
    labels: ['shard', 'topic'],
  },
  sourceTransactions: {
    name: 'dragoman_source_transactions_total',
    type: 'counter',
    help: 'Complete source transactions, in commit order.',
    labels: ['pipeline', 'shard', 'source'],
  },
  emptyTransactions: {
    name: 'dragoman_source_empty_transactions_total',
    type: 'counter',
    help: 'Source transactions that the connector announced without any row; where it captures all that its publication has, it lost theirs.',
    labels: ['pipeline', 'shard', 'source'],
    diagnostic: true,
  },
  headlessTransactions: {
    name: 'dragoman_source_headless_transactions_total',
    type: 'counter',
    help: 'Source transactions without the first row that their BEGIN names; where the connector captures all that its publication has, it lost it.',
    labels: ['pipeline', 'shard', 'source'],
    diagnostic: true,
  },
  baselineRows: {
    name: 'dragoman_baseline_rows_total',
    type: 'counter',
    help: 'Snapshot rows; they set state and publish nothing.',
    labels: ['pipeline', 'shard', 'source'],
    diagnostic: true,
  },
  unknownTables: {
    name: 'dragoman_unknown_tables',
    type: 'gauge',
    help: 'Declared tables of which no snapshot ended: what reads them is unknown, and nothing is published before all were known once.',
    labels: ['pipeline', 'shard', 'source'],
  },
  sourceGaps: {
    name: 'dragoman_source_gaps_total',
    type: 'counter',
    help: 'Breaks in the chain of source transactions that were let through (`gaps: report`).',
    labels: ['pipeline', 'shard', 'source'],
  },
  shardsDisagree: {
    name: 'dragoman_shards_disagree_total',
    type: 'counter',
    help: 'Source transactions that this shard handed on whole, or never read, while others put them in quarantine.',
    labels: ['pipeline', 'shard', 'source'],
  },
  openTransactions: {
    name: 'dragoman_open_transactions',
    type: 'gauge',
    help: 'Source transactions of which something is still missing.',
    labels: ['pipeline', 'shard', 'source'],
  },
  transactionHeld: {
    name: 'dragoman_transaction_held',
    type: 'gauge',
    help: '1 while a source transaction is held that reading cannot complete (`transactions list` names it), else 0.',
    labels: ['pipeline', 'shard', 'source'],
  },
  heldRows: {
    name: 'dragoman_held_rows',
    type: 'gauge',
    help: 'Rows in memory that wait for the rest of their source transaction.',
    labels: ['pipeline', 'shard', 'source'],
  },
  oldestOpen: {
    name: 'dragoman_oldest_open_transaction_age_seconds',
    type: 'gauge',
    help: 'Age of the oldest row that waits for the rest of its source transaction; 0 when none waits.',
    labels: ['pipeline', 'shard', 'source'],
  },
  uncommitted: {
    name: 'dragoman_oldest_uncommitted_row_age_seconds',
    type: 'gauge',
    help: 'Seconds since rows were read after which nothing was committed; 0 when the last commit came after them.',
    labels: ['pipeline', 'shard'],
  },
  duplicates: {
    name: 'dragoman_duplicates_dropped_total',
    type: 'counter',
    help: 'Rows and boundaries that the source sent again, by cause; they change nothing.',
    labels: ['cause'],
  },
  stageDuration: {
    name: 'dragoman_stage_duration_seconds',
    type: 'histogram',
    help: 'Time of one round of a stage.',
    labels: ['stage'],
    buckets: STAGE_SECONDS,
  },
  changeSets: {
    name: 'dragoman_change_sets_total',
    type: 'counter',
    help: 'Change sets of aggregates, by outcome (applied, baseline, settled, parked, queued, discarded, timer, retired; retired-again, dropped: of a stub, ignored).',
    labels: ['shard', 'aggregate', 'outcome'],
  },
  ruleVerdicts: {
    name: 'dragoman_rule_verdicts_total',
    type: 'counter',
    help: 'What became of each fact (fired, unmet, already, withheld, missed).',
    labels: ['fact', 'verdict'],
  },
  eventsPublished: {
    name: 'dragoman_events_published_total',
    type: 'counter',
    help: 'Integration events in committed Kafka transactions.',
    labels: ['event'],
  },
  eventLatency: {
    name: 'dragoman_event_latency_seconds',
    type: 'histogram',
    help: 'From the commit in the source to the end of the Kafka transaction that published the event.',
    labels: ['event'],
    buckets: LATENCY_SECONDS,
  },
  kafkaTransactions: {
    name: 'dragoman_kafka_transactions_total',
    type: 'counter',
    help: 'Kafka transactions, by result (committed, failed); failed ones are redone after recovery.',
    labels: ['pipeline', 'shard', 'result'],
  },
  kafkaTransactionDuration: {
    name: 'dragoman_kafka_transaction_duration_seconds',
    type: 'histogram',
    help: 'Time of one Kafka transaction, from its first request to its last answer.',
    labels: ['result'],
    buckets: COMMIT_SECONDS,
  },
  redisDuration: {
    name: 'dragoman_redis_duration_seconds',
    type: 'histogram',
    help: 'Time of one call to Redis, by operation (load, save, marker).',
    labels: ['operation'],
    buckets: REDIS_SECONDS,
  },
  redisKeys: {
    name: 'dragoman_redis_keys_total',
    type: 'counter',
    help: 'Keys read or written in Redis.',
    labels: ['operation'],
    diagnostic: true,
  },
  restores: {
    name: 'dragoman_restores_total',
    type: 'counter',
    help: 'Times that Redis was brought forward from the state topic: part of it, or whole after it was lost.',
    labels: ['pipeline', 'shard', 'extent'],
  },
  restoreDuration: {
    name: 'dragoman_restore_duration_seconds',
    type: 'histogram',
    help: 'Time to bring Redis forward from the state topic.',
    labels: ['extent'],
    buckets: RESTORE_SECONDS,
  },
  restoredStates: {
    name: 'dragoman_restored_states_total',
    type: 'counter',
    help: 'Cells copied from the state topic to Redis.',
    labels: ['pipeline', 'shard'],
    diagnostic: true,
  },
  restoreShare: {
    name: 'dragoman_restore_progress_ratio',
    type: 'gauge',
    help: 'Share of the state topic that is copied, while a restore lasts; 0 when none does.',
    labels: ['pipeline', 'shard'],
    diagnostic: true,
  },
  restoreStates: {
    name: 'dragoman_restore_progress_states',
    type: 'gauge',
    help: 'States copied so far, while a restore lasts; 0 when none does.',
    labels: ['pipeline', 'shard'],
    diagnostic: true,
  },
  restoreLeft: {
    name: 'dragoman_restore_left_seconds',
    type: 'gauge',
    help: 'Time that the rest of a restore will take at the rate so far; 0 when none lasts.',
    labels: ['pipeline', 'shard'],
    diagnostic: true,
  },
  retentionUsed: {
    name: 'dragoman_retention_used_ratio',
    type: 'gauge',
    help: 'Share of its retention (time or size) that the oldest record still needed of a topic has used; at 1 it may be deleted.',
    labels: ['shard', 'topic'],
  },
  retentionLeft: {
    name: 'dragoman_retention_left_seconds',
    type: 'gauge',
    help: 'Least time until the oldest record still needed of a topic may be deleted; no series while nothing waits or time does not limit.',
    labels: ['shard', 'topic'],
    diagnostic: true,
  },
  retentionRecords: {
    name: 'dragoman_retention_left_records',
    type: 'gauge',
    help: 'Records in front of the oldest one still needed of a topic; no series while nothing waits.',
    labels: ['shard', 'topic'],
    diagnostic: true,
  },
  unsafeTopics: {
    name: 'dragoman_unsafe_topics',
    type: 'gauge',
    help: 'Topics of a pipeline whose settings, as they are now, would lose records or order.',
    labels: ['pipeline', 'shard'],
  },
  parked: {
    name: 'dragoman_parked_aggregates',
    type: 'gauge',
    help: 'Aggregates that are parked, by refusal code and by the importance of the facts at stake.',
    labels: ['pipeline', 'shard', 'reason', 'importance'],
  },
  parkedOldest: {
    name: 'dragoman_parked_oldest_seconds',
    type: 'gauge',
    help: 'Age of the oldest change set that parked an aggregate, by the importance of the facts at stake.',
    labels: ['pipeline', 'shard', 'importance'],
  },
  orphans: {
    name: 'dragoman_orphan_deletes_total',
    type: 'counter',
    help: 'Deletes of rows that no aggregate is known to have, such as those of a retired one; they change nothing.',
    labels: ['pipeline', 'shard', 'table'],
    diagnostic: true,
  },
  unplaced: {
    name: 'dragoman_unplaced_changes_total',
    type: 'counter',
    help: 'Changes whose aggregate cannot be found; they went to the dead letters.',
    labels: ['pipeline', 'shard', 'table', 'code'],
  },
  clock: {
    name: 'dragoman_clock_timestamp_seconds',
    type: 'gauge',
    help: 'Time of the clock by which timers are due, as committed: the lowest over the sources. Absent while a source has none.',
    labels: ['pipeline', 'shard'],
    diagnostic: true,
  },
  sourceClock: {
    name: 'dragoman_source_clock_timestamp_seconds',
    type: 'gauge',
    help: 'How far the time of a source has come, by its transactions and heartbeats; the lowest one holds the clock back. Absent while it has none.',
    labels: ['pipeline', 'shard', 'source'],
    diagnostic: true,
  },
  clockRefused: {
    name: 'dragoman_clock_refused_total',
    type: 'counter',
    help: 'Times that commit times of a source ran more than an hour over the broker: they do not move the clock by which timers are due.',
    labels: ['pipeline', 'shard', 'source'],
    diagnostic: true,
  },
  missedFacts: {
    name: 'dragoman_missed_facts_total',
    type: 'counter',
    help: 'Facts that happened while nobody read, as a snapshot shows; not published, an operator decides.',
    labels: ['pipeline', 'shard', 'fact'],
  },
  vanishedRows: {
    name: 'dragoman_vanished_rows_total',
    type: 'counter',
    help: 'Known rows that were not in a snapshot of their table: rules do not see them any more, an operator decides.',
    labels: ['pipeline', 'shard', 'table'],
  },
  sweepStates: {
    name: 'dragoman_sweep_states',
    type: 'gauge',
    help: 'States held against a complete snapshot so far, while that lasts; 0 when it does not.',
    labels: ['pipeline', 'shard', 'source'],
  },
  sweepDuration: {
    name: 'dragoman_sweep_duration_seconds',
    type: 'histogram',
    help: 'Time to hold all states against a complete snapshot; the source waits meanwhile.',
    labels: ['pipeline', 'shard', 'source'],
    buckets: RESTORE_SECONDS,
    diagnostic: true,
  },
  commands: {
    name: 'dragoman_commands_total',
    type: 'counter',
    help: "Operators' commands, by kind and result (applied, refused, repeated, unknownKind, malformed, lost).",
    labels: ['kind', 'result'],
    diagnostic: true,
  },
  failures: {
    name: 'dragoman_failures_total',
    type: 'counter',
    help: 'Errors of a task, by code and disposition.',
    labels: ['pipeline', 'shard', 'code', 'disposition'],
  },
  taskState: {
    name: 'dragoman_task_state',
    type: 'gauge',
    help: '1 for the state in which the task of a pipeline is, 0 for the others.',
    labels: ['pipeline', 'shard', 'state'],
  },
  taskStateChanges: {
    name: 'dragoman_task_state_changes_total',
    type: 'counter',
    help: 'Moves of a task, by the state it came to.',
    labels: ['pipeline', 'shard', 'state'],
  },
  sequencing: {
    name: 'dragoman_sequencing_info',
    type: 'gauge',
    help: 'How the transactions of a source are rebuilt; always 1.',
    labels: ['pipeline', 'shard', 'source', 'mode'],
  },
  eventLoopLongest: {
    name: 'dragoman_event_loop_longest_seconds',
    type: 'gauge',
    help: 'Longest stretch of the last 30 to 60 seconds in which the process did nothing else, garbage collection included.',
    labels: [],
  },
  build: {
    name: 'dragoman_build_info',
    type: 'gauge',
    help: 'Version and digest of the rules; always 1.',
    labels: ['version', 'rules_digest'],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricKey = keyof typeof CATALOGUE;

/** The catalogue as a list, in its order. */
export const METRICS: readonly MetricDefinition[] = Object.values(CATALOGUE);
