/** Names of aggregates, facts and contracts, and those that they had before. */
import { describe, expect, it } from 'vitest';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, legacy, many, one, publish, ruleSet, table } from '../../../../src/rules/index.js';
import {
  head,
  order,
  part,
  placed,
  placedV1,
  problemsOf,
  publication,
} from '../../../support/sources/placed-orders.js';

describe('names', () => {
  it.each(['OrderChanged', 'OrderUpdated', 'OrderModified', 'StatusUpdated', 'OrderChangedByCustomer', 'StatusSet'])(
    '%s says nothing',
    (name) => {
      const [problem] = problemsOf({ facts: [{ ...placed, name }], publications: [] });
      expect(problem).toBe('NAME_SAYS_NOTHING names a change, not what the business did');
    },
  );

  it.each(['OrderUnchangedForAYear', 'StatusquoKept', 'ExchangedForAnother'])('%s says something', (name) => {
    expect(problemsOf({ facts: [{ ...placed, name }], publications: [] })).toEqual([]);
  });

  it('are in PascalCase for facts and contracts, and fit in keys for aggregates', () => {
    expect(problemsOf({ facts: [{ ...placed, name: 'orderPlaced' }], publications: [] })).toHaveLength(1);
    expect(problemsOf({ aggregates: [{ ...order, name: 'a:b' }], facts: [], publications: [] })).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    [
      'a text instead of a list',
      { formerly: 'purchase' },
      ["formerly must be a list of names, the oldest first: formerly: ['old']"],
    ],
    ['what can be no name', { formerly: ['a:b'] }, ['was formerly "a:b", which cannot be the name of an aggregate']],
    ['no text', { formerly: [7] }, ['was formerly 7, which cannot be the name of an aggregate']],
    ['its own name', { formerly: ['order'] }, ['is called "order" now: formerly has the names that it gave up']],
    ['one name twice', { formerly: ['deal', 'deal'] }, ['was formerly "deal" twice']],
    [
      'the name of another',
      { formerly: ['customer'] },
      ['was formerly "customer", but another aggregate is called so now'],
    ],
    [
      'the former name of another',
      { formerly: ['deal', 'purchase'] },
      [
        'was formerly "purchase", and another aggregate too: only one can have what is remembered under it',
        'was formerly "purchase", and another aggregate too: only one can have what is remembered under it',
      ],
    ],
  ])('of before cannot be %s', (_, formerly, texts) => {
    const customer = {
      ...aggregate('customer', { head: one(head, (row) => row.id) }),
      formerly: ['purchase'],
    };
    const aggregates = [{ ...order, ...formerly }, customer];
    expect(problemsOf({ aggregates })).toEqual(texts.map((text) => `FORMER_NAME_INVALID ${text}`));
  });

  it('of before are checked for facts too, and may be those of an aggregate', () => {
    expect(problemsOf({ facts: [{ ...placed, formerly: ['order'] }], publications: [] })).toEqual([
      'FORMER_NAME_INVALID was formerly "order", which cannot be the name of a fact',
    ]);
    expect(problemsOf({ facts: [{ ...placed, formerly: ['OrderMade', 'OrderSeen'] }], publications: [] })).toEqual([]);
  });

  it('of before are remembered by, whatever people say now', () => {
    const sale = aggregate(
      'sale',
      { head: one(head, (row) => row.id), parts: many(part, (row) => row.id) },
      { formerly: ['deal', 'order'] },
    );
    const sold = sale.milestone('Sold', {
      ...{ importance: 'normal', formerly: ['Dealt'], data: () => ({}) },
      when: { 'it is there': () => true },
    });
    const { aggregates, firstNames, feeds } = compileRuleSet(
      ruleSet({ aggregates: [sale], facts: [sold], publications: [] }),
    );
    expect([...aggregates.keys()]).toEqual(['deal']);
    expect(aggregates.get('deal')).toMatchObject({
      called: 'sale',
      facts: [{ name: 'Dealt', definition: { name: 'Sold' } }],
    });
    expect(['sale', 'order', 'deal', 'sale?'].map((name) => firstNames.get(name))).toEqual([
      'deal',
      'deal',
      'deal',
      'deal?',
    ]);
    expect(feeds.get('s.part')?.[0]?.aggregate).toBe('deal');
  });

  it('are there once', () => {
    expect(problemsOf({ aggregates: [order, order], facts: [placed, placed] })).toEqual([
      'NAME_TWICE is listed twice',
      'NAME_TWICE is listed twice',
    ]);
    const twin = publish({ ...placed, name: 'OrderSeen' }).as({ ...placedV1 }, () => ({ a: 1 }));
    expect(problemsOf({ publications: [publication, twin] })).toContain('NAME_TWICE is declared twice');
  });

  it('belong to one table', () => {
    const other = table('s.head', { key: ['id'], columns: { id: legacy.text() } });
    const twin = aggregate('twin', { head: one(other, (row) => row.id) });
    expect(problemsOf({ aggregates: [order, twin] })).toEqual(['TABLE_TWICE is declared twice, differently']);
    const same = aggregate('twin', { head: one(head, (row) => row.id) });
    expect(problemsOf({ aggregates: [order, same] })).toEqual([]);
  });
});
