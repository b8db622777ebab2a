/** Echoes of a capability: what rule authors may write. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkRuleSet } from '../../../../../src/rules/check/check.js';
import { compileRuleSet } from '../../../../../src/rules/compile.js';
import {
  aggregate,
  capability,
  contract,
  legacy,
  one,
  origin,
  publish,
  ruleSet,
  table,
} from '../../../../../src/rules/index.js';

const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint(), usr: legacy.text() } });
const order = aggregate('order', { header: one(head, (row) => row.id) });
const begun = order.milestone('OrderBegun', { importance: 'low', when: { 'it is': () => true }, data: () => ({}) });
const words = { topic: 't', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
const begunV1 = contract('OrderBegun', 1, { ...words, data: z.object({}), example: {} });

const rules = (echoes: unknown) =>
  ruleSet({
    aggregates: [order],
    facts: [begun],
    publications: [publish(begun).as(begunV1, () => ({}))],
    origins: [origin.annotated('by', { system: 'system' }), origin.columns(head, { user: 'usr' })],
    capabilities: [capability('fulfilment', { contracts: [begunV1], echoes: echoes as never })],
  });
const problems = (echoes: unknown) => checkRuleSet(rules(echoes)).map(({ code, text }) => `${code}: ${text}`);
const within = '10 minutes';

describe('what is understood', () => {
  it('one value or several, of one name or several', () => {
    const both = { system: 'order-service', user: ['SVC', 'NEW'], within };
    expect(problems(both)).toEqual([]);
    expect(compileRuleSet(rules(both)).routed.get('OrderBegun.v1')?.echoes).toEqual({
      withinMs: 600_000,
      signs: [
        ['user', ['SVC', 'NEW']],
        ['system', ['order-service']],
      ],
    });
    expect(problems(undefined)).toEqual([]);
  });
});

describe('what is not', () => {
  it.each([
    [
      'no object',
      'order-service',
      "CAPABILITY_INVALID: echoes: write { system: 'order-service', within: '10 minutes' }",
    ],
    ['no time', { system: 'x' }, 'CAPABILITY_INVALID: echoes: within is undefined, and must be whole minutes'],
    [
      'no sign',
      { within },
      'CAPABILITY_INVALID: echoes: nothing says what the service wrote: one of user, useCase, system',
    ],
    [
      'another name',
      { program: 'x', within },
      'CAPABILITY_INVALID: echoes: "program" is none of user, useCase, system',
    ],
    ['no value', { system: [], within }, 'CAPABILITY_INVALID: echoes: system must be a text or a list of texts'],
    ['no text', { system: [''], within }, 'CAPABILITY_INVALID: echoes: system must be a text or a list of texts'],
    ['what nobody tells', { useCase: 'x', within }, 'ORIGIN_UNDECLARED: echoes are told by useCase, and no origin'],
  ])('%s', (_, echoes, text) => {
    expect(problems(echoes)).toEqual([expect.stringContaining(text)]);
  });
});
