/**
 * Random histories of orders, shipments, parcels and things, where only shipments know their order, against a model that looks at
 * the whole database before and after each transaction. Rows come and go in any order, parents after their children too.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { IntegrationEvent } from '../../src/domain/integration-event.js';
import type { ChangeEvent } from '../../src/domain/source/change-event.js';
import type { Row } from '../../src/domain/tables/table.js';
import { Translation } from '../support/translation.js';
import { changeEvent, SETTINGS } from '../unit/translate/examples.js';
import { shipping } from '../unit/translate/shipping.js';

type TableName = 's.shipment' | 's.parcel' | 's.thing';
type Database = Map<string, Row>;

interface Statement {
  readonly kind: 'write' | 'delete' | 'renumber';
  readonly table: TableName;
  readonly key: string;
  readonly row: Row;
  readonly newKey: string;
}

const few = fc.constantFrom('1', '2', '3');
const kind = fc.constantFrom<Statement['kind']>('write', 'write', 'write', 'delete', 'renumber');
const statementOf = (table: TableName, rowOf: (key: string, parent: string, heavy: boolean) => Row) =>
  fc
    .record({ kind, key: few, newKey: few, parent: few, heavy: fc.boolean() })
    .map(({ parent, heavy, ...made }): Statement => ({ ...made, table, row: rowOf(made.key, parent, heavy) }));

const shipments = statementOf('s.shipment', (shp, ord) => ({ shp, ord, whs: null }));
const parcels = statementOf('s.parcel', (prc, shp) => ({ prc, shp }));
const things = statementOf('s.thing', (id, prc, heavy) => ({ id, prc, heavy, shp: null }));
const statement = fc.oneof(shipments, parcels, things);

const KEYS = { 's.shipment': 'shp', 's.parcel': 'prc', 's.thing': 'id' } as const;
const nameOf = (table: string, key: string): string => `${table}:${key}`;

/** Runs a statement; gives the row changes that the connector would send. */
function run(database: Database, { kind: does, table, key, row, newKey }: Statement): ChangeEvent[] {
  const name = nameOf(table, key);
  const stored = database.get(name);
  if (does === 'write') {
    database.set(name, row);
    return [changeEvent({ table, op: stored ? 'u' : 'c', key, row })];
  }
  if (!stored) return [];
  if (does === 'delete') {
    database.delete(name);
    return [changeEvent({ table, op: 'd', key })];
  }
  if (database.has(nameOf(table, newKey))) return [];
  const renumbered = { ...stored, [KEYS[table]]: newKey };
  database.delete(name);
  database.set(nameOf(table, newKey), renumbered);
  return [
    changeEvent({ table, op: 'd', key, otherKey: newKey }),
    changeEvent({ table, op: 'c', key: newKey, row: renumbered, otherKey: key }),
  ];
}

/** Things by key, each with its order; those of no order are left out. */
function placed(database: Database): Map<string, { readonly order: string; readonly heavy: boolean }> {
  const text = (row: Row | undefined, column: string): string => row?.[column] as string;
  const found = new Map<string, { order: string; heavy: boolean }>();
  for (const [name, row] of database) {
    if (!name.startsWith('s.thing:')) continue;
    const itsParcel = database.get(nameOf('s.parcel', text(row, 'prc')));
    const itsShipment = database.get(nameOf('s.shipment', text(itsParcel, 'shp')));
    if (itsShipment) found.set(text(row, 'id'), { order: text(itsShipment, 'ord'), heavy: row['heavy'] === true });
  }
  return found;
}

class Model {
  readonly #seen = new Set<string>();

  learn(database: Database): void {
    for (const [id, { order, heavy }] of placed(database)) {
      this.#seen.add(`${order} ThingPacked ${id}`);
      if (heavy) this.#seen.add(`${order} ThingBecameHeavy ${id}`);
    }
  }

  next(before: Database, after: Database, changes: readonly ChangeEvent[]): string[] {
    const [was, is] = [placed(before), placed(after)];
    const found: string[] = [];
    for (const [id, { order, heavy }] of is) {
      const former = was.get(id);
      const wasHere = former?.order === order;
      if (!wasHere) found.push(`${order} ThingPacked ${id}`);
      if (heavy && !(wasHere && former.heavy)) found.push(`${order} ThingBecameHeavy ${id}`);
    }
    for (const [id, { order }] of was) {
      const last = changes.findLast(({ table, key, op }) => table === 's.thing' && key === id && op === 'd');
      const isDeleted = last !== undefined && last.otherKey === null;
      const isHere = after.has(nameOf('s.thing', id)) && (is.get(id)?.order ?? null) === order;
      if (isDeleted && !isHere) found.push(`${order} ThingUnpacked ${id}`);
    }
    const fresh = found.filter((name) => !this.#seen.has(name));
    for (const name of fresh) this.#seen.add(name);
    this.learn(after);
    return fresh.sort();
  }
}

const brief = ({ key, type, value }: IntegrationEvent): string => `${key} ${type} ${String(value['id'])}`;

/** Rows of which no parent is missing. */
function consistent(database: Database): Database {
  const kept = new Map<string, Row>();
  for (const table of ['s.shipment', 's.parcel', 's.thing'] as const) {
    const [parent, column] = {
      's.shipment': [null, ''],
      's.parcel': ['s.shipment', 'shp'],
      's.thing': ['s.parcel', 'prc'],
    }[table] as [string | null, string];
    for (const [name, row] of database) {
      if (name.startsWith(`${table}:`) && (parent === null || kept.has(nameOf(parent, row[column] as string))))
        kept.set(name, row);
    }
  }
  return kept;
}

const snapshotRows = (database: Database): ChangeEvent[] =>
  [...database].map(([name, row]) => {
    const [table = '', key = ''] = name.split(':');
    return changeEvent({ table, op: 'r', key, row });
  });

const settings = { ...SETTINGS, parts: { countMax: Infinity, bytesMax: Infinity } };

it('gives the events of the model, whatever comes first, numbered without gaps for each order and contract', () => {
  const history = fc.record({
    before: fc.array(statement, { maxLength: 15 }),
    /** Random order of the snapshot's rows, and where it is cut. */
    order: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
    parts: fc.integer({ min: 1, max: 5 }),
    transactions: fc.array(fc.array(statement, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 25 }),
    qualifier: fc.constantFrom(null, 'de'),
  });
  const property = fc.property(history, ({ before, order, parts, transactions, qualifier }) => {
    const known = new Map<string, Row>();
    for (const each of before) run(known, each);
    const database = consistent(known);
    const [model, translation] = [new Model(), new Translation(shipping, settings, qualifier)];
    const rows = snapshotRows(database)
      .map((row, i) => ({ row, place: order[i] ?? 0 }))
      .sort((a, b) => a.place - b.place)
      .map(({ row }) => row);
    const size = Math.ceil(rows.length / parts) || 1;
    for (let i = 0; i < rows.length; i += size)
      expect(translation.next('baseline', rows.slice(i, i + size)).events).toEqual([]);
    model.learn(database);

    const sequences = new Map<string, number>();
    for (const statements of transactions) {
      const held = new Map(database);
      const changes = statements.flatMap((each) => run(database, each));
      const { events } = translation.next('transaction', changes);
      const unqualified = events.map((event) => brief({ ...event, key: event.key.replace(/^de\//, '') }));
      expect(events.every(({ key }) => key.startsWith('de/') === (qualifier !== null))).toBe(true);
      expect(unqualified.sort(), JSON.stringify([[...held], statements])).toEqual(model.next(held, database, changes));
      for (const { key, type, version, sequence } of events) {
        const counted = `${key} ${type}.v${version}`;
        expect(sequence).toBe((sequences.get(counted) ?? 0) + 1);
        sequences.set(counted, sequence);
      }
    }
  });
  fc.assert(property, { numRuns: 500 });
}, 60_000);

it('gives the same whatever the order of rows inside a transaction', () => {
  const insert = (made: Statement): Statement => ({ ...made, kind: 'write' });
  const history = fc
    .array(fc.oneof(shipments, parcels, things).map(insert), { minLength: 1, maxLength: 12 })
    .chain((statements) => {
      const whole = [...new Map(statements.map((each) => [nameOf(each.table, each.key), each])).values()];
      return fc.tuple(
        fc.constant(whole),
        fc.shuffledSubarray(whole, { minLength: whole.length }),
        fc.integer({ min: 0 }),
      );
    });
  const property = fc.property(history, ([statements, shuffled, cut]) => {
    const at = cut % (statements.length + 1);
    const outcome = (later: readonly Statement[]) => {
      const [database, translation] = [new Map<string, Row>(), new Translation(shipping, settings)];
      const inside = new Set(later.map(({ table, key }) => nameOf(table, key)));
      const first = statements.filter(({ table, key }) => !inside.has(nameOf(table, key)));
      translation.next(
        'transaction',
        first.flatMap((each) => run(database, each)),
      );
      const { events } = translation.next(
        'transaction',
        later.flatMap((each) => run(database, each)),
      );
      return [events.map(brief).sort(), Object.fromEntries([...translation.owners].sort())];
    };
    const chosen = new Set(shuffled.slice(0, at));
    expect(outcome(shuffled.filter((each) => chosen.has(each)))).toEqual(
      outcome(statements.filter((each) => chosen.has(each))),
    );
  });
  fc.assert(property, { numRuns: 200 });
}, 60_000);

it('tells what transactions did to things whose parents came with a later part of the snapshot', () => {
  const touch = fc.record({ key: few, does: fc.constantFrom('new', 'heavier', 'gone') });
  const history = fc.record({
    before: fc.array(statement, { minLength: 5, maxLength: 20 }),
    touches: fc.uniqueArray(touch, { selector: ({ key }) => key, maxLength: 3 }),
    rest: fc.array(fc.array(statement, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
  });
  const property = fc.property(history, ({ before, touches, rest }) => {
    const known = new Map<string, Row>();
    for (const each of before) run(known, each);
    const database = consistent(known);
    const [model, translation] = [new Model(), new Translation(shipping, settings)];
    model.learn(database);
    const [upper, lower] = [snapshotRows(database), snapshotRows(database)].map((rows, i) =>
      rows.filter(({ table }) => (table === 's.shipment') === (i === 0)),
    ) as [ChangeEvent[], ChangeEvent[]];
    const [expected, actual]: string[][] = [[], []];
    const both = (changes: ChangeEvent[], held: Database): void => {
      expected?.push(...model.next(held, database, changes));
      actual?.push(...translation.next('transaction', changes).events.map(brief));
    };
    translation.next('baseline', lower);
    for (const { key, does } of touches) {
      const held = new Map(database);
      const stored = database.get(nameOf('s.thing', key));
      const row = { ...(stored ?? { id: key, prc: '1', shp: null }), heavy: does !== 'new' };
      if ((does === 'new') !== (stored === undefined)) continue;
      both(
        run(database, { kind: does === 'gone' ? 'delete' : 'write', table: 's.thing', key, row, newKey: key }),
        held,
      );
    }
    actual?.push(...translation.next('baseline', upper).events.map(brief));
    expect(actual?.sort()).toEqual(expected?.sort());
    for (const statements of rest) {
      const held = new Map(database);
      both(
        statements.flatMap((each) => run(database, each)),
        held,
      );
    }
    expect(actual?.sort()).toEqual(expected?.sort());
  });
  fc.assert(property, { numRuns: 500 });
}, 60_000);
