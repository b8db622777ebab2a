/** What annotations and rows say of the origin of a change. */
import { describe, expect, it } from 'vitest';
import { annotationsIn, boundedAnnotations, TELLINGS_MAX, toldIn } from '../../../src/domain/source/annotation.js';
import { type Said, SAID_CHARS_MAX, saidBy, saidIn } from '../../../src/domain/source/said.js';

const SAYS = { user: 'user', useCase: 'useCase', system: 'origin' } as const;

describe('the content of an annotation', () => {
  it.each<[string | null, Said]>([
    [
      '{"user":"mia","useCase":"release","origin":"shop","ip":"10.0.0.1"}',
      { user: 'mia', useCase: 'release', system: 'shop' },
    ],
    ['{"useCase":"release"}', { useCase: 'release' }],
    ['{"user":null,"useCase":"","origin":"shop"}', { system: 'shop' }],
    ['{}', {}],
    ['{"__proto__":{"user":"mia"}}', {}],
    [null, { unread: 'no text' }],
    ['user=mia', { unread: 'no JSON object' }],
    ['["mia"]', { unread: 'no JSON object' }],
    ['null', { unread: 'no JSON object' }],
    ['{"user":7,"useCase":"release"}', { useCase: 'release', unread: 'no text in a field' }],
    ['{"user":{"name":"mia"}}', { unread: 'no text in a field' }],
    ['{"user":"\\ud800"}', { unread: 'no text in a field' }],
    [`{"user":"${'x'.repeat(SAID_CHARS_MAX)}"}`, { user: 'x'.repeat(SAID_CHARS_MAX) }],
    [`{"user":"${'x'.repeat(SAID_CHARS_MAX + 1)}","useCase":"release"}`, { useCase: 'release', unread: 'too long' }],
    [`{"useCase":"release","more":"${'x'.repeat(10_000)}"}`, { unread: 'too long' }],
  ])('%#: %j', (content, said) => expect(saidIn(SAYS, content)).toEqual(said));

  it('is kept as far as it is declared, beside declarations that it fits', () => {
    const asked = [
      { prefix: 'p', content: { user: 'mia' } },
      { prefix: 'p', says: { user: 'user' } },
    ];
    const texts = annotationsIn(asked, { prefix: 'p', content: '{"user":"mia","secret":"1234"}' });
    expect(texts).toEqual(['["p",{"user":["mia"]}]', '["p",null,{"user":"mia"}]']);
    expect(texts.map(toldIn)).toEqual([null, { prefix: 'p', said: { user: 'mia' } }]);
    expect(annotationsIn(asked, { prefix: 'p', content: '{"secret":"1234"}' })).toEqual([]);
    expect(annotationsIn(asked, { prefix: 'q', content: '{"user":"mia"}' })).toEqual([]);
  });
});

it('a row says nothing in a column that did not come', () =>
  expect(saidBy({ user: 'chg_usr' }, { ord_no: '1' })).toEqual({}));

describe('of very many annotations of one transaction', () => {
  const telling = (i: number): string => `["p",null,{"user":"${String(i).padStart(4, '0')}"}]`;

  it('as many are kept as show that there were too many, in whatever order they came', () => {
    const all = Array.from({ length: 1_000 }, (_, i) => telling(i));
    const kept = (texts: readonly string[]): string[] => {
      let some: ReadonlySet<string> = new Set(['["fix"]']);
      for (const text of texts) some = boundedAnnotations(new Set([...some, text]));
      return [...some].sort();
    };
    expect(kept(all)).toHaveLength(TELLINGS_MAX + 2);
    expect(kept([...all].reverse())).toEqual(kept(all));
    expect(kept(all)).toContain('["fix"]');
  });
});
