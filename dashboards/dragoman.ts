/** The dashboard of Dragoman, from what the business sees (events, latency) down to the process. Questions first, then causes. */
import { migration } from './migration.js';
import { datasourceVariable, labelVariable, layOut, SELECTOR, type Json, type RowSpec } from './panel.js';
import { reconciliation } from './reconciliation.js';
import { graph, howMany, most, ofFastest, perSecond, quantile, single } from './queries.js';

export const DASHBOARD_UID = 'dragoman';

const overview: RowSpec = {
  title: 'Overview',
  panels: [
    single(
      'Tasks running',
      'short',
      'Pipelines that some member runs now; each of their shards counts.',
      `sum(max by (pipeline, shard) (dragoman_task_state{${SELECTOR},state="running"}))`,
    ),
    single(
      'Events per second',
      'ops',
      'Integration events in committed Kafka transactions.',
      `sum(rate(dragoman_events_published_total{${SELECTOR}}[$__rate_interval]))`,
    ),
    single(
      'Latency p99',
      's',
      'From the commit in the legacy database to the end of the Kafka transaction that published the event.',
      `histogram_quantile(0.99, sum by (le) (rate(dragoman_event_latency_seconds_bucket{${SELECTOR}}[$__rate_interval])))`,
      [1, 5],
    ),
    single(
      'Lag',
      's',
      'Age of the newest row read from the partition that is furthest behind; 0 when all is read.',
      `max(dragoman_consumer_lag_seconds{${SELECTOR}})`,
      [10, 60],
    ),
    single(
      'Parked aggregates',
      'short',
      'Aggregates whose events are withheld until somebody acts.',
      `sum(dragoman_parked_aggregates{${SELECTOR}}) or vector(0)`,
      [1, 10],
    ),
    single(
      'Rule sets in use',
      'short',
      'More than one after a roll-out means that members decide differently.',
      `count(count by (rules_digest) (dragoman_build_info{${SELECTOR}}))`,
      [2, 3],
    ),
  ],
};

const events: RowSpec = {
  title: 'Events',
  panels: [
    graph(
      'Events published',
      'ops',
      'By contract.',
      perSecond('dragoman_events_published_total', 'event', '{{event}}'),
    ),
    graph(
      'End-to-end latency',
      's',
      'From the commit in the source to the end of the Kafka transaction, by contract.',
      quantile(0.5, 'dragoman_event_latency_seconds', 'event', '{{event}}'),
      quantile(0.99, 'dragoman_event_latency_seconds', 'event', '{{event}}'),
    ),
    graph(
      'Verdicts of the rules',
      'ops',
      'What became of each fact: fired, unmet, already, withheld.',
      perSecond('dragoman_rule_verdicts_total', 'fact, verdict', '{{fact}} {{verdict}}'),
    ),
    graph(
      'Change sets',
      'ops',
      'Changes of one source transaction to one aggregate, by outcome.',
      perSecond('dragoman_change_sets_total', 'aggregate, outcome', '{{aggregate}} {{outcome}}'),
    ),
    graph(
      'Interventions',
      'short',
      'Change sets of declared interventions (data fixes), and facts that happened in them: learnt, and not published.',
      howMany('dragoman_intervention_change_sets_total', 'intervention', '{{intervention}}'),
      howMany('dragoman_intervention_facts_total', 'intervention, fact', '{{intervention}} {{fact}}'),
    ),
    graph(
      'Columns that departed',
      'short',
      'What the sentinel tells: columns that are no longer what was learnt of them. Each is told once.',
      howMany('dragoman_column_departures_total', 'table, column, what', '{{table}}.{{column}} {{what}}'),
    ),
    graph('Parked aggregates', 'short', 'By refusal code; their events are withheld, all others go on.', {
      expr: `sum by (pipeline, reason) (dragoman_parked_aggregates{${SELECTOR}})`,
      legend: '{{pipeline}} {{reason}}',
    }),
    graph('Oldest parked', 's', 'By the importance of the facts at stake; how long the oldest has waited.', {
      expr: `max by (pipeline, importance) (dragoman_parked_oldest_seconds{${SELECTOR}})`,
      legend: '{{pipeline}} {{importance}}',
    }),
    graph(
      'Changes without an aggregate',
      'short',
      'Rows whose owner is not known; they went to the dead letters.',
      howMany('dragoman_unplaced_changes_total', 'table, code', '{{table}} {{code}}'),
    ),
    graph(
      'What snapshots found',
      'short',
      'Facts missed and rows gone while nobody read; an operator publishes or dismisses them.',
      howMany('dragoman_missed_facts_total', 'fact', 'missed {{fact}}'),
      howMany('dragoman_vanished_rows_total', 'table', 'vanished {{table}}'),
    ),
    graph(
      'States held against a snapshot',
      'short',
      'So far, while a source waits at the end of its snapshot.',
      most('dragoman_sweep_states', 'pipeline, source', '{{pipeline}} {{source}}'),
    ),
  ],
};

const business: RowSpec = {
  title: 'Business flow',
  panels: [
    graph(
      'Facts',
      'short',
      'What happened to the business, by market, channel or whatever the context of the aggregates has.',
      howMany('dragoman_facts_total', 'fact, context', '{{fact}} {{context}}'),
    ),
    graph(
      'Events by context',
      'short',
      'What other contexts were told, by market, channel or whatever the context of the aggregates has.',
      howMany('dragoman_events_published_total', 'event, context', '{{event}} {{context}}'),
    ),
    graph(
      'What is expected',
      'short',
      'What became of facts that are to happen within a time: awaited, met, late, overdue, excused, dropped.',
      howMany('dragoman_expected_facts_total', 'fact, outcome, context', '{{fact}} {{outcome}} {{context}}'),
    ),
    graph(
      'Overdue now',
      'short',
      'Aggregates for which an expected fact was due and has not happened; and timers that wait for the time of the source.',
      { expr: `sum by (fact) (dragoman_overdue_facts{${SELECTOR}})`, legend: '{{fact}}' },
      { expr: `sum by (pipeline) (dragoman_timers_behind{${SELECTOR}})`, legend: '{{pipeline}} timers behind' },
    ),
    graph(
      'Longest overdue',
      's',
      'How long the aggregate that waits longest for each fact has been overdue.',
      most('dragoman_oldest_overdue_fact_seconds', 'fact', '{{fact}}'),
    ),
    graph('Not in time', 'percentunit', 'Share of expected facts that were due and had not happened, by fact.', {
      expr:
        `sum by (fact) (increase(dragoman_expected_facts_total{${SELECTOR},outcome="overdue"}[$__rate_interval])) / ` +
        `sum by (fact) (increase(dragoman_expected_facts_total{${SELECTOR},outcome=~"met|overdue"}[$__rate_interval]))`,
      legend: '{{fact}}',
    }),
  ],
};

const source: RowSpec = {
  title: 'Source',
  panels: [
    graph(
      'Records read',
      'ops',
      'By topic and operation. Each shard of a pipeline reads all; shown is the fastest.',
      ofFastest('dragoman_records_consumed_total', 'topic, op', '{{topic}} {{op}}'),
    ),
    graph(
      'Lag in time',
      's',
      'The worst partition of each topic; averages would hide one that is stuck.',
      most('dragoman_consumer_lag_seconds', 'pipeline, topic', '{{pipeline}} {{topic}}'),
    ),
    graph('Lag in records', 'short', 'Records not read yet, by topic; of the shard that is furthest behind.', {
      expr: `sum by (pipeline, topic) (max by (pipeline, topic, partition) (dragoman_consumer_lag_records{${SELECTOR}}))`,
      legend: '{{pipeline}} {{topic}}',
    }),
    graph(
      'Time since the newest row',
      's',
      'Grows while the legacy database is quiet, or while the connector stands still.',
      {
        expr: `time() - max by (pipeline, topic) (dragoman_source_last_event_timestamp_seconds{${SELECTOR}})`,
        legend: '{{pipeline}} {{topic}}',
      },
    ),
    graph(
      'Skipped and repeated',
      'ops',
      'Records that carry nothing for the rules, and rows that the source sent again.',
      perSecond('dragoman_records_skipped_total', 'reason', 'skipped: {{reason}}'),
      perSecond('dragoman_duplicates_dropped_total', 'cause', 'again: {{cause}}'),
    ),
    graph(
      'Source transactions',
      'ops',
      'Complete ones, in commit order; of the fastest shard.',
      ofFastest('dragoman_source_transactions_total', 'pipeline, source', '{{pipeline}} {{source}}'),
    ),
    graph(
      'Open transactions',
      'short',
      'Source transactions of which something is missing, and the rows that wait for them.',
      most('dragoman_open_transactions', 'pipeline, source', '{{source}} transactions'),
      most('dragoman_held_rows', 'pipeline, source', '{{source}} rows'),
    ),
    graph(
      'Oldest open transaction',
      's',
      'Everything behind it waits, because events keep the order of commits.',
      most('dragoman_oldest_open_transaction_age_seconds', 'pipeline, source', '{{source}}'),
    ),
    graph(
      'Read and not committed',
      's',
      'Since when rows were read after which nothing was committed.',
      most('dragoman_oldest_uncommitted_row_age_seconds', 'pipeline', '{{pipeline}}'),
    ),
    {
      kind: 'table',
      title: 'Sequencing',
      unit: 'short',
      description: 'How the transactions of each source are rebuilt.',
      queries: [
        { expr: `max by (pipeline, source, mode) (dragoman_sequencing_info{${SELECTOR}})`, legend: '{{source}}' },
      ],
    },
    graph(
      'Transaction held',
      'short',
      '1 while a source transaction waits for a decision: it lacks rows, has too many, or never ended.',
      most('dragoman_transaction_held', 'pipeline, source', '{{pipeline}} {{source}}'),
    ),
    graph(
      'Breaks in the chain',
      'short',
      'Source transactions whose predecessor is missing, let through because the source says so.',
      howMany('dragoman_source_gaps_total', 'pipeline, source', '{{pipeline}} {{source}}'),
    ),
    graph(
      'Shards that disagree',
      'short',
      'Transactions that one shard handed on and others put in quarantine: look at each by hand.',
      howMany('dragoman_shards_disagree_total', 'pipeline, shard, source', '{{pipeline}} {{shard}} {{source}}'),
    ),
  ],
};

const commits: RowSpec = {
  title: 'Kafka transactions and Redis',
  panels: [
    graph(
      'Kafka transactions',
      'ops',
      'Failed ones are redone after recovery; nothing is lost by them.',
      perSecond('dragoman_kafka_transactions_total', 'pipeline, result', '{{pipeline}} {{result}}'),
    ),
    graph(
      'Time of a Kafka transaction',
      's',
      'From its first request to its last answer.',
      quantile(0.5, 'dragoman_kafka_transaction_duration_seconds', 'result', '{{result}}'),
      quantile(0.99, 'dragoman_kafka_transaction_duration_seconds', 'result', '{{result}}'),
    ),
    graph(
      'Time of the stages',
      's',
      'One round of each stage, p99.',
      quantile(0.99, 'dragoman_stage_duration_seconds', 'stage', '{{stage}}'),
    ),
    graph(
      'Time of Redis',
      's',
      'By operation.',
      quantile(0.5, 'dragoman_redis_duration_seconds', 'operation', '{{operation}}'),
      quantile(0.99, 'dragoman_redis_duration_seconds', 'operation', '{{operation}}'),
    ),
    graph(
      'Restores',
      'short',
      'Times that Redis was brought forward from the state topic.',
      howMany('dragoman_restores_total', 'pipeline, extent', '{{pipeline}} {{extent}}'),
    ),
    graph(
      'Time of a restore',
      's',
      'Nothing is published meanwhile.',
      quantile(0.99, 'dragoman_restore_duration_seconds', 'extent', '{{extent}}'),
    ),
  ],
};

const task: RowSpec = {
  title: 'Task and process',
  panels: [
    graph('State of the task', 'short', '1 for the state in which each task is; running is the good one.', {
      expr: `max by (pipeline, shard, state) (dragoman_task_state{${SELECTOR}}) == 1`,
      legend: '{{pipeline}} {{shard}} {{state}}',
    }),
    graph(
      'Moves of the task',
      'short',
      'Many closing or fenced mean that members leave and join.',
      howMany('dragoman_task_state_changes_total', 'pipeline, state', '{{pipeline}} {{state}}'),
    ),
    graph(
      'Failures',
      'short',
      'By code; docs/errors.md says what each means.',
      howMany('dragoman_failures_total', 'pipeline, code', '{{pipeline}} {{code}}'),
    ),
    graph(
      'CPU',
      'percentunit',
      'Share of one core.',
      perSecond('process_cpu_seconds_total', 'instance', '{{instance}}'),
    ),
    graph(
      'Memory',
      'bytes',
      'Resident memory of the process.',
      most('process_resident_memory_bytes', 'instance', '{{instance}}'),
    ),
    graph(
      'Event loop: longest stretch',
      's',
      'In which nothing else could run; a busy loop answers no heartbeat in time, and events wait for it.',
      most('dragoman_event_loop_longest_seconds', 'instance', '{{instance}}'),
    ),
  ],
};

/** The whole dashboard. */
export const dashboard = (): Json => ({
  uid: DASHBOARD_UID,
  title: 'Dragoman',
  description: 'From row changes to integration events: flow, latency, trouble and their causes.',
  tags: ['dragoman'],
  schemaVersion: 39,
  version: 1,
  editable: false,
  graphTooltip: 1,
  refresh: '10s',
  time: { from: 'now-1h', to: 'now' },
  timezone: 'browser',
  links: [],
  annotations: {
    list: [
      {
        name: 'New rules',
        datasource: { type: 'prometheus', uid: '${datasource}' },
        enable: true,
        hide: false,
        iconColor: 'blue',
        expr: `count by (rules_digest) (dragoman_build_info{${SELECTOR}}) unless count by (rules_digest) (dragoman_build_info{${SELECTOR}} offset 2m)`,
        titleFormat: 'New rules',
        textFormat: '{{rules_digest}}',
        step: '1m',
      },
    ],
  },
  templating: {
    list: [
      datasourceVariable,
      labelVariable('job', 'label_values(dragoman_build_info, job)'),
      labelVariable('instance', 'label_values(dragoman_build_info{job=~"$job"}, instance)'),
    ],
  },
  panels: layOut([overview, business, events, migration, reconciliation, source, commits, task]),
});
