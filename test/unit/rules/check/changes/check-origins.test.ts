/** Origins: what rule authors may write. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkRuleSet } from '../../../../../src/rules/check/check.js';
import { compileRuleSet } from '../../../../../src/rules/compile.js';
import { aggregate, contract, legacy, one, origin, publish, ruleSet, table } from '../../../../../src/rules/index.js';

const head = table('s.head', {
  key: ['id'],
  columns: {
    id: legacy.bigint(),
    usr: legacy.text().personal(),
    prg: legacy.code({ '1': 'shop', '2': 'batch' }),
    cnt: legacy.integer(),
  },
});
const place = table('s.place', { key: ['id'], columns: { id: legacy.bigint(), usr: legacy.text() } });
const order = aggregate('order', { head: one(head, (row) => row.id) });
const begun = order.milestone('OrderBegun', {
  importance: 'low',
  when: { 'it is there': () => true },
  data: () => ({}),
});

type Origins = Parameters<typeof ruleSet>[0]['origins'];
const rules = (origins: Origins, headers?: unknown) => {
  const words = { topic: 't', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' };
  const begunV1 = contract('OrderBegun', 1, {
    ...{ ...words, data: z.object({}), example: {} },
    ...(headers === undefined ? {} : { origin: headers as ['useCase'] }),
  });
  const publications = [publish(begun).as(begunV1, () => ({}))];
  return ruleSet({ aggregates: [order], facts: [begun], publications, ...(origins && { origins }) });
};
const problems = (origins: Origins, headers?: unknown) =>
  checkRuleSet(rules(origins, headers)).map(({ code, text, about }) => `${code} ${about.where}: ${text}`);

describe('what is understood', () => {
  it('annotations, columns, and headers of what they tell', () => {
    const origins = [
      origin.annotated('dragoman', { user: 'user', useCase: 'useCase' }),
      origin.columns(head, { user: 'usr', system: 'prg' }),
    ];
    expect(problems(origins, ['useCase', 'system'])).toEqual([]);
    const compiled = compileRuleSet(rules(origins));
    expect(compiled.annotations).toEqual([{ prefix: 'dragoman', says: { user: 'user', useCase: 'useCase' } }]);
    expect(compiled.aggregates.get('order')).toMatchObject({ isSealed: true });
  });

  it('who it was is sealed where nothing else is', () => {
    const bare = aggregate('place', { place: one(place, (row) => row.id) });
    const compiled = (origins: Origins) =>
      compileRuleSet(ruleSet({ aggregates: [bare], facts: [], publications: [], ...(origins && { origins }) }));
    const isSealed = (origins: Origins) => compiled(origins).aggregates.get('place')?.isSealed;
    expect(isSealed(undefined)).toBe(false);
    expect(isSealed([origin.annotated('p', { useCase: 'u' })])).toBe(false);
    expect(isSealed([origin.annotated('p', { user: 'u' })])).toBe(true);
  });
});

describe('what is not', () => {
  it.each<[object, string]>([
    [origin.annotated('', { user: 'u' }), 'its prefix is ""'],
    [origin.annotated('p', {}), 'says nothing: it can say user, useCase, system and traceparent'],
    [origin.annotated('p', { who: 'u' } as never), 'says who, and there are only'],
    [origin.annotated('p', { user: 7 } as never), 'user stands in a number'],
    [origin.columns(place, { user: 'usr' }), 's.place is no member of an aggregate'],
    [origin.columns(head, { user: 'nobody' } as never), 's.head declares no column nobody'],
    [origin.columns(head, { user: 'cnt' } as never), 'cnt is no text and no code'],
    [origin.columns(head, { useCase: 'usr' }), 'usr is personal, and only user may be'],
    [origin.columns({} as never, { user: 'usr' } as never), 'write origin.columns(table'],
  ])('%#', (declared, words) => {
    const found = problems([declared] as Origins);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^ORIGIN_INVALID origin by /);
    expect(found[0]).toContain(words);
  });

  it('two of one prefix, or of one table', () => {
    const twice = [origin.annotated('p', { user: 'u' }), origin.annotated('p', { useCase: 'c' })];
    expect(problems(twice)).toEqual([
      'ORIGIN_INVALID origin by annotations "p": is declared twice: put all that it says into one',
      'ORIGIN_INVALID origin by annotations "p": is declared twice: put all that it says into one',
    ]);
  });

  it('headers of what nothing tells, or of who it was', () => {
    expect(problems(undefined, ['useCase'])).toEqual([
      'ORIGIN_UNDECLARED contract OrderBegun v1: its headers are to say useCase, and no origin of the rule set tells it',
    ]);
    const byWho = [origin.annotated('p', { user: 'u' })];
    for (const headers of [['user'], ['when'], 'useCase', { useCase: true }])
      expect(problems(byWho, headers)[0]).toMatch(
        /^CONTRACT_INVALID contract OrderBegun v1: origin lists what headers say/,
      );
  });
});
