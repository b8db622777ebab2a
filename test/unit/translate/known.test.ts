/** What `known` means on either side of a change: what is not there is no answer after it, and did not hold before it. */
import { describe, expect, it } from 'vitest';
import type { AggregateState } from '../../../src/domain/state/aggregate-state.js';
import type { RowChange } from '../../../src/domain/change-set.js';
import type { Row } from '../../../src/domain/tables/table.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, known, legacy, many, one, ruleSet, table } from '../../../src/rules/index.js';
import { translate } from '../../../src/translate/translate.js';
import { changeSet, rowChange, SETTINGS } from './examples.js';

const header = table('s.ord', { key: ['no'], columns: { no: legacy.bigint(), currency: legacy.text().nullable() } });
const line = table('s.line', { key: ['no', 'pos'], columns: { no: legacy.bigint(), pos: legacy.integer() } });
const order = aggregate('order', { header: one(header, (row) => row.no), lines: many(line, (row) => row.no) });
const low = { importance: 'low' as const, data: () => ({}) };
const rules = compileRuleSet(
  ruleSet({
    aggregates: [order],
    facts: [
      order.milestone('OrderPriced', {
        ...low,
        when: { 'it has a currency': (o) => known(known(o.header, 'header').currency, 'currency') !== '' },
      }),
      order.each('header').became('HeaderPriced', {
        ...low,
        when: { 'it has a currency': (row) => known(row.currency, 'currency') !== '' },
      }),
    ],
    publications: [],
  }),
);

const ofHeader = (op: RowChange['op'], row: Row) =>
  rowChange({ table: 's.ord', key: '4711', op, row: { no: '4711', ...row } });
const ofLine = rowChange({ table: 's.line', key: '4711/1', op: 'c', row: { no: '4711', pos: 1 } });

/** @returns of the last change the facts that happened, each with its name. */
function happened(...steps: readonly (readonly RowChange[])[]): string[] {
  let state: AggregateState | null = null;
  let last: string[] = [];
  for (const changes of steps) {
    const done = translate(changeSet({ changes }), state, rules, SETTINGS);
    state = done.state;
    last = done.entry.verdicts.filter(({ verdict }) => verdict === 'fired').map(({ fact }) => fact);
  }
  return last;
}

describe('a condition that needs what was not there', () => {
  it.each([
    ['an aggregate that comes whole', [[ofHeader('c', { currency: 'EUR' }), ofLine]]],
    ['a value that was null', [[ofHeader('c', { currency: null })], [ofHeader('u', { currency: 'EUR' })]]],
  ])('did not hold before: %s', (_, steps) => {
    expect(happened(...steps)).toEqual(['OrderPriced', 'HeaderPriced']);
  });

  it('did not hold before, where the row came after others of its aggregate', () => {
    expect(happened([ofLine], [ofHeader('c', { currency: 'EUR' })])).toEqual(['OrderPriced', 'HeaderPriced']);
  });

  it('is not known before, where only an update of the row was read: it may have held', () => {
    const steps = [[ofHeader('u', { currency: 'EUR' })], [ofHeader('u', { currency: null })]];
    expect(happened(...steps, [ofHeader('u', { currency: 'SEK' })])).toEqual([]);
  });

  it('is not known after, and nothing happens or is parked', () => {
    const done = translate(changeSet({ changes: [ofHeader('c', { currency: null })] }), null, rules, SETTINGS);
    expect(done.entry.refusal).toBeNull();
    expect(done.entry.verdicts.map(({ verdict }) => verdict)).toEqual(['unmet', 'unmet']);
  });
});
