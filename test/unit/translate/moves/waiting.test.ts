/** Rows that wait for their parent, and rows that follow it: what rules are told, and what is never guessed. */
import { describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../../../../src/domain/source/change-event.js';
import type { Row } from '../../../../src/domain/tables/table.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { having, intervention, origin } from '../../../../src/rules/index.js';
import { compileIntervention } from '../../../../src/rules/interventions/compile-interventions.js';
import { WAITING_ROWS_MAX } from '../../../../src/translate/moves/keep.js';
import { Translation, type Step } from '../../../support/translation.js';
import { changeEvent, SETTINGS } from '../examples.js';
import { shipping, thing as thingTable } from '../shipping.js';

const KEYS = { shipment: 'shp', parcel: 'prc', thing: 'id' } as const;
const put = (op: 'c' | 'u' | 'r', table: keyof typeof KEYS, row: Row): ChangeEvent =>
  changeEvent({ table: `s.${table}`, op, key: row[KEYS[table]] as string, row });
const shipment = (ord: string, op: 'c' | 'u' | 'r' = 'c') => put(op, 'shipment', { shp: '77', ord, whs: null });
const parcel = (op: 'c' | 'u' | 'r' = 'c', shp = '77') => put(op, 'parcel', { prc: '5', shp });
const thing = (op: 'c' | 'u' | 'r' = 'c', parts: Row = {}) =>
  put(op, 'thing', { id: '9', prc: '5', heavy: false, shp: null, ...parts });
/** What the connector sends of a delete: its other columns are invented, so the decoder drops them. */
const gone = (table: keyof typeof KEYS, key: string) => changeEvent({ table: `s.${table}`, op: 'd', key });

const started = (rules = shipping) =>
  new Translation(rules, { ...SETTINGS, tracing: { sampledShare: 1 }, parts: { countMax: 10, bytesMax: 1_000_000 } });
const told = ({ events }: Step) => events.map(({ key, type }) => `${key} ${type}`);
const where = ({ states }: Translation) =>
  [...states].flatMap(([name, state]) => (JSON.stringify(state).includes('"s.thing"') ? [name] : []));

/** As the end of a snapshot leaves it that had no row of the table for this state. */
function vanish(all: Translation, name: string, table: string): void {
  const state = all.state(name) ?? EMPTY_STATE;
  const { [table]: rows = {}, ...left } = state.rows;
  all.states.set(name, { ...state, rows: left, findings: { missed: [], vanished: { [table]: rows } } });
}

describe('a row whose parent is not known', () => {
  it('waits under the name of the parent, and goes on with it until an order is found', () => {
    const all = started();
    expect(told(all.next('transaction', [thing()]))).toEqual([]);
    expect(where(all)).toEqual(['order?:s.parcel/5']);
    expect(told(all.next('transaction', [parcel()]))).toEqual([]);
    expect(where(all)).toEqual(['order?:s.shipment/77']);
    expect(told(all.next('transaction', [shipment('1')]))).toEqual(['1 ThingPacked']);
    expect(where(all)).toEqual(['order:1']);
  });

  it('is decided with its order at once when all of them come in one transaction, in whatever order', () => {
    const all = started();
    const { events, entries } = all.next('transaction', [thing(), parcel(), shipment('1')]);
    expect(events.map(({ type }) => type)).toEqual(['ThingPacked']);
    expect(entries.map(({ aggregate, id }) => `${aggregate}:${id}`)).toEqual(['order:1']);
  });

  it('stays silent when a snapshot brought it, whoever brings the parent', () => {
    for (const kind of ['baseline', 'transaction'] as const) {
      const all = started();
      all.next('baseline', [thing('r'), parcel('r')]);
      expect(told(all.next(kind, [shipment('1', kind === 'baseline' ? 'r' : 'c')]))).toEqual([]);
      expect(where(all)).toEqual(['order:1']);
      expect(told(all.next('transaction', [gone('thing', '9')]))).toEqual(['1 ThingUnpacked']);
    }
  });

  it('is told when a transaction brought it, though its parent comes with a snapshot', () => {
    const all = started();
    all.next('baseline', [parcel('r')]);
    all.next('transaction', [thing('c', { heavy: true })]);
    const { events } = all.next('baseline', [shipment('1', 'r')]);
    expect(events.map(({ type, value }) => [type, value['causationId'], value['occurredAt']])).toEqual([
      ['ThingPacked', 'legacy:2:2', '1970-01-01T00:00:00.002Z'],
      ['ThingBecameHeavy', 'legacy:2:2', '1970-01-01T00:00:00.002Z'],
    ]);
    expect(told(all.next('transaction', [thing('u')]))).toEqual([]);
  });

  it('is told of what happened to it while it waited', () => {
    const all = started();
    all.next('baseline', [parcel('r'), thing('r'), thing('r', { id: '10' })]);
    all.next('transaction', [thing('u', { heavy: true }), gone('thing', '10')]);
    expect(told(all.next('baseline', [shipment('1', 'r')]))).toEqual(['1 ThingUnpacked', '1 ThingBecameHeavy']);
  });

  it('leaves nothing when it goes before anybody heard of it', () => {
    const all = started();
    all.next('transaction', [thing(), parcel()]);
    all.next('transaction', [gone('thing', '9')]);
    expect(told(all.next('transaction', [shipment('1')]))).toEqual([]);
    expect(where(all)).toEqual([]);
  });

  it('stays where it is when it vanished: its parent does not take it to rules', () => {
    const all = started();
    all.next('baseline', [parcel('r'), thing('r')]);
    vanish(all, 'order?:s.shipment/77', 's.thing');
    expect(told(all.next('transaction', [shipment('1')]))).toEqual([]);
    expect(where(all)).toEqual(['order?:s.shipment/77']);
  });

  it('waits again when its parent is deleted and it is not', () => {
    const all = started();
    all.next('transaction', [thing(), parcel(), shipment('1')]);
    expect(told(all.next('transaction', [gone('shipment', '77')]))).toEqual([]);
    expect(where(all)).toEqual(['order?:s.shipment/77']);
    expect(told(all.next('transaction', [shipment('2')]))).toEqual(['2 ThingPacked']);
  });

  it(`is one of ${WAITING_ROWS_MAX} at most; then all wait for a person`, () => {
    const all = started();
    const many = Array.from({ length: WAITING_ROWS_MAX }, (_, i) => thing('c', { id: String(i) }));
    expect(all.next('transaction', many).entries.map(({ outcome }) => outcome)).toEqual(['applied']);
    const [entry] = all.next('transaction', [thing('c', { id: 'x' })]).entries;
    expect(entry?.refusal?.code).toBe('WAITING_ROWS_FULL');
    expect(entry?.refusal?.text).toContain('wait for the row 5 of s.parcel');
    // Nothing is lost: they go on with the parent, behind what has to be looked at.
    const { entries } = all.next('transaction', [parcel(), shipment('1')]);
    expect(entries.map(({ aggregate, id, outcome }) => `${aggregate}:${id} ${outcome}`)).toEqual([
      'order:1 parked',
      'order?:s.parcel/5 queued',
    ]);
    expect(all.unpark('order:1').events).toHaveLength(WAITING_ROWS_MAX + 1);
  });
});

describe('a delete, which carries the key only,', () => {
  it('finds the order through the parents', () => {
    const all = started();
    all.next('transaction', [shipment('1'), parcel(), thing()]);
    expect(told(all.next('transaction', [gone('thing', '9')]))).toEqual(['1 ThingUnpacked']);
  });

  it('finds it after the parents moved, and when they go in the same transaction', () => {
    const all = started();
    all.next('transaction', [shipment('1'), parcel(), thing()]);
    all.next('transaction', [shipment('2', 'u')]);
    const together = [gone('shipment', '77'), gone('parcel', '5'), gone('thing', '9')];
    expect(told(all.next('transaction', together))).toEqual(['2 ThingUnpacked']);
  });
});

describe('a parent that moves', () => {
  const known = () => {
    const all = started();
    all.next('transaction', [shipment('1'), parcel(), thing()]);
    return all;
  };

  it('takes its children along in the same decision', () => {
    const all = known();
    const { entries, events } = all.next('transaction', [shipment('2', 'u')]);
    expect(entries.map(({ id, rows }) => [id, ...rows.map(({ op, table }) => `${op} ${table}`)])).toEqual([
      ['1', 'moved s.parcel', 'moved s.thing', 'moved s.shipment'],
      ['2', 'c s.parcel', 'c s.thing', 'c s.shipment'],
    ]);
    expect(events.map(({ key, type }) => `${key} ${type}`)).toEqual(['2 ThingPacked']);
  });

  it('takes them silently when a snapshot shows it', () => {
    const all = known();
    expect(told(all.next('baseline', [shipment('2', 'r')]))).toEqual([]);
    expect(where(all)).toEqual(['order:2']);
  });

  it('does not take those that the transaction puts elsewhere', () => {
    const all = known();
    const other = put('c', 'shipment', { shp: '78', ord: '3', whs: null });
    expect(told(all.next('transaction', [shipment('2', 'u'), parcel('u', '78'), other]))).toEqual(['3 ThingPacked']);
    expect(where(all)).toEqual(['order:3']);
  });

  it('keeps columns that did not come with the row that was moved', () => {
    const all = known();
    const rest = changeEvent({ table: 's.parcel', op: 'u', key: '5', row: { prc: '5', shp: '77' } });
    const part = changeEvent({ table: 's.thing', op: 'u', key: '9', row: { id: '9', prc: '6' } });
    const other = put('c', 'parcel', { prc: '6', shp: '79' });
    all.next('transaction', [rest, part, other, put('c', 'shipment', { shp: '79', ord: '4', whs: null })]);
    expect(all.state('order:4')?.rows['s.thing']).toEqual({ '9': { id: '9', prc: '6', heavy: false, shp: null } });
  });

  it('parks the new aggregate when the old one is parked, with the rows as its queue will leave them', () => {
    const all = known();
    const bad = { code: 'ROW_INVALID', text: 'x' } as const;
    all.next('transaction', [changeEvent({ table: 's.line', op: 'c', key: '1/1', row: {}, refusal: bad })]);
    all.next('transaction', [thing('u', { heavy: true }), thing('c', { id: '10' })]);
    const { events, entries } = all.next('transaction', [shipment('2', 'u')]);
    expect(events).toEqual([]);
    const [, second] = entries;
    expect([second?.id, second?.outcome, second?.refusal?.code]).toEqual(['2', 'parked', 'ROW_OWNER_UNKNOWN']);
    expect(second?.refusal?.text).toMatch(
      /out of order:1, which is parked.*then parked retry of that one, then of this one/,
    );
    const unparked = all.unpark('order:2');
    expect(unparked.events.map(({ type }) => type).sort()).toEqual(['ThingBecameHeavy', 'ThingPacked', 'ThingPacked']);
  });
});

describe('what a row says of the origin', () => {
  const telling = () => started({ ...shipping, origins: [origin.columns(thingTable, { system: 'shp' })] });
  const saidIn = ({ entries }: Step) => entries.map(({ id, said }) => [id, said]);
  const known = () => {
    const all = telling();
    const first = all.next('transaction', [shipment('1'), parcel(), thing('c', { shp: 'first' })]);
    expect(saidIn(first)).toEqual([['1', { system: 'first' }]]);
    return all;
  };

  it('is of the transaction that wrote it, not of one that takes it along', () => {
    expect(saidIn(known().next('transaction', [shipment('2', 'u')]))).toEqual([
      ['1', undefined],
      ['2', undefined],
    ]);
  });

  it('is what it says now where it is written and moves', () => {
    const all = known();
    const others = [
      put('c', 'parcel', { prc: '6', shp: '79' }),
      put('c', 'shipment', { shp: '79', ord: '4', whs: null }),
    ];
    const step = all.next('transaction', [thing('u', { prc: '6', shp: 'then' }), ...others]);
    expect(saidIn(step)).toContainEqual(['4', { system: 'then' }]);
  });

  it('is of no transaction that brings the parent for which it waited', () => {
    const all = telling();
    const waiting = all.next('transaction', [thing('c', { shp: 'first' }), parcel()]);
    expect(saidIn(waiting)).toContainEqual(['s.shipment/77', { system: 'first' }]);
    const step = all.next('transaction', [shipment('1')]);
    expect(told(step)).toEqual(['1 ThingPacked']);
    expect(step.entries.flatMap(({ said }) => said ?? [])).toEqual([]);
  });

  it('is of its own transaction, in which trace too, when a snapshot brings the parent', () => {
    const all = telling();
    all.next('baseline', [parcel('r')]);
    all.next('transaction', [thing('c', { shp: 'first' })]);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { entries, events } = all.next('baseline', [{ ...shipment('1', 'r'), traceparent }]);
    expect(events.map(({ type }) => type)).toEqual(['ThingPacked']);
    expect(entries.flatMap(({ traces }) => traces ?? [])).toEqual([]);
    expect(entries.flatMap(({ said }) => said ?? [])).toEqual([{ system: 'first' }]);
  });

  it('is no other when it waits in a queue', () => {
    const all = known();
    const bad = { code: 'ROW_INVALID', text: 'x' } as const;
    all.next('transaction', [changeEvent({ table: 's.line', op: 'c', key: '1/1', row: {}, refusal: bad })]);
    all.next('transaction', [shipment('2', 'u')]);
    const { entries, events } = all.unpark('order:2');
    expect(events.map(({ type }) => type)).toEqual(['ThingPacked']);
    expect(entries.flatMap(({ said }) => said ?? [])).toEqual([]);
  });
});

it('a row that an intervention wrote makes none of the transaction that takes it along', () => {
  const fix = intervention('a fix', { rows: having(thingTable, { shp: 'fix' }) });
  const all = started({ ...shipping, interventions: [compileIntervention(fix)] });
  const first = all.next('transaction', [shipment('1'), parcel(), thing('c', { shp: 'fix' })]);
  expect(first.entries.map(({ intervention: name }) => name)).toEqual(['a fix']);
  expect(told(all.next('transaction', [shipment('2', 'u')]))).toEqual(['2 ThingPacked']);
});

describe('a reference to a parent whose key contains the key of the aggregate', () => {
  it('is the key of the aggregate itself: nothing waits', () => {
    const all = started();
    all.next('transaction', [changeEvent({ table: 's.note', op: 'c', key: '3', row: { id: '3', ord: '1', n: 2 } })]);
    expect([...all.states.keys()]).toEqual(['order:1']);
    expect(shipping.feeds.get('s.note')).toMatchObject([{ keyColumns: ['ord'], keyPlaces: null, via: null }]);
  });
});
