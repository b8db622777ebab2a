/** The kit makes corrections as production does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { legacy, type RuleSet, table } from '../../../src/rules/index.js';
import { given } from '../../../src/testing/index.js';

const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text() } });

const RULES = `
import { aggregate, contract, correct, legacy, one, publish, ruleSet, table } from 'dragoman/rules';
import { z } from 'zod';
const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text() } });
const order = aggregate('order', { head: one(head, (row) => row.id) });
const placed = order.each('head').inserted('OrderPlaced', { importance: 'low', data: (o, row) => ({ sts: row.sts }) });
const prose = { owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x', topic: 'orders', key: 'orderId' };
const placedV1 = contract('OrderPlaced', 1, { ...prose, data: z.object({ sts: z.string() }), example: { sts: 'x' } });
const correctedV1 = contract('OrderPlacedCorrected', 1, {
  ...prose, data: z.object({ was: z.string(), is: z.string() }), example: { was: 'x', is: 'y' },
});
let asked = 0;
export default ruleSet({
  aggregates: [order],
  facts: [placed],
  publications: [publish(placed).as(placedV1, ({ data }) => data)],
  corrections: [
    correct(placedV1, order).as(correctedV1, ({ event, aggregate: { head } }, { withhold }) =>
      head === undefined
        ? withhold('it is gone')
        : { was: event.sts, is: head.sts === 'counted' ? String((asked += 1)) : head.sts },
    ),
  ],
});
`;

let dir: string;
let rules: RuleSet;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'dragoman-correct-'));
  const path = join(dir, 'index.ts');
  writeFileSync(path, RULES);
  rules = ((await import(path)) as { default: RuleSet }).default;
});
afterAll(() => rmSync(dir, { recursive: true }));

const placed = () => given(rules).transaction((t) => t.insert(head, { id: '1', sts: 'new' }));

it('an event is corrected by what is known now, each time under the next number', () => {
  const scenario = placed().transaction((t) => t.update(head, { id: '1', sts: 'old' }));
  const event = { type: 'OrderPlacedCorrected', key: '1', data: { was: 'new', is: 'old' } };
  scenario.correct({ type: 'OrderPlaced', key: '1' }).expect(event);
  expect(scenario.events[0]?.sequence).toBe(1);
  scenario.correct({ type: 'OrderPlaced', key: '1' }).expect(event);
  expect(scenario.events[0]?.sequence).toBe(2);
});

it('what the rules withhold makes no event, and what cannot be corrected fails the test', () => {
  const scenario = placed().transaction((t) => t.delete(head, { id: '1' }));
  scenario.correct({ type: 'OrderPlaced', key: '1' }).expect();
  expect(() => scenario.correct({ type: 'OrderPlaced', key: '2' })).toThrow(/No OrderPlaced of 2 can be corrected/);
  expect(() => scenario.correct({ type: 'OrderShipped', key: '1' })).toThrow(/No OrderShipped of 1 can be corrected/);
});

it('a correction that remembers is found', () => {
  const scenario = placed().transaction((t) => t.update(head, { id: '1', sts: 'counted' }));
  expect(() =>
    scenario.correct({ type: 'OrderPlaced', key: '1' }).correct({ type: 'OrderPlaced', key: '1' }),
  ).toThrow();
});
