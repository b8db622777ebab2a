/**
 * Random histories of two orders, split and translated, against a naive model of the four facts that knows nothing of rules:
 * it compares the database before and after each transaction. The state goes through its cells at every step.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { split } from '../../src/changeset/split.js';
import { CellStates } from '../support/stored.js';
import { aggregateText } from '../../src/domain/state/aggregate-state.js';
import type { ChangeEvent } from '../../src/domain/source/change-event.js';
import type { IntegrationEvent } from '../../src/domain/integration-event.js';
import { positionOf } from '../../src/domain/source/position.js';
import type { Row } from '../../src/domain/tables/table.js';
import { compileRuleSet } from '../../src/rules/compile.js';
import { translate } from '../../src/translate/translate.js';
import retailer from '../../rules/index.js';
import { changeEvent, SETTINGS } from '../unit/translate/examples.js';

const rules = compileRuleSet(retailer);
const settings = { ...SETTINGS, parts: { countMax: Infinity, bytesMax: Infinity } };

/** One row of the legacy database: table, primary key and columns. */
interface Stored {
  readonly table: string;
  readonly key: string;
  readonly row: Row;
}
type Database = ReadonlyMap<string, Stored>;

/** What a statement does: writes a row, or deletes it; or renumbers a cancellation request. */
type Statement = Stored & { readonly kind: 'write' | 'delete' | 'renumber'; readonly newKey: string };

const order = fc.constantFrom('11', '12');
const flag = fc.constantFrom('open', 'clear');
const statementOf = (table: string, made: fc.Arbitrary<{ key: string; row: Row }>): fc.Arbitrary<Statement> =>
  fc
    .record({
      made,
      kind: fc.constantFrom<Statement['kind']>('write', 'write', 'write', 'delete', 'renumber'),
      to: fc.tuple(order, fc.constantFrom('1', '2')),
    })
    .map(({ made: { key, row }, kind, to }) => ({ kind, table: `oms.${table}`, key, row, newKey: to.join('/') }));

const statement = fc.oneof(
  statementOf(
    'ord_hdr',
    fc.record({ id: order, fraud: flag, valid: fc.boolean(), cancelled: fc.boolean() }).map((made) => ({
      key: made.id,
      row: {
        ...{ ord_no: made.id, chnl_cd: null, mkt_cd: 'DE', tnt_cd: 'ACME', curr_cd: 'EUR', tot_amt: '9.50' },
        fraud_flg: made.fraud,
        addr_ok_flg: made.valid ? 'valid' : 'open',
        sts_cd: made.cancelled ? 'cancelled' : 'entered',
      },
    })),
  ),
  statementOf(
    'ord_line',
    fc.record({ id: order, n: fc.constantFrom(2, 10), reserved: fc.boolean() }).map(({ id, n, reserved }) => ({
      key: `${id}/${n}`,
      row: { ord_no: id, line_no: n, sku: 'CAP', qty: n, price: '1.5000', resv_flg: reserved },
    })),
  ),
  statementOf(
    'cust_addr',
    fc.record({ id: order, type: fc.constantFrom('SHIP', 'BILL') }).map(({ id, type }) => ({
      key: `${id}/${type}`,
      row: { ord_no: id, addr_typ: type, ctry: 'FR' },
    })),
  ),
  statementOf(
    'whs_rel',
    fc.record({ id: order, n: fc.constantFrom('7', '70') }).map(({ id, n }) => ({
      key: n,
      row: { rel_no: n, ord_no: id, whs_cd: 'W01', rel_ts: '2026-11-21T09:53:02.118000Z' },
    })),
  ),
  statementOf(
    'ord_cancel',
    fc
      .record({ id: order, n: fc.constantFrom(1, 2), accepted: fc.constantFrom('accepted', 'refused', null) })
      .map(({ id, n, accepted }) => ({
        key: `${id}/${n}`,
        row: { ord_no: id, req_no: n, rsn_cd: 'fraud', acc_flg: accepted, req_ts: '2026-11-21T09:53:02.118Z' },
      })),
  ),
  statementOf(
    'pay_txn',
    fc
      .record({
        id: order,
        n: fc.constantFrom('5', '6'),
        type: fc.constantFrom('refund', 'capture'),
        status: fc.constantFrom('done', 'failed'),
      })
      .map(({ id, n, type, status }) => ({
        key: n,
        row: { pay_id: n, ord_no: id, pay_typ: type, amt: '3.00', pay_sts: status },
      })),
  ),
);

/** Runs a statement; gives the row changes that the connector would send. */
function run(database: Map<string, Stored>, { kind, table, key, row, newKey }: Statement): ChangeEvent[] {
  const name = `${table}:${key}`;
  const stored = database.get(name);
  if (kind === 'delete') {
    if (!stored) return [];
    database.delete(name);
    return [changeEvent({ table, op: 'd', key })];
  }
  if (kind === 'renumber') {
    const target = `${table}:${newKey}`;
    if (table !== 'oms.ord_cancel' || !stored || database.has(target)) return [];
    const [ordNo = '', reqNo = ''] = newKey.split('/');
    const renumbered = { ...stored.row, ord_no: ordNo, req_no: Number(reqNo) };
    database.delete(name);
    database.set(target, { table, key: newKey, row: renumbered });
    return [
      changeEvent({ table, op: 'd', key, otherKey: newKey }),
      changeEvent({ table, op: 'c', key: newKey, row: renumbered, otherKey: key }),
    ];
  }
  database.set(name, { table, key, row });
  return [changeEvent({ table, op: stored ? 'u' : 'c', key, row })];
}

/** Occurrences that hold for an order now, in the order in which their events come. */
function held(database: Database, id: string): Map<string, unknown> {
  const rows = (table: string) =>
    [...database.values()]
      .filter((stored) => stored.table === `oms.${table}` && stored.row['ord_no'] === id)
      .map(({ row }) => row)
      .sort((a, b) => number(a) - number(b));
  const [header] = rows('ord_hdr');
  const lines = rows('ord_line');
  const found = new Map<string, unknown>();
  const checked = header?.['fraud_flg'] === 'clear' && header['addr_ok_flg'] === 'valid';
  const reserved = lines.length > 0 && lines.every((line) => line['resv_flg'] === true);
  if (checked && reserved && header['sts_cd'] !== 'cancelled') {
    found.set('OrderAcceptedForFulfillment', {
      currency: 'EUR',
      totalAmount: '9.50',
      lines: lines.map((line) => ({
        ...{ lineNumber: line['line_no'], sku: 'CAP', quantity: line['qty'], unitPrice: '1.5000' },
      })),
      shippingCountry: database.has(`oms.cust_addr:${id}/SHIP`) ? 'FR' : null,
    });
  }
  for (const { rel_no: releaseNumber } of rows('whs_rel')) {
    const releasedAt = '2026-11-21T09:53:02.118000Z';
    found.set(`OrderReleasedToWarehouse ${JSON.stringify(releaseNumber)}`, {
      releaseNumber,
      warehouseCode: 'W01',
      releasedAt,
    });
  }
  for (const { req_no: requestNumber, acc_flg } of rows('ord_cancel')) {
    if (acc_flg !== 'accepted') continue;
    const requestedAt = '2026-11-21T09:53:02.118Z';
    found.set(`OrderCancellationAccepted ${JSON.stringify(requestNumber)}`, {
      requestNumber,
      reason: 'fraud',
      requestedAt,
    });
  }
  for (const { pay_id: paymentId, pay_typ, pay_sts } of rows('pay_txn')) {
    if (pay_typ !== 'refund' || pay_sts === 'failed') continue;
    found.set(`RefundInitiated ${JSON.stringify(paymentId)}`, {
      paymentId,
      amount: '3.00',
      currency: header ? 'EUR' : null,
    });
  }
  return found;
}

const number = (row: Row): number => Number(row['line_no'] ?? row['rel_no'] ?? row['req_no'] ?? row['pay_id'] ?? 0);

/** The model: what is new and was never so before; an order whose refund has no currency stops for ever. */
class Model {
  readonly #seen = new Map([['11', new Set<string>()], ['12', new Set<string>()]]); // prettier-ignore
  readonly #stopped = new Set<string>();

  learn(database: Database): void {
    for (const [id, seen] of this.#seen) for (const name of held(database, id).keys()) seen.add(name);
  }

  next(database: Database): string[] {
    return [...this.#seen].flatMap(([id, seen]) => {
      const fresh = [...held(database, id)].filter(([name]) => !seen.has(name) && !this.#stopped.has(id));
      const unknown = fresh.some(([, fields]) => (fields as { currency?: unknown }).currency === null);
      if (unknown) this.#stopped.add(id);
      if (unknown) return [];
      for (const [name] of fresh) seen.add(name);
      return fresh.map(([name, fields]) => JSON.stringify([id, name.split(' ')[0], fields]));
    });
  }
}

/** Dragoman's side: everything in memory, each state read back from its cells. */
class Translation {
  readonly #states = new CellStates();
  readonly #owners = new Map<string, string | null>();
  #number = 0;

  next(kind: 'transaction' | 'baseline', changes: readonly ChangeEvent[]): IntegrationEvent[] {
    this.#number += 1;
    const digits = String(this.#number);
    const { changeSets, owners, unplaceable } = split(
      kind === 'baseline'
        ? { kind, source: 'legacy', generation: null, changes }
        : {
            kind,
            source: 'legacy',
            id: digits,
            position: positionOf(digits),
            generation: null,
            refusal: null,
            commitTimeMs: this.#number,
            changes,
          },
      rules,
      this.#owners,
    );
    expect(unplaceable).toEqual([]);
    for (const [row, owner] of owners) this.#owners.set(row, owner);
    return changeSets.flatMap((changeSet) => {
      const state = this.#states.get(aggregateText(changeSet));
      const done = translate(changeSet, state, rules, settings);
      const again = translate(changeSet, state, rules, settings);
      expect(JSON.stringify(again)).toBe(JSON.stringify(done));
      this.#states.set(aggregateText(changeSet), done.state);
      return [...done.events];
    });
  }
}

const brief = ({ key, type, value }: IntegrationEvent): string => {
  const [, ...fields] = Object.entries(value).slice(Object.keys(value).indexOf('orderId'));
  return JSON.stringify([key, type, Object.fromEntries(fields)]);
};

it('gives the events of the naive model, in its order and numbered without gaps', () => {
  const history = fc.record({
    before: fc.array(statement, { maxLength: 12 }),
    transactions: fc.array(fc.array(statement, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 25 }),
  });
  const property = fc.property(history, ({ before, transactions }) => {
    const database = new Map<string, Stored>();
    const [model, translation] = [new Model(), new Translation()];
    for (const each of before) run(database, each);
    const snapshot = [...database.values()].map((stored) => changeEvent({ ...stored, op: 'r' }));
    expect(translation.next('baseline', snapshot)).toEqual([]);
    model.learn(database);

    const sequences = new Map<string, number>();
    for (const statements of transactions) {
      const held = new Map(database);
      const changes = statements.flatMap((each) => run(database, each));
      const events = translation.next('transaction', changes);
      const expected = model.next(database);
      const byOrder = [...events].sort((a, b) => Number(a.key) - Number(b.key));
      expect(byOrder.map(brief), JSON.stringify([[...held.values()], statements])).toEqual(expected);
      for (const { key, type, version, sequence } of events) {
        const counted = `${key} ${type}.v${version}`;
        expect(sequence).toBe((sequences.get(counted) ?? 0) + 1);
        sequences.set(counted, sequence);
      }
    }
  });
  fc.assert(property, { numRuns: 300 });
}, 60_000);
