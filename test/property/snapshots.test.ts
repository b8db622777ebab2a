/**
 * Random histories of two orders: some are streamed, then nobody reads for a while, then a second snapshot is taken, then the stream
 * goes on. What is reported as missed and vanished, and what is published, against a naive model that knows nothing of rules, stages
 * or marks. Snapshot rows come as early as their partition allows, between the transactions from before them.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { split } from '../../src/changeset/split.js';
import { aggregateRef, aggregateText, EMPTY_STATE } from '../../src/domain/state/aggregate-state.js';
import type { ChangeSet } from '../../src/domain/change-set.js';
import { positionOf } from '../../src/domain/source/position.js';
import type { Row } from '../../src/domain/tables/table.js';
import type { Sequenced } from '../../src/domain/source/transaction.js';
import { compileRuleSet } from '../../src/rules/compile.js';
import { needsSettling, snapshotOf } from '../../src/translate/snapshots/settle.js';
import { translate } from '../../src/translate/translate.js';
import retailer from '../../rules/index.js';
import { CellStates } from '../support/stored.js';
import { missedIn, vanishedIn } from '../support/pipeline/snapshots.js';
import { changeEvent, COMMIT_TIME_MS, SETTINGS } from '../unit/translate/examples.js';
import type { Decision } from '../../src/domain/state/journal-entry.js';

const rules = compileRuleSet(retailer);

interface Stored {
  readonly order: string;
  readonly table: string;
  readonly key: string;
  readonly row: Row;
}
/** Rows by `table key`. */
type Database = ReadonlyMap<string, Stored>;
type Statement = Stored & { readonly kind: 'write' | 'delete' };
type Step = readonly Statement[];

const order = fc.constantFrom('11', '12');
const number = fc.constantFrom('1', '2');
const written = (table: string, made: fc.Arbitrary<Omit<Stored, 'table'>>, deletes = true): fc.Arbitrary<Statement> =>
  fc
    .tuple(made, fc.constantFrom<Statement['kind']>('write', 'write', deletes ? 'delete' : 'write'))
    .map(([parts, kind]) => ({ ...parts, table: `oms.${table}`, kind }));

const headerOf = (id: string, fraud: string, isValid: boolean, isCancelled: boolean): Omit<Stored, 'table'> => ({
  order: id,
  key: id,
  row: {
    ...{ ord_no: id, chnl_cd: null, mkt_cd: 'DE', tnt_cd: 'ACME', curr_cd: 'EUR', tot_amt: '9.50' },
    ...{ fraud_flg: fraud, addr_ok_flg: isValid ? 'valid' : 'open', sts_cd: isCancelled ? 'cancelled' : 'entered' },
  },
});

const statement = fc.oneof(
  // Never deleted: a refund without header could not be told, and its order would be parked.
  written(
    'ord_hdr',
    fc
      .tuple(order, fc.constantFrom('open', 'clear', 'clear'), fc.boolean(), fc.boolean())
      .map(([id, fraud, isValid, isCancelled]) => headerOf(id, fraud, isValid, isCancelled)),
    false,
  ),
  written(
    'ord_line',
    fc.tuple(order, number, fc.boolean()).map(([id, n, isReserved]) => ({
      order: id,
      key: `${id}/${n}`,
      row: { ord_no: id, line_no: Number(n), sku: 'CAP', qty: 1, price: '1.5000', resv_flg: isReserved },
    })),
  ),
  written(
    'whs_rel',
    fc.tuple(order, number).map(([id, n]) => ({
      order: id,
      key: `${id}${n}`,
      row: { rel_no: `${id}${n}`, ord_no: id, whs_cd: 'W02', rel_ts: '2026-11-21T09:53:02.118000Z' },
    })),
  ),
  written(
    'pay_txn',
    fc.tuple(order, number, fc.boolean(), fc.boolean()).map(([id, n, isRefund, hasFailed]) => ({
      order: id,
      key: `${id}${n}`,
      row: {
        ...{ pay_id: `${id}${n}`, ord_no: id, amt: '5.00', pay_typ: isRefund ? 'refund' : 'capture' },
        pay_sts: hasFailed ? 'failed' : 'done',
      },
    })),
  ),
);
const steps = (maxLength: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(fc.array(statement, { minLength: 1, maxLength: 4 }), { maxLength });

/** Every order that a step names has a header from then on. */
function withHeaders(step: Step, database: Database): Step {
  const missing = [...new Set(step.map((one) => one.order))].filter((id) => !database.has(`oms.ord_hdr ${id}`));
  return [
    ...missing.map((id) => ({ ...headerOf(id, 'open', false, false), table: 'oms.ord_hdr', kind: 'write' as const })),
    ...step,
  ];
}

/** A database deletes rows that are there: the delete of any other row tells of one that nobody read. */
function possible(step: Step, database: Database): Step {
  let now = database;
  return step.filter((one) => {
    const isPossible = one.kind === 'write' || now.has(`${one.table} ${one.key}`);
    if (isPossible) now = applied(now, [one]);
    return isPossible;
  });
}

function applied(database: Database, step: Step): Database {
  const next = new Map(database);
  for (const { kind, ...stored } of step) {
    const name = `${stored.table} ${stored.key}`;
    if (kind === 'delete') next.delete(name);
    else next.set(name, stored);
  }
  return next;
}

/** The four facts of one order, as one would say them of its rows. */
function held(database: Database, id: string): string[] {
  const rows = [...database.values()].filter((stored) => stored.order === id);
  const of = (table: string): Row[] => rows.filter((stored) => stored.table === `oms.${table}`).map(({ row }) => row);
  const [header] = of('ord_hdr');
  const lines = of('ord_line');
  const isAccepted =
    header?.['fraud_flg'] === 'clear' &&
    header['addr_ok_flg'] === 'valid' &&
    header['sts_cd'] !== 'cancelled' &&
    lines.length > 0 &&
    lines.every((line) => line['resv_flg'] === true);
  return [
    ...(isAccepted ? [`${id} OrderAcceptedForFulfillment once`] : []),
    ...of('whs_rel').map((row) => `${id} OrderReleasedToWarehouse ${row['rel_no'] as string}`),
    ...of('pay_txn')
      .filter((row) => row['pay_typ'] === 'refund' && row['pay_sts'] !== 'failed')
      .map((row) => `${id} RefundInitiated ${row['pay_id'] as string}`),
  ];
}

const ORDERS = ['11', '12'];
const factsOf = (database: Database): string[] => ORDERS.flatMap((id) => held(database, id));
const touchedBy = (step: Step): string[] => [...new Set(step.map((one) => one.order))];

/** What the stream tells of a step: what holds after it, did not hold before it and was never told. */
function told(before: Database, after: Database, step: Step, known: Set<string>): string[] {
  const events: string[] = [];
  for (const id of touchedBy(step)) {
    for (const fact of held(before, id)) known.add(fact);
    for (const fact of held(after, id)) {
      if (!known.has(fact)) events.push(fact);
      known.add(fact);
    }
  }
  return events;
}

interface Life {
  readonly initial: readonly Step[];
  readonly streamed: readonly Step[];
  readonly unread: readonly Step[];
  readonly later: readonly Step[];
  /** Where, by table, the rows of the second snapshot come: as many transactions before the end as possible, or fewer. */
  readonly early: readonly number[];
}

function completeLife(life: Life): Life {
  let database: Database = new Map();
  const complete = (all: readonly Step[]): Step[] =>
    all.map((step) => {
      const whole = possible(withHeaders(step, database), database);
      database = applied(database, whole);
      return whole;
    });
  const initial = complete(life.initial);
  const streamed = complete(life.streamed);
  return { ...life, initial, streamed, unread: complete(life.unread), later: complete(life.later) };
}

function expectation({ initial, streamed, unread, later }: Life) {
  const first = initial.reduce(applied, new Map());
  const known = new Set(factsOf(first));
  const events: string[] = [];
  let reader: Database = first;
  for (const step of streamed) {
    const next = applied(reader, step);
    events.push(...told(reader, next, step, known));
    reader = next;
  }
  const real = unread.reduce(applied, reader);
  const covered = new Set([...real.values()].map(({ table }) => table));
  const kept = [...reader].filter(([, { table }]) => !covered.has(table));
  const after: Database = new Map([...real, ...kept]);
  const isFinished = streamed.length > 0;
  const before = ORDERS.filter((id) => [...reader.values()].some((stored) => stored.order === id));
  const vanished = [...reader.keys()].filter((name) => !after.has(name));
  const missed = isFinished ? before.flatMap((id) => held(after, id)).filter((fact) => !known.has(fact)) : [];
  // A first snapshot that no transaction followed was broken off: nothing was missed, but what it showed has been.
  for (const fact of [...missed, ...factsOf(after)]) known.add(fact);
  // Rules do not see what vanished.
  let seen = after;
  for (const step of later) {
    const next = applied(seen, step);
    events.push(...told(seen, next, step, known));
    seen = next;
  }
  return { events, missed, vanished, rows: [...seen.keys()] };
}

const FIRST = positionOf('5');
const SECOND = positionOf('1000');

/** The same life through split and translate; a partition is a table. */
function outcome(life: Life) {
  const states = new CellStates();
  const owners = new Map<string, string | null>();
  const journal: Decision[] = [];
  const events: string[] = [];
  const baselineEvents: unknown[] = [];
  const lastStreamed = life.streamed.length === 0 ? null : positionOf(String(9 + life.streamed.length));

  const take = (changeSet: ChangeSet): void => {
    const key = aggregateText(changeSet);
    const before = states.get(key) ?? EMPTY_STATE;
    const { position } = changeSet.origin;
    const arrived = position === null ? before : { ...before, at: { ...before.at, legacy: position } };
    const done = translate(changeSet, arrived, rules, SETTINGS);
    states.set(key, done.state);
    journal.push(done.entry);
    if (changeSet.kind !== 'transaction') baselineEvents.push(...done.events);
    for (const verdict of done.entry.verdicts) {
      if (verdict.verdict === 'fired') events.push(`${changeSet.id} ${verdict.fact} ${verdict.occurrence || 'once'}`);
    }
  };
  const hand = (sequenced: Sequenced): void => {
    const result = split(sequenced, rules, owners);
    for (const [row, owner] of result.owners) owners.set(row, owner);
    result.changeSets.forEach(take);
  };
  const stream = (step: Step, position: string): void => {
    const changes = step.map(({ kind, table, key, row }) =>
      changeEvent({
        table,
        key,
        op: kind === 'delete' ? 'd' : database.has(`${table} ${key}`) ? 'u' : 'c',
        row: kind === 'delete' ? null : row,
      }),
    );
    const parts = { id: position, position: positionOf(position), generation: null, refusal: null };
    hand({ kind: 'transaction', source: 'legacy', ...parts, commitTimeMs: COMMIT_TIME_MS, changes });
    database = applied(database, step);
  };
  const snapshot = (rows: readonly Stored[], generation: typeof FIRST): void => {
    const changes = rows.map(({ table, key, row }) => changeEvent({ table, key, op: 'r', row }));
    if (changes.length > 0) hand({ kind: 'baseline', source: 'legacy', generation, changes });
  };

  let database: Database = life.initial.reduce(applied, new Map());
  snapshot([...database.values()], FIRST);
  const real = [...life.streamed, ...life.unread].reduce(applied, database);
  const tables = [...new Set([...real.values()].map(({ table }) => table))];
  const places = tables.map((table, i) => {
    const last = life.streamed.findLastIndex((step) => step.some((one) => one.table === table)) + 1;
    return Math.min(life.streamed.length, last + (life.early[i] ?? 0));
  });
  for (let i = 0; i <= life.streamed.length; i += 1) {
    tables.forEach((table, t) => {
      if (places[t] === i)
        snapshot(
          [...real.values()].filter((stored) => stored.table === table),
          SECOND,
        );
    });
    const step = life.streamed[i];
    if (step) stream(step, String(10 + i));
  }
  const origin = {
    source: 'legacy',
    transactionId: null,
    position: null,
    generation: SECOND,
    commitTimeMs: COMMIT_TIME_MS,
  };
  const coverage = { tables, streamedTo: lastStreamed };
  for (const [key, state] of [...states]) {
    const end: ChangeSet = { ...aggregateRef(key), kind: 'snapshot-end', origin, coverage, changes: [], refusal: null };
    if (needsSettling(state, snapshotOf(end))) take(end);
    expect(needsSettling(states.get(key)!, snapshotOf(end))).toBe(false);
  }
  database = real;
  life.later.forEach((step, i) => stream(step, String(2_000 + i)));
  const rows = [...states].flatMap(([, state]) =>
    Object.entries(state.rows).flatMap(([table, own]) => Object.keys(own).map((key) => `${table} ${key}`)),
  );
  return { events, missed: missedIn(journal), vanished: vanishedIn(journal), rows, baselineEvents };
}

const life = fc
  .record({
    initial: steps(3),
    streamed: steps(4),
    unread: steps(4),
    later: steps(3),
    early: fc.array(fc.nat(3), { maxLength: 4 }),
  })
  .map(completeLife);

it('finds what was missed and what vanished while nobody read, publishes none of it, and goes on as the model does', () => {
  fc.assert(
    fc.property(life, (drawn) => {
      const { baselineEvents, ...found } = outcome(drawn);
      const sorted = (lists: Omit<typeof found, 'baselineEvents'>) =>
        Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.toSorted()]));
      expect(sorted(found)).toEqual(sorted(expectation(drawn)));
      expect(baselineEvents).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});
