/** Any name of a database becomes one that TypeScript and a file system take, and each of them once. */
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  camel,
  fileName,
  kebab,
  member,
  Names,
  pascal,
  property,
  quoted,
  wordsOf,
} from '../../../src/propose/names.js';

describe('names', () => {
  it.each([
    ['ORD_HDR', 'ordHdr', 'ord-hdr'],
    ['OrderHeader', 'orderHeader', 'order-header'],
    ['order header', 'orderHeader', 'order-header'],
    ['kunden-größe', 'kundenGrosse', 'kunden-grosse'],
    ['2nd_level', 't2ndLevel', '2nd-level'],
    ['顧客', 't', 't'],
    ['XMLDoc', 'xmlDoc', 'xml-doc'],
  ])('%s is %s, in %s', (name, identifier, file) => {
    expect([camel(wordsOf(name)), kebab(wordsOf(name))]).toEqual([identifier, file]);
  });

  it('are given once, and never a word of the language', () => {
    const names = new Names();
    expect(['ord', 'ord', 'ord', 'class', 'table'].map((name) => names.of(name))).toEqual([
      'ord',
      'ord2',
      'ord3',
      'class2',
      'table2',
    ]);
    expect(names.of('ord', 'omsOrd')).toBe('omsOrd');
    expect(fileName('con')).toBe('con-table');
  });

  it('of any table are identifiers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (name) => {
        const words = wordsOf(name);
        expect(camel(words)).toMatch(/^[a-z][A-Za-z0-9]*$/);
        expect(pascal(words)).toMatch(/^[A-Z][A-Za-z0-9]*$/);
        expect(kebab(words)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      }),
    );
  });

  it('of any column stand for themselves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (name) => {
        const row = Object.fromEntries([[name, 7]]);
        const text = `[${member('row', name)}, ({ ${property(name)}: 1 }), ${quoted(name)}]`;
        const [value, made, read] = runInNewContext(text, { row }) as [unknown, object, string];
        expect(Object.keys(made)).toEqual([name]);
        if (name !== '__proto__') expect(value).toBe(7);
        expect(read).toBe(name);
      }),
    );
  });

  it('stand on one line to every reader, so that none ends a comment', () => {
    const name = "x'\u2028process.exit(1)\u2029//";
    expect([quoted(name), property(name), member('row', name)].join()).not.toMatch(/[\n\r\u2028\u2029]/);
  });
});
