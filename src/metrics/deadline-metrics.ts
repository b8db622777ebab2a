/** Metrics of what is expected within a time: part of the catalogue. */
export const DEADLINE_METRICS = {
  expectedFacts: {
    name: 'dragoman_expected_facts_total',
    type: 'counter',
    help: 'What became of facts that are expected within a time (awaited, met, late, overdue, excused, dropped); `context` (`market=DE,channel=web`) where the decision asked for it, `other` beyond 100 of them.',
    labels: ['pipeline', 'shard', 'fact', 'outcome', 'context'],
  },
  overdueFacts: {
    name: 'dragoman_overdue_facts',
    type: 'gauge',
    help: 'Aggregates for which an expected fact was due and has not happened; by the first name of the fact.',
    labels: ['pipeline', 'shard', 'fact'],
  },
  timersBehind: {
    name: 'dragoman_timers_behind',
    type: 'gauge',
    help: 'Timers (of the 100,000 in memory) whose instant wall time has passed and the clock has not: they are decided when the source’s time is there.',
    labels: ['pipeline', 'shard'],
  },
} as const;
