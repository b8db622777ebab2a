/** What is put into a page is text, whatever it looks like. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, type Html, query } from '../../src/html.js';
import { count, duration, plural, since } from '../../src/console/words.js';

const HOSTILE = `<script>alert(1)</script>"' onload='x' &amp;`;
const HARMLESS = '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; onload=&#39;x&#39; &amp;amp;';

describe('html', () => {
  it('escapes what is put in, in text and in attributes', () => {
    expect(html`<p title="${HOSTILE}">${HOSTILE}</p>`.text).toBe(`<p title="${HARMLESS}">${HARMLESS}</p>`);
  });

  it('keeps what it made itself, in lists too, and makes nothing of nothing', () => {
    const row = (name: string): Html => html`<li>${name}</li>`;
    const list = html`${['<a>', 'b'].map(row)}${null}${undefined}${false}${0}${''}`;
    expect(list.text).toBe('<li>&lt;a&gt;</li><li>b</li>0');
  });

  it('never lets a text begin or end a tag or an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`${text}`.text).not.toMatch(/[<>"']/);
      }),
    );
  });
});

describe('a query', () => {
  it('says what is given, so that it is read again as it was', () => {
    const given = { id: 'a&b=c d+"<', page: 2, code: undefined, aggregate: '' };
    expect(Object.fromEntries(new URLSearchParams(query(given)))).toEqual({ id: given.id, page: '2' });
    expect(query({ code: undefined })).toBe('');
  });
});

describe('words', () => {
  it.each<[number | null, string]>([
    [null, '–'],
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3_599, '59 min'],
    [7_200, '2 h'],
    [200_000, '2 d'],
    [-5, '0 s'],
  ])('%s seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('are right for one and for many', () => {
    const words = [count(1_234_567), count(null), plural(1, 'event'), plural(2, 'event')];
    expect(words).toEqual(['1,234,567', '–', '1 event', '2 events']);
    expect(since('2026-11-21T09:52:57.123Z', Date.parse('2026-11-21T09:55:58Z')).text).toBe(
      '<time datetime="2026-11-21T09:52:57.123Z">2026-11-21 09:52:57</time> <small>3 min</small>',
    );
  });
});
