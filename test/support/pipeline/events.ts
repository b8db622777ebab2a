/** A run of a pipeline as events: one of every kind, so that metrics, logs and dashboards are tested against the same life. */
import type { Decision } from '../../../src/domain/state/journal-entry.js';
import { EMPTY_STATE } from '../../../src/domain/state/aggregate-state.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';

/** Time at which the run is observed. */
export const NOW_MS = Date.UTC(2026, 10, 20, 12);

/** A value that stands for row data: it may be nowhere at info and above. */
export const ROW_VALUE = 'Erika Mustermann';

export const ENTRY: Decision = {
  aggregate: 'order',
  id: '4711',
  origin: { source: 'legacy', transactionId: '99', position: null, commitTimeMs: NOW_MS - 40 },
  outcome: 'applied',
  refusal: null,
  rows: [{ table: 'oms.ord_hdr', key: '4711', op: 'u', changed: ['sts_cd'] }],
  verdicts: [
    { fact: 'OrderAccepted', verdict: 'fired', occurrence: '', values: { name: ROW_VALUE } },
    { fact: 'OrderReleased', verdict: 'unmet', occurrence: '', unmet: ['it is released'], unknown: [] },
  ],
  events: [{ id: 'e-1', type: 'OrderAccepted', version: 1, topic: 'orders', sequence: 1 }],
  deadlines: [{ fact: 'OrderAccepted', dueAt: '2026-11-21T10:00:00.000Z', became: 'late' }],
  context: { market: 'DE' },
  digest: 'abc',
  state: { ...EMPTY_STATE, rows: { 'oms.ord_hdr': { '4711': { cust_nm: ROW_VALUE } } } },
};

/** A snapshot found something. */
export const SETTLED: Decision = {
  ...ENTRY,
  outcome: 'settled',
  said: { useCase: 'codes', unread: 'no JSON object' },
  rows: [{ table: 'oms.pay_txn', key: '77', op: 'vanished', changed: [] }],
  verdicts: [{ fact: 'OrderReleased', verdict: 'missed', occurrence: '', values: { name: ROW_VALUE } }],
  events: [],
};

/** Of an intervention. */
export const LEARNT: Decision = {
  ...ENTRY,
  ...{ outcome: 'learnt', intervention: 'codes of March' },
  verdicts: [{ fact: 'OrderReleased', verdict: 'learnt', occurrence: '' }],
  events: [],
};

/** An event of the new service, of a fact that rows had shown. */
export const TOLD: Decision = {
  ...ENTRY,
  ...{ outcome: 'told', rows: [], verdicts: [], events: [], deadlines: [] },
  told: {
    ...{ contract: 'OrderReady.v1', eventId: 'e-2', occurrence: '', sequence: 2, epoch: 1 },
    producer: 'service:orders',
  },
  echoes: [{ contract: 'OrderReady.v1', became: 'suppressed', fact: 'OrderReady', occurrence: '' }],
};

/** The service wrote it, and never told it. */
export const UNTOLD: Decision = {
  ...ENTRY,
  ...{ outcome: 'untold', rows: [], events: [], deadlines: [] },
  verdicts: [{ fact: 'OrderReady', verdict: 'missed', occurrence: '', values: { name: ROW_VALUE } }],
  echoes: [{ contract: 'OrderReady.v1', became: 'not-owned', fact: 'OrderReady', occurrence: '' }],
};

export const consumed = (more: Partial<Extract<PipelineEvent, { kind: 'consumed' }>> = {}): PipelineEvent => ({
  kind: 'consumed',
  topic: 'legacy.oms.ord_hdr',
  partition: 'legacy.oms.ord_hdr/2',
  records: 10,
  byOperation: { c: 6, u: 4 },
  lagRecords: 5,
  newestSourceTimeMs: NOW_MS - 3000,
  ...more,
});

const HELD = {
  transaction: '712:90',
  code: 'TRANSACTION_INCOMPLETE',
  text: 'It lacks rows that END counts.',
  isWaitedFor: true,
  sinceMs: NOW_MS - 2000,
} as const;

export const RUN: readonly PipelineEvent[] = [
  { kind: 'state', state: 'assigned', reason: null },
  { kind: 'pinned', all: [{ aggregate: 'order', digest: '0a1b', count: 3, isOpen: false }] },
  { kind: 'restoring', states: 6, share: 0.5, statesPerSecond: 30, leftSeconds: 0.2, whole: true },
  { kind: 'restored', states: 12, seconds: 0.4, whole: true },
  {
    kind: 'parkedBefore',
    aggregates: [
      { aggregate: 'order', id: '4700', code: 'CODE_UNKNOWN', severity: 'critical', sinceMs: NOW_MS - 7_200_000 },
      { aggregate: 'order', id: '4701', code: 'CODE_UNKNOWN', severity: 'critical', sinceMs: NOW_MS - 3_600_000 },
    ],
  },
  { kind: 'state', state: 'running', reason: null },
  consumed(),
  {
    ...{ kind: 'toldFinding', producer: 'service:orders', place: { partition: 'orders.fulfillment/1', offset: 7 } },
    finding: { code: 'INTRUDER_EPOCH', text: 'it is of epoch 1' },
  },
  { kind: 'handoverOverdue', route: 'OrderReady.v1 market=DE', isOverdue: true, waitedMs: 61_000 },
  {
    ...{ kind: 'route', contract: 'OrderReady.v1', selector: { context: { market: 'DE' } }, epoch: 1 },
    ...{ from: 'legacy', to: 'service', at: new Date(NOW_MS - 1500).toISOString(), by: 'ada', reason: 'first' },
    isAsked: false,
  },
  {
    kind: 'routes',
    all: [
      { contract: 'OrderReady.v1', selector: { context: { market: 'DE' } }, stage: 'service', isAsked: false },
      { contract: 'OrderReady.v1', selector: { context: { market: 'AT' } }, stage: 'service', isAsked: true },
    ],
  },
  {
    kind: 'ownership',
    all: [
      { contract: 'OrderReady.v1', what: 'service', count: 3 },
      { contract: 'OrderReady.v1', what: 'owed', count: 2 },
    ],
  },
  { kind: 'decided', entry: TOLD, events: [] },
  { kind: 'decided', entry: UNTOLD, events: [] },
  { kind: 'parity', capability: 'fulfilment', contract: 'OrderReady.v1', class: 'different' },
  {
    kind: 'discrepancies',
    all: [
      {
        ...{ check: 'source', class: 'missing', state: 'open', severity: 'critical', count: 2 },
        oldestMs: NOW_MS - 3_600_000,
      },
      {
        ...{ check: 'source', class: 'missing', state: 'open', severity: 'low', count: 1 },
        oldestMs: NOW_MS - 7_200_000,
      },
      {
        ...{ check: 'source', class: 'different', state: 'accepted', severity: 'low', count: 4 },
        oldestMs: NOW_MS - 86_400_000,
      },
    ],
    checks: [
      { check: 'source', lastDoneAt: new Date(NOW_MS - 60_000).toISOString(), beyond: 0 },
      { check: 'published', lastDoneAt: null, beyond: 0 },
    ],
  },
  { kind: 'checked', check: 'source', ended: 'done', seconds: 42 },
  { kind: 'repaired', topic: 'orders.billing', events: 3 },
  { kind: 'skipped', topic: 'legacy.oms.ord_hdr', reason: 'tombstone', records: 3 },
  { kind: 'duplicates', cause: 'row-replayed', records: 2 },
  {
    kind: 'sequenced',
    source: 'legacy',
    transactions: 4,
    empty: 1,
    headless: 2,
    baselineRows: 7,
    openTransactions: 1,
    heldRows: 9,
    oldestOpenTimeMs: NOW_MS - 2000,
    gaps: 1,
    allHeld: [HELD],
    held: HELD,
  },
  { kind: 'retention', topic: 'legacy.oms.ord_hdr', used: 0.625, secondsLeft: 3_600, recordsLeft: 70 },
  { kind: 'retention', topic: 'legacy.oms.pay_txn', used: 0, secondsLeft: null, recordsLeft: null },
  {
    kind: 'unsafeTopics',
    topics: [{ topic: 'orders.journal', text: 'Topic orders.journal has cleanup.policy=delete' }],
  },
  { kind: 'stage', stage: 'decode', seconds: 0.002 },
  { kind: 'stored', operation: 'load', seconds: 0.001, keys: 3 },
  { kind: 'decided', entry: ENTRY, events: [] },
  { kind: 'decided', entry: SETTLED, events: [] },
  { kind: 'decided', entry: LEARNT, events: [] },
  {
    kind: 'departure',
    table: 'oms.ord_hdr',
    column: 'notes',
    what: 'in-use',
    text: 'oms.ord_hdr.notes is in use: in 10000 inserted rows it was null',
  },
  { kind: 'knowledge', source: 'legacy', begun: { position: null, timeMs: null }, unknown: ['oms.ord_cancel'] },
  {
    kind: 'sweep',
    source: 'legacy',
    isDone: false,
    states: 900,
    settled: 1,
    seconds: 0.2,
    uncovered: ['oms.ord_cancel'],
  },
  {
    kind: 'sweep',
    source: 'legacy',
    isDone: true,
    states: 1_200,
    settled: 1,
    seconds: 0.3,
    uncovered: ['oms.ord_cancel'],
  },
  {
    kind: 'parked',
    aggregate: 'order',
    id: '4712',
    refusal: { code: 'RULE_THREW', text: 'rule OrderAccepted threw TypeError' },
    severity: 'high',
    sinceMs: NOW_MS - 40_000,
  },
  { kind: 'unparked', aggregate: 'order', id: '4700', code: 'CODE_UNKNOWN' },
  {
    kind: 'command',
    outcome: {
      id: '5f0c3a52-6f0e-4c1a-9a63-0a3f8c1b2d4e',
      kind: 'unpark',
      subject: 'order 4700',
      by: 'ada',
      reason: 'code 40 is known now',
      result: 'applied',
      text: '2 waiting change sets were taken up in their order.',
    },
  },
  { kind: 'commandsLost', expectedOffset: 9, foundOffset: 12 },
  { kind: 'shardsDisagree', source: 'legacy', transaction: '712:90' },
  { kind: 'offsetsUntold', code: 'ACCESS_DENIED', text: 'Offsets cannot be told under group dragoman.orders' },
  {
    kind: 'clock',
    clockMs: 5_000,
    behind: 2,
    sources: [
      { source: 'legacy', timeMs: 5_000 },
      { source: 'new', timeMs: null },
    ],
  },
  { kind: 'overdueBefore' },
  ...[-7_200_000, -3_600_000, -60_000].map(
    (ms) => ({ kind: 'overdue', fact: 'OrderReleasedToWarehouse', dueMs: NOW_MS + ms, more: 1 }) as const,
  ),
  { kind: 'overdue', fact: 'OrderReleasedToWarehouse', dueMs: NOW_MS - 3_600_000, more: -1 },
  { kind: 'clockRefused', source: 'legacy', commitTimeMs: 9_000_000, brokerMs: 1_000_000 },
  { kind: 'orphan', table: 'oms.ord_line' },
  {
    kind: 'unplaced',
    table: 'oms.pay_txn',
    key: '5',
    refusal: { code: 'ROW_OWNER_UNKNOWN', text: 'no order is known for this row' },
  },
  {
    kind: 'committed',
    result: 'committed',
    seconds: 0.02,
    published: [
      { type: 'OrderAccepted', sourceTimeMs: NOW_MS - 40, context: { market: 'DE' } },
      { type: 'OrderAccepted', sourceTimeMs: NOW_MS + 5 },
      { type: 'RefundDue', sourceTimeMs: NOW_MS, deprecatedVersion: 1 },
    ],
  },
  { kind: 'committed', result: 'failed', seconds: 1.5, published: [{ type: 'OrderAccepted', sourceTimeMs: NOW_MS }] },
  { kind: 'idle' },
  { kind: 'failed', code: 'REDIS_UNAVAILABLE', disposition: 'retry', text: 'Redis at localhost:6379 did not answer' },
];
