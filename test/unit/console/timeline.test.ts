/** Rows of a timeline: what changed of each, as far as anybody reads. */
import { describe, expect, it } from 'vitest';
import { COLUMNS_SHOWN_MAX, rowsList } from '../../../src/console/pages/one/timeline.js';

const shown = (...asked: Parameters<typeof rowsList>): string => rowsList(...asked).text;

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
