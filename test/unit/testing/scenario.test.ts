import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { Scenario } from '../../../src/testing/scenario.js';
import type { Rows } from '../../../src/testing/index.js';
import { intervention, ruleSet, type RuleSet } from '../../../src/rules/index.js';
import { header, shipment, shippingRules, parcel, thing, warehouse } from '../translate/shipping.js';
import { added, bookTable, closed, loan, loanTable, lost, PUBLICATIONS, removed } from '../translate/library.js';

const facts = [...new Set([closed, added, removed, lost, ...PUBLICATIONS.map(({ fact }) => fact)])];
const rules = ruleSet({ aggregates: [loan], facts, publications: PUBLICATIONS });

/** Rules that are made here, so they are in no folder: without a realm. */
const given = (rules: RuleSet): Scenario =>
  new Scenario({ rules: compileRuleSet(rules), watch: (run) => run(), step: (run) => run() });

describe('an intervention', () => {
  const fixes = [
    intervention('closed by hand', { annotated: { prefix: 'fix', content: { user: 'dba' } } }),
    intervention('release 7', { within: { from: '2026-03-01T20:00:00Z', until: '2026-03-01T23:00:00Z' } }),
  ];
  const opened = () =>
    given({ ...rules, interventions: fixes }).baseline((t) => t.insert(loanTable, { id: '1', status: 'open' }));
  const close = (t: Rows) => t.update(loanTable, { id: '1', status: 'closed' });

  it('is told by what a transaction says, or when it was committed; why names it', () => {
    const annotations = [{ prefix: 'fix', content: '{"user":"dba"}' }];
    const scenario = opened().transaction(close, { annotations }).expect();
    expect(scenario.why('LoanClosed').split('\n')).toEqual([
      'loan:1: learnt and not published: closed by hand',
      'loan:1: LoanClosed happened, and is not published',
    ]);
    opened().transaction(close, { committedAt: '2026-03-01T22:59:59Z' }).expect();
  });

  it('is none without it', () => {
    const published = { type: 'LoanClosed', key: '1', data: { occurredAt: '2026-03-01T23:00:00.000Z' } };
    opened().transaction(close, { committedAt: '2026-03-01T23:00:00Z' }).expect(published);
    opened()
      .transaction(close, { annotations: [{ prefix: 'fix' }] })
      .expect({ type: 'LoanClosed', key: '1' });
  });

  it('at a time that is none is a mistake of the test', () =>
    expect(() => opened().transaction(close, { committedAt: '1st of March' })).toThrow(
      'committedAt is "1st of March"',
    ));
});

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
    scenario
      .transaction((t) => t.update(bookTable, { id: '1', no: 100, lost: true }))
      .expectParked('CONTRACT_VIOLATED');
    expect(scenario.why()).toContain('loan:1: parked: CONTRACT_VIOLATED');
  });

  it('does not take what is parked, or waits behind it, for what does not happen', () => {
    const scenario = given(rules)
      .baseline((t) => t.insert(bookTable, { id: '1', no: 100, lost: false }))
      .transaction((t) => t.update(bookTable, { id: '1', no: 100, lost: true }));
    const parked = /The last step was parked. What was decided:\nloan:1: parked: CONTRACT_VIOLATED/;
    expect(() => scenario.expect()).toThrow(parked);
    expect(() => scenario.expectParked('RULE_THREW')).toThrow('The last step was not parked as expected');
    scenario.expectParked('CONTRACT_VIOLATED').expect();
    scenario.transaction((t) => t.delete(bookTable, { id: '1', no: 100 }));
    expect(() => scenario.expect()).toThrow(/loan:1: queued: CONTRACT_VIOLATED/);
    scenario.expectParked('CONTRACT_VIOLATED').expect();
    scenario.transaction((t) => t.insert(bookTable, { id: '2', no: 1, lost: false })).expect();
    expect(() => scenario.expectParked('CONTRACT_VIOLATED')).toThrow(AssertionError);
  });

  it('takes no row for nothing whose aggregate cannot be known', () => {
    const scenario = given(shippingRules).transaction((t) => t.update(parcel, { prc: '5' }));
    expect(() => scenario.expect()).toThrow(/parcel 5: ROW_OWNER_UNKNOWN/);
    scenario.expectParked('ROW_OWNER_UNKNOWN').expect();
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
