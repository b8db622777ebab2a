/**
 * S9: however few rows may be held, every history is read to its end, and gives the same. Rows of a snapshot are many, and wait in their topics.
 */
import { deepEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { it } from 'vitest';
import { mariadb } from '../../src/decode/connectors/mariadb.js';
import { owedTransactions } from '../model/owed-transactions.js';
import { type BoundedReading, readBounded } from '../support/delivery/bounded-reader.js';
import { consumers, type ConsumerSettings } from '../support/delivery/consumer.js';
import {
  expectArrivals,
  expectSnapshotOrder,
  expectSnapshotPlaces,
  expectTransactions,
} from '../support/delivery/verdict.js';
import { CONSUMED, generated } from '../support/history/generated.js';
import { type HistoryPlan, historyPlan, type PlanLimits, type PlanStep } from '../support/history/plan.js';
import { envelopeOf, type RecordedRecord } from '../support/recordings.js';

const reading: fc.Arbitrary<BoundedReading> = fc.record({
  seed: fc.nat(1_000_000),
  restarts: fc.nat(3),
  batch: fc.integer({ min: 1, max: 4 }),
  isBacklog: fc.boolean(),
});
const limit = fc.constantFrom(1, 3, 20);

interface Case {
  readonly plan: HistoryPlan;
  readonly how: BoundedReading;
  readonly heldRowsMax: number;
}

/**
 * The owed transactions, nothing left unread, nothing held. @param copies of each row of a full snapshot.
 * @throws AssertionError
 */
function drains({ plan, how, heldRowsMax }: Case, copies: number) {
  const made = generated(plan);
  const records = multiplied(made.records, copies);
  const read = readBounded(records, how, consumers(records, { ...settingsOf(plan), heldRowsMax }));
  deepEqual(read.unread, []);
  const order = plan.crashes.some(({ kind }) => kind === 'recount') ? 'byKey' : 'exact';
  const { status } = read.consumer.sequencer;
  deepEqual([status.held, status.openTransactions, status.heldRows], [null, 0, 0]);
  expectTransactions(read.out, owedTransactions(made.history, CONSUMED), order);
  if (plan.steps.every(({ kind }) => kind !== 'blocking')) expectSnapshotOrder(read.out, records);
  if (copies === 1) expectSnapshotPlaces(read.out, records);
  return { read, records };
}

const settingsOf = ({ connector, mode = 'exact' }: HistoryPlan): ConsumerSettings =>
  connector === 'mariadb' ? { connector: mariadb, prefix: 'shop', mode } : { mode };

function multiplied(records: readonly RecordedRecord[], copies: number): RecordedRecord[] {
  const shift = new Map<string, number>();
  return records.flatMap((record) => {
    const name = `${record.topic}/${record.partition}`;
    const before = shift.get(name) ?? 0;
    const isOfSnapshot = record.value !== null && envelopeOf(record).op === 'r' && isFull(record);
    const own = isOfSnapshot ? copies : 1;
    shift.set(name, before + own - 1);
    return Array.from({ length: own }, (_, i) => ({
      ...record,
      offset: record.offset + before + i,
      value: i < own - 1 ? record.value!.replace('"snapshot":"last"', '"snapshot":"true"') : record.value,
    }));
  });
}

const isFull = (record: RecordedRecord): boolean => envelopeOf(record).source.snapshot !== 'incremental';

const KINDS: readonly (readonly [string, PlanLimits, number])[] = [
  ['with replays', { stepsMax: 14, blocking: true }, 250],
  [
    'with transactions that are counted anew',
    { stepsMax: 10, blocking: true, crashes: ['recount', 'recount', 'replay'] },
    250,
  ],
  ['with logical messages', { stepsMax: 10, blocking: true, marks: true }, 150],
  ['long', { stepsMax: 40, blocking: true, crashes: [] }, 50],
  [
    'of MariaDB',
    { stepsMax: 12, blocking: true, connector: 'mariadb', chunks: false, crashes: ['replay', 'torn'] },
    200,
  ],
  [
    'of MariaDB, counted anew',
    { stepsMax: 8, connector: 'mariadb', chunks: false, crashes: ['recount', 'replay'] },
    200,
  ],
];

it.each(KINDS)('reads every history to its end: %s', (_, limits, numRuns) => {
  fc.assert(
    fc.property(fc.record({ plan: historyPlan(limits), how: reading, heldRowsMax: limit }), (drawn) => {
      drains(drawn, 1);
    }),
    { numRuns },
  );
});

const CLOSING: PlanStep = {
  kind: 'commit',
  statements: [{ op: 'write', table: 'ord_hdr', order: 0, n: 0, bits: 1 }],
  isCopy: false,
};
const OF_MARIADB: PlanLimits = { stepsMax: 10, connector: 'mariadb', chunks: false };

it.each<readonly [string, PlanLimits]>([
  ['position mode', { stepsMax: 10, mode: 'position', snapshots: false, chunks: false, crashes: ['replay'] }],
  ['position mode of MariaDB', { ...OF_MARIADB, blocking: true, mode: 'position', crashes: ['replay'] }],
  ['arrival mode of MariaDB', { ...OF_MARIADB, mode: 'arrival', snapshots: false, crashes: [] }],
])('reads every history to its end without transaction metadata: %s', (_, limits) => {
  fc.assert(
    fc.property(fc.record({ plan: historyPlan(limits), how: reading, heldRowsMax: limit }), (drawn) => {
      const { plan, how, heldRowsMax } = drawn;
      const { records, history } = generated({ ...plan, steps: [...plan.steps, CLOSING, CLOSING] });
      const read = readBounded(records, how, consumers(records, { ...settingsOf(plan), heldRowsMax }));
      deepEqual(read.unread, []);
      if (plan.mode === 'arrival') return expectArrivals(read.out, records);
      expectTransactions(read.out, owedTransactions(history, CONSUMED).slice(0, -1), 'byKey');
    }),
    { numRuns: 150 },
  );
});

const COPIES = 60;
const ROWS_OF_TRANSACTION = 14;

it.each<readonly [string, PlanLimits]>([
  ['of PostgreSQL', { stepsMax: 14, blocking: true, chunks: false, crashes: [] }],
  ['of MariaDB', { stepsMax: 14, blocking: true, chunks: false, crashes: [], connector: 'mariadb' }],
])('holds no more than the limit, what was fetched at once, and the next transaction: %s', (_, limits) => {
  let most = 0;
  fc.assert(
    fc.property(fc.record({ plan: historyPlan(limits), how: reading, heldRowsMax: limit }), (drawn) => {
      const { read, records } = drains(drawn, COPIES);
      const partitions = new Set(records.map(({ topic, partition }) => `${topic}/${partition}`)).size;
      const bound = drawn.heldRowsMax + partitions * drawn.how.batch + ROWS_OF_TRANSACTION;
      most = Math.max(most, read.heldMost);
      ok(read.heldMost <= bound, `${read.heldMost} rows held, bound ${bound}`);
    }),
    { numRuns: 60 },
  );
  ok(most > 20);
});
