/** Lookup tables: what rules see of them, and when. */
import { describe, expect, it } from 'vitest';
import { LOOKUP_AGGREGATE } from '../../../../src/domain/tables/feed.js';
import { DragomanError } from '../../../../src/errors.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { Translation } from '../../../support/translation.js';
import { changeEvent, SETTINGS } from '../examples.js';
import { order, shipping, shippingRules } from '../shipping.js';

const warehouse = (op: 'c' | 'u' | 'r', region: string, parts: { whs?: string; open?: boolean } = {}) => {
  const row = { whs: 'W1', region, open: true, ...parts };
  return changeEvent({ table: 's.warehouse', op, key: row.whs, row });
};
const shipment = (op: 'c' | 'u', shp = '77', whs: string | null = 'W1') =>
  changeEvent({ table: 's.shipment', op, key: shp, row: { shp, ord: '1', whs } });
const started = () => new Translation(shipping, SETTINGS);
const types = ({ events }: { events: readonly { type: string }[] }) => events.map(({ type }) => type);

describe('a lookup row', () => {
  it('is seen as of the commit, also when it comes in the same transaction, after the row that asks', () => {
    const all = started();
    const { events, entries } = all.next('transaction', [shipment('c'), warehouse('c', 'north')]);
    expect(types({ events })).toEqual(['OrderShippedFromNorth', 'ShipmentLeftOpenWarehouse']);
    expect(events[0]?.value['regions']).toEqual(['north']);
    expect(entries.map(({ aggregate, id }) => `${aggregate}:${id}`)).toEqual([
      `${LOOKUP_AGGREGATE}:s.warehouse`,
      'order:1',
    ]);
  });

  it('stands in the entry that it decided, and in the state', () => {
    const all = started();
    all.next('baseline', [warehouse('r', 'south', { open: false })]);
    const [entry] = all.next('transaction', [shipment('c')]).entries;
    const row = { whs: 'W1', region: 'south', open: false };
    expect(entry?.looked).toEqual({ 's.warehouse': { W1: row } });
    expect(all.state('order:1')?.looked).toEqual({ 's.warehouse': { W1: row } });
  });

  it('fires nothing by itself; the next change of the order is judged against what was known then', () => {
    const all = started();
    all.next('baseline', [warehouse('r', 'south')]);
    expect(types(all.next('transaction', [shipment('c')]))).toEqual(['ShipmentLeftOpenWarehouse']);
    expect(types(all.next('transaction', [warehouse('u', 'north')]))).toEqual([]);
    expect(types(all.next('transaction', [shipment('u')]))).toEqual(['OrderShippedFromNorth']);
  });

  it('that held before it was asked for the first time is no edge', () => {
    const all = started();
    all.next('baseline', [
      changeEvent({ table: 's.shipment', op: 'r', key: '77', row: { shp: '77', ord: '1', whs: 'W1' } }),
    ]);
    all.next('transaction', [warehouse('c', 'north')]);
    expect(types(all.next('transaction', [shipment('u')]))).toEqual([]);
  });

  it('that is not there is undefined, whether its table was ever read or not, and so is a null key', () => {
    const all = started();
    const first = all.next('transaction', [shipment('c')]).entries[0];
    expect(first?.looked).toEqual({ 's.warehouse': { W1: null } });
    expect(first?.verdicts).toMatchObject([
      { verdict: 'unmet', unknown: [] },
      { verdict: 'unmet', unknown: [] },
    ]);
    all.next('transaction', [warehouse('c', 'north', { whs: 'W2' })]);
    expect(types(all.next('transaction', [shipment('u', '77', null)]))).toEqual([]);
    expect(types(all.next('transaction', [shipment('u', '77', 'W2')]))).toContain('OrderShippedFromNorth');
  });

  it('is gone after its delete, and keeps unsent columns when it is renumbered', () => {
    const all = started();
    all.next('transaction', [warehouse('c', 'north')]);
    all.next('transaction', [
      changeEvent({ table: 's.warehouse', op: 'd', key: 'W1', otherKey: 'W9' }),
      changeEvent({ table: 's.warehouse', op: 'c', key: 'W9', row: { whs: 'W9' }, otherKey: 'W1' }),
    ]);
    const rows = () => all.state(`${LOOKUP_AGGREGATE}:s.warehouse`)?.rows['s.warehouse'];
    expect(rows()).toEqual({ W9: { whs: 'W9', region: 'north', open: true } });
    all.next('transaction', [changeEvent({ table: 's.warehouse', op: 'd', key: 'W9' })]);
    expect(rows()).toBeUndefined();
  });
});

describe('a lookup table', () => {
  it('with more rows than declared is refused', () => {
    const all = started();
    const rows = ['A', 'B', 'C', 'D'].map((whs) => warehouse('c', 'north', { whs }));
    all.next('transaction', rows.slice(0, 3));
    const tooMany = () => all.next('transaction', rows.slice(3));
    expect(tooMany).toThrow(DragomanError);
    expect(tooMany).toThrow(/s.warehouse has 4 rows; its declaration allows 3/);
  });

  it('asked with too few key columns is a fault of the rule', () => {
    const wrong = order.milestone('Wrong', {
      importance: 'low',
      when: { 'asked without key': (o) => o.warehouses.get() !== undefined },
      data: () => ({}),
    });
    const all = new Translation(compileRuleSet({ ...shippingRules, facts: [wrong], publications: [] }), SETTINGS);
    const [entry] = all.next('transaction', [shipment('c')]).entries;
    expect(entry?.refusal?.code).toBe('RULE_THREW');
  });
});
