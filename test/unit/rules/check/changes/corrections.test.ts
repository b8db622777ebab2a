/** What can be wrong with corrections is found when rules are loaded; and what they promise stands in the contract. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { publishedContracts } from '../../../../../src/contracts/published-contracts.js';
import { contractPage } from '../../../../../src/contracts/documents/contract-page.js';
import { compileRuleSet } from '../../../../../src/rules/compile.js';
import type { CorrectionDefinition } from '../../../../../src/rules/correction.js';
import { aggregate, contract, correct, one, publish, ruleSet } from '../../../../../src/rules/index.js';
import { checkRuleSet } from '../../../../../src/rules/check/check.js';
import { hdr } from '../../../../support/sources/ready-orders.js';

const order = aggregate('order', { header: one(hdr, (row) => row.id) });
const other = aggregate('other', { header: one(hdr, (row) => row.id) });
const ready = order.milestone('OrderReady', {
  importance: 'high',
  when: { 'it is ready': ({ header }) => header?.sts === 'READY' },
  data: ({ header }) => ({ note: header?.note ?? '' }),
});
const prose = { owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x', topic: 'orders.out', key: 'orderId' };
const readyV1 = contract('OrderReady', 1, { ...prose, data: z.object({ note: z.string() }), example: { note: 'x' } });
const readyV2 = contract('OrderReady', 2, { ...prose, data: z.object({ note: z.string() }), example: { note: 'x' } });
const promise = { data: z.object({ note: z.string() }), example: { note: 'x' } };
const correctedV1 = contract('OrderReadyCorrected', 1, { ...prose, ...promise });
const publication = publish(ready).as(readyV1, ({ data }) => data);
const correction = correct(readyV1, order).as(correctedV1, ({ event, aggregate: { header } }) => ({
  note: header?.note ?? event.note,
}));

const rulesWith = (...corrections: CorrectionDefinition[]) =>
  ruleSet({ aggregates: [order], facts: [ready], publications: [publication], corrections });
const textsOf = (...corrections: CorrectionDefinition[]): string[] =>
  checkRuleSet(rulesWith(...corrections)).map(({ code, text }) => `${code}: ${text}`);

it('a correction under a contract of its own has nothing against it', () => {
  expect(textsOf(correction)).toEqual([]);
});

describe('wrong is', () => {
  const withField = contract('OrderReadyCorrected', 1, {
    ...{ ...prose, data: z.object({ corrects: z.string() }), example: { corrects: 'x' } },
  });
  const withKey = contract('OrderReadyCorrected', 1, { ...prose, key: 'id', ...promise });
  it.each([
    ['what nobody publishes', [{ ...correction, contract: readyV2 }], 'no fact is published under this contract'],
    ['an aggregate that is not listed', [{ ...correction, aggregate: other }], 'does not list the aggregate other'],
    ['no function', [{ ...correction, map: {} as never }], 'must be a function'],
    ['a second one', [correction, { ...correction, correction: readyV2 }], 'corrected under another contract already'],
    ['a contract of a fact', [{ ...correction, correction: readyV1 }], 'OrderReady v1 is published for a fact'],
    ['a field of that name', [{ ...correction, correction: withField }], 'has a field corrects already'],
    ['another key', [{ ...correction, correction: withKey }], 'has the key id'],
  ] as const)('%s', (_, corrections, text) => {
    const found = textsOf(...corrections).filter((each) => each.startsWith('CORRECTION_INVALID: '));
    expect(found.some((each) => each.includes(text)) ? text : found).toBe(text);
  });
});

it('contracts say which corrects which, and have the id of what they correct', () => {
  const rules = compileRuleSet(rulesWith(correction));
  const settings = { sourceSystem: 'legacy', eventSource: 'urn:x', eventTypePrefix: '' };
  const [wrong, right] = publishedContracts(rules, settings);
  expect([wrong?.contract.correctedBy, wrong?.contract.corrects]).toEqual(['OrderReadyCorrected.v1', undefined]);
  expect([right?.contract.correctedBy, right?.contract.corrects]).toEqual([undefined, 'OrderReady.v1']);
  expect(right?.contract.cardinality).toEqual({ aggregate: 'order', comes: 'each-time', of: null });
  expect(right?.contract.value).toMatchObject({ required: expect.arrayContaining(['corrects']) as string[] });
  expect(right?.example.value['corrects']).toBe(right?.example.headers['ce_corrects']);
  expect(JSON.stringify(contractPage(wrong!))).toContain('OrderReadyCorrected.v1 names it and corrects it');
  expect(JSON.stringify(contractPage(right!))).toContain('It corrects a OrderReady.v1 that was wrong');
  expect(publishedContracts(compileRuleSet(rulesWith()), settings)[0]?.contract).not.toHaveProperty('correctedBy');
});
