/** What is expected of a milestone, and by when: what rule authors may write. */
import { describe, expect, it } from 'vitest';
import { checkRuleSet } from '../../../../src/rules/check/check.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, legacy, one, ruleSet, table } from '../../../../src/rules/index.js';
import type { FactDefinition } from '../../../../src/rules/fact.js';

const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text() } });
const order = aggregate('order', { head: one(head, (row) => row.id) });
const bill = aggregate('bill', { head: one(head, (row) => row.id) });
const always = { 'it is there': () => true };
const common = { importance: 'low', when: always, data: () => ({}) } as const;
const placed = order.milestone('OrderPlaced', { ...common, formerly: ['OrderEntered'] });
const billed = bill.milestone('BillSent', common);

const shipped = (expected: Record<string, unknown>, more = {}) =>
  order.milestone('OrderShipped', { ...common, ...more, expected: expected as never });
const late = (expected: unknown) =>
  order.overdue('OrderShippedLate', { importance: 'low', expected: expected as never, data: () => ({}) });
const rules = (...facts: readonly FactDefinition[]) =>
  ruleSet({ aggregates: [order, bill], facts: [placed, billed, ...facts], publications: [] });
const problems = (...facts: readonly FactDefinition[]) =>
  checkRuleSet(rules(...facts)).map(({ code, text }) => `${code} ${text}`);

describe('expected', () => {
  it('is compiled with its span in ms, and the first names of facts', () => {
    const milestone = shipped({ within: '30 minutes', after: placed, unless: { 'it is gone': () => false } });
    const compiled = compileRuleSet(rules(milestone, late(milestone))).aggregates.get('order');
    const facts = compiled?.facts.slice(1) ?? [];
    expect(facts[0]).toMatchObject({
      expected: { withinMs: 1_800_000, after: 'OrderEntered', unless: [{ name: 'it is gone' }] },
      deadlineOf: null,
    });
    expect(facts[1]).toMatchObject({ name: 'OrderShippedLate', expected: null, deadlineOf: 'OrderShipped' });
    const first = compileRuleSet(rules(shipped({ within: '2 days', after: 'first seen' })));
    expect(first.aggregates.get('order')?.facts[1]?.expected).toMatchObject({ after: null, unless: [] });
    expect(compiled?.facts[0]?.expected).toBeNull();
  });

  it.each([
    [{ within: '4 hours', after: 'first seen' }, {}, []],
    [{ within: '4 hours', after: placed }, {}, []],
    [
      { within: 'soon', after: 'first seen' },
      {},
      ['within is "soon", and must be whole minutes, hours or days, from "1 minute" to "3650 days"'],
    ],
    [{ within: '3651 days', after: 'first seen' }, {}, [/^within is "3651 days"/]],
    [
      { within: '4 hours', after: 'first seen' },
      { repeatable: true },
      ['it is repeatable, and only what happens once can be waited for'],
    ],
    [
      { within: '4 hours', after: 'first time' },
      {},
      [`after is "first time", and must be a fact that the rule set lists, or 'first seen'`],
    ],
    [{ within: '4 hours' }, {}, [/^after is undefined/]],
    [{ within: '4 hours', after: billed }, {}, ['after is BillSent, a fact of another aggregate: bill']],
    [{ within: '4 hours', after: { name: 'OrderShipped' } }, {}, ['after is the fact itself']],
    [
      { within: '4 hours', after: 'first seen', unless: { x: true } },
      {},
      [/^the conditions of unless must be functions/],
    ],
    [
      { within: '4 hours', after: 'first seen', unless: { ' ': () => true } },
      {},
      [/^a condition of unless has no name/],
    ],
  ])('%#', (expected, more, texts) => {
    const found = problems(shipped(expected, more));
    expect(found).toEqual(
      texts.map((text) =>
        typeof text === 'string'
          ? `EXPECTED_INVALID expected: ${text}`
          : (expect.stringMatching(new RegExp(text.source.replace('^', '^EXPECTED_INVALID expected: '))) as string),
      ),
    );
  });

  it('is not after something that is overdue', () => {
    const packed = order.milestone('OrderPacked', { ...common, expected: { within: '1 hour', after: 'first seen' } });
    const overdue = order.overdue('OrderPackedLate', { importance: 'low', expected: packed, data: () => ({}) });
    expect(problems(packed, overdue, shipped({ within: '1 hour', after: overdue }))).toEqual([
      'EXPECTED_INVALID expected: after is OrderPackedLate, which happens when something is overdue',
    ]);
  });
});

describe('a fact of what is overdue', () => {
  it('is about a milestone of its aggregate that says by when it is expected', () => {
    const milestone = shipped({ within: '4 hours', after: 'first seen' });
    expect(problems(milestone, late(milestone))).toEqual([]);
    expect(problems(late(milestone))).toEqual([
      'EXPECTED_INVALID expected is "OrderShipped", and must be a milestone that the rule set lists',
    ]);
    expect(problems(late(undefined))).toEqual([expect.stringContaining('EXPECTED_INVALID expected is undefined')]);
    expect(problems(late(placed))).toEqual([
      'EXPECTED_INVALID expected is OrderPlaced, which does not say by when it is to happen: it has no expected of its own',
    ]);
    expect(problems(late(billed))).toEqual([
      'EXPECTED_INVALID expected is BillSent, a milestone of another aggregate: bill',
    ]);
  });
});
