/** Capabilities: what rule authors may write. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkRuleSet } from '../../../../../src/rules/check/check.js';
import { noteProblems } from '../../../../../src/rules/check/notes.js';
import { compileRuleSet } from '../../../../../src/rules/compile.js';
import {
  aggregate,
  capability,
  contract,
  legacy,
  one,
  publish,
  ruleSet,
  table,
} from '../../../../../src/rules/index.js';

const head = table('s.head', { key: ['id'], columns: { id: legacy.bigint(), mkt: legacy.text() } });
const order = aggregate(
  'order',
  { header: one(head, (row) => row.id) },
  {
    context: { market: (o) => o.header?.mkt ?? null },
    bornIn: (o, { system }) => (o.header && system ? 'service' : null),
  },
);
const plain = aggregate('parcel', { header: one(head, (row) => row.id) });
const declare = (of: typeof order | typeof plain, name: string) => {
  const fact = of.milestone(name, { importance: 'low', when: { 'it is there': () => true }, data: () => ({}) });
  const words = { topic: 't', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
  const promise = contract(name, 1, { ...words, data: z.object({ total: z.number().optional() }), example: {} });
  return { fact, promise, publication: publish(fact).as(promise, () => ({})) };
};
const begun = declare(order, 'OrderBegun');
const ready = declare(order, 'OrderReady');
const sent = declare(plain, 'ParcelSent');
const unpublished = declare(order, 'OrderGone').promise;

type Capability = ReturnType<typeof capability>;
const rules = (...capabilities: Capability[]) =>
  ruleSet({
    aggregates: [order, plain],
    facts: [begun.fact, ready.fact, sent.fact],
    publications: [begun.publication, ready.publication, sent.publication],
    capabilities,
  });
const problems = (...capabilities: Capability[]) =>
  checkRuleSet(rules(...capabilities)).map(({ code, text, about }) => `${code} ${about.where}: ${text}`);

const both = [begun.promise, ready.promise];
const by = { market: ['DE', 'AT'] };

describe('what is understood', () => {
  it('contracts, the values that may move, who owns, and the stages at first', () => {
    const fulfilment = capability('fulfilment', {
      ...{ contracts: both, by },
      initially: [{ stage: 'shadow' }, { context: { market: 'DE' }, share: [0, 25], stage: 'legacy' }],
    });
    expect(problems(fulfilment)).toEqual([]);
    const { routed, aggregates } = compileRuleSet(rules(fulfilment));
    expect([...routed.keys()]).toEqual(['OrderBegun.v1', 'OrderReady.v1']);
    expect(routed.get('OrderReady.v1')).toEqual({
      ...{
        name: 'fulfilment',
        contracts: ['OrderBegun.v1', 'OrderReady.v1'],
        by,
        isSticky: true,
        parity: null,
        echoes: null,
      },
      initially: [
        { selector: { context: {} }, stage: 'shadow' },
        { selector: { context: { market: 'DE' }, share: [0, 25] }, stage: 'legacy' },
      ],
    });
    expect(aggregates.get('order')?.bornIn).toBeTypeOf('function');
    expect(aggregates.get('parcel')?.bornIn).toBeNull();
  });

  it('what parity is, with names of contexts as with fields', () => {
    const compared = capability('fulfilment', {
      ...{ contracts: both, by },
      parity: { within: '10 minutes', ignored: ['market'], numbers: { total: 1 } },
    });
    expect(problems(compared)).toEqual([]);
    const { parity } = compileRuleSet(rules(compared)).routed.get('OrderReady.v1') ?? {};
    expect(parity).toMatchObject({
      withinMs: 600_000,
      ignored: new Set(['market']),
      numbers: new Map([['total', '1']]),
    });
  });

  it('nothing but contracts: legacy, as a whole', () => {
    const sending = capability('sending', { contracts: [sent.promise], owner: 'immediate' });
    expect(problems(sending)).toEqual([]);
    expect(compileRuleSet(rules(sending)).routed.get('ParcelSent.v1')).toMatchObject({
      isSticky: false,
      initially: [],
    });
    expect(compileRuleSet(rules()).routed.size).toBe(0);
  });
});

describe('what is not', () => {
  const of = (name: string, options: object): Capability => capability(name, { contracts: both, by, ...options });

  it.each([
    ['a name', of('Fulfilment', {}), 'CAPABILITY_INVALID', 'must begin with a small letter'],
    ['no contract', of('c', { contracts: [] }), 'CAPABILITY_INVALID', 'names no contract'],
    [
      'what is no contract',
      of('c', { contracts: ['OrderReady'] }),
      'CAPABILITY_INVALID',
      'no fact is published under "OrderReady"',
    ],
    ['a contract that nobody publishes', of('c', { contracts: [unpublished] }), 'CAPABILITY_INVALID', 'OrderGone v1'],
    ['one twice', of('c', { contracts: [begun.promise, begun.promise] }), 'CAPABILITY_INVALID', 'OrderBegun v1 twice'],
    ['an owner', of('c', { owner: 'both' }), 'CAPABILITY_INVALID', 'says owner: "both"'],
    ['by', of('c', { by: ['market'] }), 'CAPABILITY_INVALID', 'by must give the values'],
    ['a value', of('c', { by: { market: [1] } }), 'CAPABILITY_INVALID', 'by market: list the values'],
    ['half a character', of('c', { by: { market: ['\ud800'] } }), 'CAPABILITY_INVALID', 'by market: list the values'],
    ['no value', of('c', { by: { market: [] } }), 'CAPABILITY_INVALID', 'by market: list the values'],
    ['a value twice', of('c', { by: { market: ['DE', 'DE'] } }), 'CAPABILITY_INVALID', 'has "DE" twice'],
    ['a name of no context', of('c', { by: { plant: ['1'] } }), 'CAPABILITY_INVALID', 'has no such name, only market'],
    [
      'an aggregate without context',
      of('c', { contracts: [sent.promise] }),
      'CAPABILITY_INVALID',
      'parcel has no context',
    ],
    ['parity without a time', of('c', { parity: {} }), 'CAPABILITY_INVALID', 'within is undefined'],
    [
      'parity of a field that is nowhere',
      of('c', { parity: { within: '1 hour', ignored: ['plant'] } }),
      'CAPABILITY_INVALID',
      'ignored names "plant"',
    ],
    ['the name of shares', of('c', { by: { share: ['1'] } }), 'CAPABILITY_INVALID', 'nothing can be routed by "share"'],
    ['stages', of('c', { initially: { stage: 'shadow' } }), 'CAPABILITY_INVALID', 'must be a list'],
    [
      'the stage that only a move gives',
      of('c', { initially: [{ stage: 'service' }] }),
      'CAPABILITY_INVALID',
      'comes by a move',
    ],
    ['a stage', of('c', { initially: [{ stage: 'both' }] }), 'CAPABILITY_INVALID', 'a route has a stage'],
    [
      'a share of one',
      of('c', { initially: [{ stage: 'legacy', share: [1] }] }),
      'CAPABILITY_INVALID',
      'a route has a stage',
    ],
    [
      'a name',
      of('c', { initially: [{ stage: 'legacy', context: { plant: '1' } }] }),
      'ROUTE_NAME_UNKNOWN',
      'only by market, share',
    ],
    [
      'a market',
      of('c', { initially: [{ stage: 'legacy', context: { market: 'FR' } }] }),
      'ROUTE_VALUE_UNKNOWN',
      'market "FR"',
    ],
    ['a share', of('c', { initially: [{ stage: 'legacy', share: [0, 101] }] }), 'ROUTE_SHARE_INVALID', 'from 0 to 100'],
    [
      'a share of nobody',
      of('c', { initially: [{ stage: 'legacy', share: [5, 5] }] }),
      'ROUTE_SHARE_INVALID',
      'the second above',
    ],
    [
      'two of all',
      of('c', { initially: [{ stage: 'legacy' }, { stage: 'shadow' }] }),
      'ROUTES_OVERLAP',
      'the route of all is there twice',
    ],
    [
      'two shares',
      of('c', {
        initially: [
          { stage: 'shadow', share: [0, 50] },
          { stage: 'legacy', share: [49, 60] },
        ],
      }),
      'ROUTES_OVERLAP',
      'share=0-50 and share=49-60 are equally specific',
    ],
    [
      'a market and a share',
      of('c', {
        initially: [
          { stage: 'shadow', share: [0, 50] },
          { stage: 'legacy', context: { market: 'DE' } },
        ],
      }),
      'ROUTES_OVERLAP',
      'share=0-50 and market=DE are equally specific',
    ],
  ])('%s', (_, wrong, code, text) => {
    const found = problems(wrong);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(code);
    expect(found[0]).toContain(text);
  });

  it('a contract in two of them, and two of one name', () => {
    const first = capability('one', { contracts: both });
    expect(problems(first, capability('two', { contracts: [ready.promise] }))).toEqual([
      'CAPABILITY_INVALID capability "one": OrderReady v1 is in the capability "two" too: it can move with one of them only',
      'CAPABILITY_INVALID capability "two": OrderReady v1 is in the capability "one" too: it can move with one of them only',
    ]);
    expect(problems(first, capability('one', { contracts: [sent.promise] }))).toHaveLength(2);
  });

  it('bornIn that is no function', () => {
    const strange = aggregate('strange', { header: one(head, (row) => row.id) }, { bornIn: 'service' as never });
    const set = ruleSet({ aggregates: [strange], facts: [], publications: [] });
    expect(checkRuleSet(set).map(({ code, text }) => `${code} ${text}`)).toEqual([
      'AGGREGATE_INVALID says bornIn: "service"; expected a function of the aggregate and its origin',
    ]);
  });
});

it('one that nobody lists is noted', () => {
  const unlisted = capability('unlisted', { contracts: both });
  const codes = (...listed: Capability[]) =>
    noteProblems(rules(...listed), [unlisted], '2026-03-01').map(({ code, about }) => `${code} ${about.where}`);
  expect(codes()).toContain('CAPABILITY_UNLISTED capability "unlisted"');
  expect(codes(unlisted)).not.toContain('CAPABILITY_UNLISTED capability "unlisted"');
});
