/** Snapshots through the whole pipeline: what the truth of a recording says was missed is found, once, and nothing is published. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type HeldFact, heldFacts } from '../../../../legacy-db/oracle/facts.js';
import { KEY_COLUMNS, OrderBook, type Transaction } from '../../../../legacy-db/oracle/history.js';
import { readTruth } from '../../../../legacy-db/oracle/truth-file.js';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { aggregateRef, type AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import { expectedOf, publishedBy, streamedEnds } from '../../../support/pipeline/expected.js';
import { envelopeOf, readRecording, type RecordedRecord, truthPath } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { missedIn, vanishedIn } from '../../../support/pipeline/snapshots.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

async function run(records: readonly RecordedRecord[], settings = {}): Promise<Rig> {
  const rig = new Rig(records, { rules, settings });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

const isSnapshotRow = (record: RecordedRecord): boolean => record.value !== null && envelopeOf(record).op === 'r';

/** Last state of each aggregate. */
const statesOf = (rig: Rig): Map<string, AggregateState> =>
  new Map([...rig.states()].map(([key, state]) => [aggregateRef(key).id, state]));

const keysOf = (book: OrderBook, order: string): string[] =>
  Object.entries(KEY_COLUMNS).flatMap(([table, columns]) =>
    book.rowsOf(order, table).map((row) => `oms.${table} ${columns.map((column) => row[column]?.trim()).join('/')}`),
  );

const nameOf = (order: string, { eventType, occurrence }: HeldFact): string => `${order} ${eventType} ${occurrence}`;

/** What a reader of the streamed transactions knew when the second snapshot was taken, against what was there. */
function gapOf(recording: string) {
  const streamed = streamedEnds(recording);
  const isStreamed = ({ commitEndLsn }: Transaction): boolean => streamed.has(String(commitEndLsn));
  const history = readTruth(truthPath(recording));
  const begin = history.findIndex(isStreamed);
  const end = history.findLastIndex((transaction) => !isStreamed(transaction)) + 1;
  const [known, real] = [new OrderBook(), new OrderBook()];
  const orders = new Set<string>();
  const told = new Set<string>();
  for (const [i, transaction] of history.slice(0, end).entries()) {
    const isKnown = i < begin || isStreamed(transaction);
    for (const change of transaction.changes.filter(({ table }) => table in KEY_COLUMNS)) {
      for (const order of real.ordersTouchedBy(change)) orders.add(order);
      if (isKnown) known.apply(change);
      real.apply(change);
    }
    for (const order of orders) for (const fact of heldFacts(known, order)) told.add(nameOf(order, fact));
  }
  const before = [...orders].filter((order) => keysOf(known, order).length > 0);
  return {
    vanished: before.flatMap((order) => keysOf(known, order).filter((key) => !keysOf(real, order).includes(key))),
    missed: before
      .flatMap((order) => heldFacts(real, order).map((fact) => nameOf(order, fact)))
      .filter((n) => !told.has(n)),
    orders: [...orders].filter((order) => keysOf(real, order).length > 0),
  };
}

describe('07: a second snapshot after changes that nobody read', () => {
  const recording = 'postgres/07-resnapshot';
  const records = readRecording(recording);
  const truth = gapOf(recording);

  it('finds exactly the rows and facts that the truth has', async () => {
    expect(truth.vanished.length).toBeGreaterThan(5);
    expect(truth.missed.length).toBeGreaterThan(0);
    const journal = (await run(records)).journal();
    expect(vanishedIn(journal).toSorted()).toEqual(truth.vanished.toSorted());
    expect(missedIn(journal).toSorted()).toEqual(truth.missed.toSorted());
  });

  it('publishes what the stream told, and nothing of that', async () => {
    expect(publishedBy(await run(records))).toEqual(expectedOf(recording));
  });

  it('keeps what it found open until somebody decides, and ends with the rows of the snapshot beside it', async () => {
    const states = statesOf(await run(records));
    expect(states.get('200002')?.findings?.vanished).toMatchObject({ 'oms.ord_hdr': { 200002: { ord_no: '200002' } } });
    expect(Object.keys(states.get('200010')?.rows['oms.whs_rel'] ?? {})).toEqual(['800002']);
    expect([...states.keys()]).toEqual(expect.arrayContaining(truth.orders));
  });

  it('tells how far it is, and that every table was covered', async () => {
    const told = (await run(records)).told.filter((event) => event.kind === 'sweep');
    expect(told.at(-1)).toMatchObject({ source: 'legacy', isDone: true, states: 11, settled: 4, uncovered: [] });
  });

  it('cut into Kafka transactions of one aggregate each, finds the same; the end is read until the last is committed', async () => {
    const limits = { transactionsMax: 8, rowsMax: 10_000, changeSetsMax: 1 };
    const journal = (await run(records, { limits })).journal();
    expect(vanishedIn(journal).toSorted()).toEqual(truth.vanished.toSorted());
    expect(missedIn(journal).toSorted()).toEqual(truth.missed.toSorted());
  });

  it('says which tables it does not cover', async () => {
    const second = records.findLastIndex((record) => isSnapshotRow(record) && record.topic.endsWith('.whs_rel'));
    expect(second).toBeGreaterThan(0);
    const without = records.filter(
      (record, i) => !(isSnapshotRow(record) && record.topic.endsWith('.whs_rel')) || i > second,
    );
    const rig = await run(without);
    expect(rig.told.findLast((event) => event.kind === 'sweep')).toMatchObject({ uncovered: ['oms.whs_rel'] });
    expect(vanishedIn(rig.journal())).not.toContainEqual(expect.stringContaining('whs_rel'));
  });
});

describe('an unchanged second snapshot', () => {
  it('of everything that is there finds nothing', async () => {
    const records = readRecording('postgres/07-resnapshot');
    const first = records.filter(isSnapshotRow);
    const generations = [...new Set(first.map((record) => envelopeOf(record).source['lsn'] as number))];
    const rows = first.filter((record) => envelopeOf(record).source['lsn'] === generations[0]);
    const again = rows.map((record, i) => {
      const envelope = envelopeOf(record);
      const lsn = Number(envelope.source['lsn']) + 1_000;
      const source = { ...envelope.source, lsn, sequence: JSON.stringify([null, String(lsn)]) };
      return { ...record, offset: 10_000 + i, value: JSON.stringify({ ...envelope, source }) };
    });
    const rig = await run([...rows, ...again]);
    expect(rig.told.some(({ kind }) => kind === 'sweep')).toBe(true);
    expect([missedIn(rig.journal()), vanishedIn(rig.journal()), rig.published()]).toEqual([[], [], []]);
  });
});

describe.each(['07b-snapshot-open-transactions', '07c-snapshot-open-first', '08-incremental-snapshot'])(
  '%s',
  (name) => {
    it('ends in the final state, with nothing missed', async () => {
      const rig = await run(readRecording(`postgres/${name}`));
      expect([missedIn(rig.journal()), vanishedIn(rig.journal()), rig.published()]).toEqual([[], [], []]);
      const book = new OrderBook();
      const orders = new Set<string>();
      for (const { changes } of readTruth(truthPath(`postgres/${name}`))) {
        for (const change of changes.filter(({ table }) => table in KEY_COLUMNS)) {
          for (const order of book.ordersTouchedBy(change)) orders.add(order);
          book.apply(change);
        }
      }
      const tables = new Set([...rig.states().values()].flatMap(({ rows }) => Object.keys(rows)));
      for (const [id, { rows }] of statesOf(rig)) {
        const keys = Object.entries(rows).flatMap(([table, own]) => Object.keys(own).map((key) => `${table} ${key}`));
        const real = keysOf(book, id).filter((key) => tables.has(key.split(' ')[0] ?? ''));
        expect(keys.toSorted(), id).toEqual(real.toSorted());
      }
      expect(statesOf(rig).size).toBeGreaterThan(3);
    });
  },
);
