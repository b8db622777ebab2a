/** Ids that nobody could ever have heard of are refused with how they are written, and not told to be unknown. */
import { expect, it } from 'vitest';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, legacy, one, ruleSet, table } from '../../../src/rules/index.js';
import { checkId } from '../../../src/why/question.js';

const hdr = table('oms.hdr', { key: ['shop', 'no'], columns: { shop: legacy.text(), no: legacy.bigint() } });
const order = aggregate('order', { header: one(hdr, (row) => [row.shop, row.no]) });
const { aggregates } = compileRuleSet(ruleSet({ aggregates: [order], facts: [], publications: [] }));
const compiled = aggregates.get('order')!;
const check = (id: string) => (): void => checkId(id, compiled, null);

it.each(['north/7', 'n%2Fs/0', '100%25/-12', ' /7'])('%s is one', (id) => {
  expect(check(id)).not.toThrow();
});

it.each([
  ['north/007', 'no is a whole number, without zeros in front'],
  ['north/-0', 'no is a whole number, without zeros in front'],
  ['north/x', 'no is a whole number, without zeros in front'],
  ['n%2fs/7', 'it would be n%2Fs/7'],
  ['n%6Frth/7', 'it would be north/7'],
  ['100%/7', 'its escapes cannot be read'],
  ['north', 'it has 1 parts instead of 2'],
])('%s is none: %s', (id, why) => {
  expect(check(id)).toThrow(`"${id}" is no id of order: ${why}`);
});
