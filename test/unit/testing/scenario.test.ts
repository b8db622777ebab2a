import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { given } from '../../../src/testing/index.js';
import { ruleSet } from '../../../src/rules/index.js';
import { header, shipment, shippingRules, parcel, thing, warehouse } from '../translate/shipping.js';
import { added, bookTable, closed, loan, loanTable, lost, PUBLICATIONS, removed } from '../translate/library.js';

const facts = [...new Set([closed, added, removed, lost, ...PUBLICATIONS.map(({ fact }) => fact)])];
const rules = ruleSet({ aggregates: [loan], facts, publications: PUBLICATIONS });

describe('a scenario', () => {
  it('goes from step to step and knows the events of the last one', () => {
    const scenario = given(rules)
      .baseline((t) =>
        t.insert(loanTable, { id: '1', status: 'open' }).insert(bookTable, { id: '1', no: 2, lost: false }),
      )
      .expect()
      .transaction((t) => t.update(loanTable, { id: '1', status: 'closed' }))
      .expect({ type: 'LoanClosed', key: '1', data: { books: [2], sequence: 1 } })
      .transaction((t) => t.delete(bookTable, { id: '1', no: 2 }))
      .expect({ type: 'LoanEmptied', key: '1' });
    expect(scenario.events.map(({ occurredAt }) => occurredAt)).toEqual(['2026-01-01T00:00:02.000Z']);
  });

  it('says why when the events are others', () => {
    const scenario = given(rules).transaction((t) => t.insert(bookTable, { id: '1', no: 13, lost: true }));
    const wrong = () => scenario.expect({ type: 'LoanClosed', key: '1' });
    expect(wrong).toThrow(AssertionError);
    expect(wrong).toThrow(/LoanClosed did not happen: not "loan is closed" not "nothing is remarked"/);
    expect(scenario.why('BookLost').split('\n')).toEqual([
      'loan:1: BookLost (1/13) happened',
      'loan:1: BookLost (1/13) is withheld from BookLost: nobody asks for it',
    ]);
  });

  it('says what is parked and what is baseline', () => {
    const scenario = given(rules).baseline((t) => t.insert(bookTable, { id: '1', no: 100, lost: false }));
    expect(scenario.why()).toBe('loan:1: baseline, no fact was asked');
    scenario.transaction((t) => t.update(bookTable, { id: '1', no: 100, lost: true })).expect();
    expect(scenario.why()).toContain('loan:1: parked: CONTRACT_VIOLATED');
  });

  it('finds rows via others, lets them wait, and looks rows up', () => {
    given(shippingRules)
      .baseline((t) =>
        t
          .insert(parcel, { prc: '5', shp: '77' })
          .insert(thing, { id: '9', prc: '5', heavy: false })
          .insert(warehouse, { whs: 'W1', region: 'north', open: false }),
      )
      .baseline((t) => t.insert(header, { ord: '1', open: true }))
      .expect()
      .transaction((t) => t.insert(thing, { id: '10', prc: '6', heavy: false }))
      .expect()
      .transaction((t) =>
        t.insert(parcel, { prc: '6', shp: '77' }).insert(shipment, { shp: '77', ord: '1', whs: 'W1' }),
      )
      .expect(
        { type: 'ThingPacked', key: '1', data: { id: '10' } },
        { type: 'OrderShippedFromNorth', key: '1', data: { regions: ['north'] } },
      )
      .transaction((t) => t.delete(thing, { id: '9' }))
      .expect({ type: 'ThingUnpacked', key: '1', data: { id: '9' } });
  });
});
