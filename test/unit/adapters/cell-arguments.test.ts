/** Texts and cells as Redis gets them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellArguments } from '../../../src/adapters/redis/cell-arguments.js';
import { stored, unstored } from '../../../src/adapters/redis/texts.js';
import type { Cell } from '../../../src/pipeline/ports.js';

describe('a text', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\\', '"', '\ud800', '\udc00', '\ufffd', 'ä', '\u0000') });

  it('comes back from UTF-8 as it was', () => {
    fc.assert(fc.property(text, (one) => unstored(Buffer.from(stored(one)).toString()) === one));
  });

  it('is another one than that of any other', () => {
    fc.assert(fc.property(text, text, (one, other) => (stored(one) === stored(other)) === (one === other)));
  });

  it('that UTF-8 can hold stands as it is', () => {
    for (const plain of ['', 'order:4711', 'roms.line\t4711/1', '["a","\\\\"]', 'Grüße 🚚'])
      expect(stored(plain)).toBe(plain);
  });
});

describe('cells', () => {
  const keyOf = (hash: string): string => `{p}/${hash}`;

  it('are set before others go, and the later one of a place counts', () => {
    const cells: Cell[] = [
      { hash: 'a', field: '1', value: null },
      { hash: 'b', field: '', value: '' },
      { hash: 'a', field: '2', value: 'x' },
      { hash: 'c', field: '1', value: 'x' },
      { hash: 'c', field: '1', value: null },
    ];
    expect(cellArguments(cells, keyOf)).toEqual({
      keys: ['{p}/a', '{p}/b', '{p}/a', '{p}/c'],
      texts: ['2', ...['2', '2', 'x'], ...['2', '', ''], ...['1', '1'], ...['1', '1']],
    });
  });

  it('may be none', () => {
    expect(cellArguments([], keyOf)).toEqual({ keys: [], texts: ['0'] });
  });
});
