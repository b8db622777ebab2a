/** What `forget` says of what it does not reach: each topic by name, how long it keeps it, and which contracts have fields of a class. */
import { describe, expect, it } from 'vitest';
import retailer from '../../../../rules/index.js';
import { notReached, notReachedLines, type Settings } from '../../../../src/cli/operator/not-reached.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import type { FieldPromise } from '../../../../src/rules/contracts/promise.js';
import type { RuleSet } from '../../../../src/rules/rule-set.js';

const topics = {
  ...{ journal: 'ns.orders.journal', deadLetters: 'ns.dead-letters' },
  ...{ inputs: ['legacy.oms.ord_hdr'], audiences: [] as string[] },
};
const settings: Settings = new Map([
  ['orders.fulfillment', new Map([['retention.ms', '604800000']])],
  ['legacy.oms.ord_hdr', new Map([['cleanup.policy', 'compact']])],
  [
    'ns.orders.journal',
    new Map([
      ['retention.ms', '-1'],
      ['cleanup.policy', 'delete'],
    ]),
  ],
]);

/** The retailer's, whose first contract promises this of its fields. */
function rulesWith(fields: Readonly<Record<string, FieldPromise>>): RuleSet {
  const [first, ...others] = retailer.publications;
  return { ...retailer, publications: [{ ...first!, contract: { ...first!.contract, fields } }, ...others] };
}

const orderOf = (rules: RuleSet) => compileRuleSet(rules).aggregates.get('order')!;

describe('what is not reached', () => {
  it('is said with the fields that carry a class, and how long it stays', () => {
    const order = orderOf(rulesWith({ shippingCountry: { class: 'personal' }, currency: { meaning: 'ISO 4217' } }));
    expect(notReachedLines(notReached(order, topics, settings))).toEqual([
      'not reached: events in orders.fulfillment, kept 7 days: who consumed them has them too: OrderAcceptedForFulfillment.v1 (shippingCountry personal), ' +
        'OrderReleasedToWarehouse.v1, OrderCancellationAccepted.v1, RefundInitiated.v1',
      'not reached: rows in legacy.oms.ord_hdr, kept by key, the newest of each for ever: rows as the connector wrote them',
      'not reached: journal in ns.orders.journal, kept for ever: sealed, and nobody can read it any more, but for entries from before a column of it had a class',
      'not reached: dead letters in ns.dead-letters, kept for a time that Kafka does not tell: without values of columns that have a class',
      'not reached: topics of contracts, and of tables, that the rules do not have any more',
      'not reached: files that somebody made: recordings, state export, backups',
    ]);
  });

  it('is what was published once more for one consumer', () => {
    const found = notReached(orderOf(retailer), { ...topics, audiences: ['orders.billing'] }, settings);
    expect(found.filter(({ holds }) => holds === 'events').map(({ topic }) => topic)).toEqual([
      ...['orders.fulfillment', 'orders.billing'],
    ]);
  });

  it('is a journal in the clear, where nothing of the aggregate has a class', () => {
    const [, , journal] = notReached(orderOf(retailer), topics, settings);
    expect(journal).toMatchObject({
      holds: 'journal',
      text: expect.stringMatching(/^in the clear: no column/) as string,
    });
  });
});
