/** Metrics of what the business does and waits for: part of the catalogue. */
export const BUSINESS_METRICS = {
  facts: {
    name: 'dragoman_facts_total',
    type: 'counter',
    help: 'Facts that happened, published or not; `context` as of `dragoman_expected_facts_total`.',
    labels: ['pipeline', 'shard', 'fact', 'context'],
  },
  eventsPublished: {
    name: 'dragoman_events_published_total',
    type: 'counter',
    help: 'Integration events in committed Kafka transactions; `context` as of `dragoman_expected_facts_total`.',
    labels: ['pipeline', 'shard', 'event', 'context'],
  },
  eventsRepaired: {
    name: 'dragoman_events_repaired_total',
    type: 'counter',
    help: 'Integration events that were published once more by an operator, by the topic into which (docs/repairing.md); they are not in `dragoman_events_published_total` again.',
    labels: ['pipeline', 'shard', 'topic'],
    diagnostic: true,
  },
  contractSunset: {
    name: 'dragoman_contract_sunset_timestamp_seconds',
    type: 'gauge',
    help: 'Beginning (UTC) of the first day on which a deprecated contract may not be sent any more, by its event and major version.',
    labels: ['event', 'version'],
  },
  deprecatedEvents: {
    name: 'dragoman_deprecated_events_published_total',
    type: 'counter',
    help: 'Integration events under contracts that are deprecated, in committed Kafka transactions, by event and major version.',
    labels: ['pipeline', 'shard', 'event', 'version'],
  },
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
  overdueOldest: {
    name: 'dragoman_oldest_overdue_fact_seconds',
    type: 'gauge',
    help: 'How long the aggregate that waits longest has been overdue, by the first name of the fact; at most an hour too much, because what is over is counted by the hour in which it was due. 0 when none is.',
    labels: ['pipeline', 'shard', 'fact'],
  },
  timersBehind: {
    name: 'dragoman_timers_behind',
    type: 'gauge',
    help: 'Timers (of the 100,000 in memory) whose instant wall time has passed and the clock has not: they are decided when the source’s time is there.',
    labels: ['pipeline', 'shard'],
  },
  originsUnread: {
    name: 'dragoman_origins_unread_total',
    type: 'counter',
    help: 'Change sets of which some of the origin is not known, though it was said (no text, no JSON object, no text in a field, no trace, too long, too many, differs).',
    labels: ['pipeline', 'shard', 'source', 'reason'],
    diagnostic: true,
  },
} as const;
