/** The page of one aggregate says in words why a fact did not happen, also where no condition stands against it. */
import { expect, it } from 'vitest';
import type { Answer, Miss } from '../../../src/why/answer.js';
import { whyContent } from '../../../src/console/pages/one/why.js';

const page = (why: Miss['why']): string => {
  const fact = {
    ...{ fact: 'Ready', kind: 'milestone', importance: 'low', contracts: [], occurrences: [], moreOccurrences: 0 },
    ...{ misses: [{ why, row: null, conditions: [], origin: null }], moreMisses: 0 },
  };
  const answer = {
    ...{ pipeline: 'orders', aggregate: 'order', id: '1', standing: 'live', foundVia: [], parked: null, behind: null },
    ...{ clock: null, held: [], heldUnknown: null, unknownTables: [], facts: [fact], seen: [], moreSeen: 0 },
    rules: { asked: 'new', running: 'new', last: 'old', kept: null },
  } as unknown as Answer;
  const search = { aggregates: ['order'], aggregate: 'order', id: '1', pipelines: ['orders'], pipeline: 'orders' };
  return whyContent(search, answer, { aggregate: 'order', id: '1', max: 20 }).text;
};

it.each([
  ['not asked', 'no transaction was decided since it is so'],
  ['newer rule', 'the rules of the last decision (old) did not have it'],
  ['no row', 'there is no row that it could be about'],
] as const)('where it is %s', (why, words) => {
  const [, cell] = /<td><div>(.*?)<\/div><\/td>/.exec(page(why)) ?? [];
  expect(cell).toContain(words);
});
