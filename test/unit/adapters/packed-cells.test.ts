/** Texts and cells as Redis gets them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packedCells } from '../../../src/adapters/redis/packed-cells.js';
import { PackedTexts, stored, unpackedTexts, unstored } from '../../../src/domain/state/packed-texts.js';
import type { Cell } from '../../../src/pipeline/ports.js';

const text = fc.string({
  unit: fc.constantFrom('a', '\\', '"', '\t', 'n', '\ud800', '\udc00', '\ufffd', 'ä', '\u0000'),
});

describe('a text', () => {
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

describe('packed texts', () => {
  it('come back in their order, whichever way they were packed, beyond the bytes that were expected', () => {
    fc.assert(
      fc.property(fc.array(text), fc.nat(40), (all, bytes) => {
        const packed = new PackedTexts(bytes);
        const expected = all.map((one, i) => {
          const utf8 = Buffer.from(one);
          if (i % 3 === 0) packed.copy(Buffer.concat([Buffer.from('x'), utf8]), 1, 1 + utf8.length);
          else if (
            i % 3 === 1 ||
            !packed.copyJson(Buffer.from(JSON.stringify(one)), 1, Buffer.byteLength(JSON.stringify(one)) - 1)
          )
            packed.add(one);
          return i % 3 === 0 ? utf8.toString() : one;
        });
        expect(unpackedTexts(packed.since(0))).toEqual(expected);
      }),
    );
  });

  it('have tabs that JSON has escaped, and leave out what has more than that', () => {
    const packed = new PackedTexts(0);
    const json = (whole: string): boolean => packed.copyJson(Buffer.from(whole), 0, Buffer.byteLength(whole));
    expect(['a\\tb', 'ä', ''].map(json)).toEqual([true, true, true]);
    expect(['\\n', '\\\\t', 'a"b', 'a\\', '\\u0009'].map(json)).toEqual([false, false, false, false, false]);
    expect(unpackedTexts(packed.since(0))).toEqual(['a\tb', 'ä', '']);
  });

  it('that were handed out stay what they are', () => {
    const packed = new PackedTexts(8);
    packed.add('a');
    const first = packed.since(0);
    packed.add('b'.repeat(100));
    expect(unpackedTexts(first)).toEqual(['a']);
  });
});

describe('cells', () => {
  const packedOf = (cells: readonly Cell[]): unknown[] =>
    packedCells(cells).map(({ hash, isGone, texts, count }) => [hash, isGone, unpackedTexts(texts), count]);

  it('are told by hash, set before others go, and the later one of a place counts', () => {
    const cells: Cell[] = [
      { hash: 'a', field: '1', value: null },
      { hash: 'b', field: '', value: '' },
      { hash: 'a', field: '2', value: 'x' },
      { hash: 'c', field: '1', value: 'x' },
      { hash: 'c', field: '1', value: null },
    ];
    expect(packedOf(cells)).toEqual([
      ['a', false, ['2', 'x'], 1],
      ['b', false, ['', ''], 1],
      ['a', true, ['1'], 1],
      ['c', true, ['1'], 1],
    ]);
  });

  it('of one hash are cut, because Lua takes some thousands of texts at a time', () => {
    const cells = Array.from({ length: 2_001 }, (_, i) => ({ hash: 'a', field: String(i), value: '' }));
    expect(packedCells(cells).map(({ count }) => count)).toEqual([1_000, 1_000, 1]);
  });

  it('may be none', () => {
    expect(packedOf([])).toEqual([]);
  });
});
