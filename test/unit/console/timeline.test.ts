/** Rows of a timeline: what changed of each, as far as anybody reads. */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/why/answer.js';
import { COLUMNS_SHOWN_MAX, rowsList, timeline } from '../../../src/console/pages/one/timeline.js';

const shown = (...asked: Parameters<typeof rowsList>): string => rowsList(...asked).text;

it('says where a change comes from, where that is asked for', () => {
  const one = {
    ...{ outcome: 'applied', entry: { partition: 0, offset: 1 }, digest: 'd', rows: [], moreRows: 0, events: [] },
    origin: { source: 'legacy', transaction: '7', position: '70', committed: '2026-01-01T00:00:00.000Z' },
    ...{ deadlines: [], refusal: null, intervention: null, isSealed: false },
  };
  const said = { user: '[personal]', useCase: 'ship <by> hand', system: null, unread: null };
  const answer = { pipeline: 'orders', id: '1', facts: [], moreSeen: 0, historyEnd: 'begin', historyMissing: 0 };
  const text = (seen: readonly object[]): string =>
    timeline({ ...answer, seen } as unknown as Answer, { aggregate: 'order', id: '1', max: 20 })!.text;
  expect(text([{ ...one, said }])).toContain('origin: use case &quot;ship &lt;by&gt; hand&quot;, user');
  expect(text([one])).not.toContain('origin:');
});

describe('rows of a timeline', () => {
  it('show some columns of a wide row, and say how many more there are', () => {
    const is = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`c${i}`, i]));
    const text = shown({ rows: [{ table: 't', key: '1', op: 'c', is }], moreRows: 3 });
    expect(text.match(/<li>\s*<span>/g)).toHaveLength(COLUMNS_SHOWN_MAX);
    expect(text).toContain(`${100 - COLUMNS_SHOWN_MAX} more columns`);
    expect(text).toContain('3 more rows.');
  });

  it('say what was there and what is, also where that is nothing', () => {
    const text = shown({
      rows: [{ table: 't', key: '1', op: 'u', was: { a: null, b: 1 }, is: { a: 'x', c: [2] } }],
      moreRows: 0,
    });
    expect(text.replace(/\s+/g, ' ')).toMatch(/a<\/span> <em>null<\/em> → x<.*b<\/span> 1<.*c<\/span> \[2\]</);
    expect(shown({ rows: [{ table: 't', key: '1', op: 'u' }], moreRows: 0 })).toContain('no declared column changed');
    expect(shown({ rows: [], moreRows: 0 }).trim()).toBe('');
  });
});
