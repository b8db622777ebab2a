/** Orders with a head and parts, one fact and its contract: the smallest rule set in which everything is, whose parts a test replaces. */
import { z } from 'zod';
import { checkRuleSet } from '../../../src/rules/check/check.js';
import {
  aggregate,
  contract,
  legacy,
  many,
  one,
  publish,
  ruleSet,
  table,
  type RuleSet,
} from '../../../src/rules/index.js';

export const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint(), code: legacy.text() } });
export const part = table('s.part', { key: ['no'], columns: { no: legacy.bigint(), id: legacy.bigint() } });
export const order = aggregate('order', { head: one(head, (row) => row.id), parts: many(part, (row) => row.id) });
export const placed = order.milestone('OrderPlaced', {
  importance: 'normal',
  when: { 'it is there': (o) => o.head !== undefined },
  data: () => ({ a: 1 }),
});
export const prose = { topic: 'orders', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
export const placedV1 = contract('OrderPlaced', 1, { ...prose, data: z.object({ a: z.int() }), example: { a: 1 } });
export const publication = publish(placed).as(placedV1, ({ data }) => data);

export const placedRules = (parts: Partial<RuleSet> = {}): RuleSet =>
  ruleSet({ aggregates: [order], facts: [placed], publications: [publication], ...parts });

/** What is wrong with them: code and text. */
export const problemsOf = (parts: Partial<RuleSet>): string[] =>
  checkRuleSet(placedRules(parts)).map(({ code, text }) => `${code} ${text}`);
