/** Lookup tables: what rules see of them, and when. */
import { describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../../../../src/domain/source/change-event.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { lookupText } from '../../../../src/domain/tables/feed.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { LOOKED_CHARS_MAX, LOOKED_ROWS_MAX } from '../../../../src/translate/looking.js';
import { translate } from '../../../../src/translate/translate.js';
import { Translation } from '../../../support/translation.js';
import { changeEvent, changeSet, rowChange, SETTINGS } from '../examples.js';
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
    expect(entries.map(({ aggregate, id }) => `${aggregate}:${id}`)).toEqual(['@lookup:s.warehouse/W1', 'order:1']);
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

  describe('that a snapshot first told of, as it did of the order', () => {
    const snapshot = positionOf('0');
    const first = (region: string): Translation => {
      const all = started();
      const row = { shp: '77', ord: '1', whs: 'W1' };
      const shipped = changeEvent({ table: 's.shipment', op: 'r', key: '77', row });
      all.next('baseline', [warehouse('r', region, { open: false }), shipped], snapshot);
      return all;
    };
    const gone = changeEvent({ table: 's.warehouse', op: 'd', key: 'W1' });
    const closed = (op: 'c' | 'u', region: string) => warehouse(op, region, { open: false });

    it.each<readonly [string, readonly ChangeEvent[], readonly ChangeEvent[]]>([
      ['changes in the transaction', [], [closed('u', 'south'), shipment('u')]],
      ['has changed before it', [closed('u', 'south')], [shipment('u')]],
      ['goes in the transaction', [], [gone, shipment('u')]],
      ['has gone before it', [gone], [shipment('u')]],
    ])('is judged as the snapshot had it: what held then does not happen later (%s)', (_, before, changes) => {
      const all = first('north');
      if (before.length > 0) all.next('transaction', before);
      expect(types(all.next('transaction', changes))).toEqual([]);
      all.next('transaction', [closed(changes.includes(gone) || before.includes(gone) ? 'c' : 'u', 'north')]);
      expect(types(all.next('transaction', [shipment('u')]))).toEqual([]);
    });

    it.each([true, false])(
      'is judged as the snapshot had it: what did not hold then happens now (at once: %s)',
      (atOnce) => {
        const all = first('south');
        const changes = [closed('u', 'north'), shipment('u')];
        const steps = atOnce ? [changes] : changes.map((change) => [change]);
        expect(steps.flatMap((step) => types(all.next('transaction', step)))).toEqual(['OrderShippedFromNorth']);
      },
    );

    it('is the one of now to an order that another snapshot told of', () => {
      const all = first('south');
      all.next('transaction', [closed('u', 'north')]);
      const row = { shp: '78', ord: '2', whs: 'W1' };
      all.next('baseline', [changeEvent({ table: 's.shipment', op: 'r', key: '78', row })], positionOf('2'));
      const changed = changeEvent({ table: 's.shipment', op: 'u', key: '78', row });
      expect(types(all.next('transaction', [changed]))).toEqual([]);
    });
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
    const rows = (key: string) => all.state(lookupText('s.warehouse', key))?.rows;
    expect(rows('W1')).toEqual({});
    expect(rows('W9')).toEqual({ 's.warehouse': { W9: { whs: 'W9', region: 'north', open: true } } });
    all.next('transaction', [changeEvent({ table: 's.warehouse', op: 'd', key: 'W9' })]);
    expect(rows('W9')).toEqual({});
  });

  it.each([0, 1])(
    'that is changed and renumbered at once keeps what it was changed to, whichever half comes first',
    (i) => {
      const all = started();
      all.next('transaction', [warehouse('c', 'north')]);
      const gone = changeEvent({ table: 's.warehouse', op: 'd', key: 'W1', otherKey: 'W9' });
      const come = changeEvent({ table: 's.warehouse', op: 'c', key: 'W9', row: { whs: 'W9' }, otherKey: 'W1' });
      all.next('transaction', [warehouse('u', 'south', { open: false }), ...(i === 0 ? [gone, come] : [come, gone])]);
      const state = all.state(lookupText('s.warehouse', 'W9'));
      expect(state?.rows).toEqual({ 's.warehouse': { W9: { whs: 'W9', region: 'south', open: false } } });
    },
  );

  it('is by itself: a change of one writes nothing of the others', () => {
    const all = started();
    all.next('transaction', [warehouse('c', 'north'), warehouse('c', 'north', { whs: 'W2' })]);
    const { entries } = all.next('transaction', [warehouse('u', 'south', { whs: 'W2' })]);
    expect(entries.map(({ id, rows }) => [id, rows])).toEqual([
      ['s.warehouse/W2', [{ table: 's.warehouse', key: 'W2', op: 'u', changed: ['region'] }]],
    ]);
  });
});

describe('a lookup table', () => {
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

describe('what one decision looks up', () => {
  /** Asks for so many rows, with so many characters in each. */
  const asking = (keys: number, chars: number, isCaught = false) => {
    const fact = order.milestone('Asked', {
      importance: 'low',
      when: {
        'all are asked for': (o) => {
          for (let i = 0; i < keys; i += 1) {
            try {
              o.warehouses.get(`W${i}`);
              o.warehouses.get('W0');
            } catch (error) {
              if (!isCaught) throw error;
            }
          }
          return true;
        },
      },
      data: () => ({}),
    });
    const rules = compileRuleSet({ ...shippingRules, facts: [fact], publications: [] });
    const row = { whs: 'W', region: 'x'.repeat(chars), open: true };
    const asked = new Set<string>();
    const rows = (table: string, key: string) => {
      asked.add(`${table}/${key}`);
      return { rows: { [table]: { [key]: row } } };
    };
    const row77 = { shp: '77', ord: '1', whs: null };
    const changes = [rowChange({ table: 's.shipment', key: '77', op: 'c', row: row77 })];
    const { entry } = translate(changeSet({ aggregate: 'order', changes }), null, rules, SETTINGS, rows);
    return { entry, asked: asked.size };
  };

  it('is bounded in rows', () => {
    expect(asking(LOOKED_ROWS_MAX, 1).entry).toMatchObject({ outcome: 'applied', refusal: null });
    const { entry, asked } = asking(LOOKED_ROWS_MAX + 1, 1);
    expect(entry).toMatchObject({ outcome: 'parked', refusal: { code: 'LOOKUPS_TOO_LARGE' } });
    expect(entry.refusal?.text).toContain('after 10000 different rows');
    expect(asked).toBe(LOOKED_ROWS_MAX);
  });

  it('is bounded in characters', () => {
    const quarter = LOOKED_CHARS_MAX / 4 - 1; // and one for the key
    expect(asking(5, quarter).entry.outcome).toBe('applied');
    expect(asking(4, quarter + 1).entry.outcome).toBe('applied');
    expect(asking(5, quarter + 1).entry.refusal?.code).toBe('LOOKUPS_TOO_LARGE');
  });

  it('is bounded also where a rule catches what is thrown at it', () => {
    const { entry, asked } = asking(LOOKED_ROWS_MAX + 5, 1, true);
    expect(asked).toBe(LOOKED_ROWS_MAX);
    expect(Object.keys(entry.looked?.['s.warehouse'] ?? {})).toHaveLength(LOOKED_ROWS_MAX);
  });
});
