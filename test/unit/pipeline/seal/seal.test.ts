/** What is sealed opens with its key and under its name, and not otherwise. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newKey, opened, sealed } from '../../../../src/pipeline/seal/seal.js';

const key = newKey(randomBytes);
const NAME = 'order:4711';

describe('a text that is sealed', () => {
  it.each(['', 'Ada Lovelace', 'Ærø 漢字 \u{1F600}', 'x'.repeat(100_000)])('opens as it was: %#', (text) => {
    const hidden = sealed(text, key, NAME, randomBytes);
    expect(opened(hidden, key, NAME)).toBe(text);
    expect(hidden).toHaveLength(Math.ceil((Buffer.byteLength(text) + 28) / 3) * 4);
    if (text !== '') expect(Buffer.from(hidden, 'base64').toString('utf8')).not.toContain(text);
  });

  it('is another one each time', () => {
    expect(sealed('Ada', key, NAME, randomBytes)).not.toBe(sealed('Ada', key, NAME, randomBytes));
  });

  it.each([
    ['with another key', (text: string) => opened(text, newKey(randomBytes), NAME)],
    ['under another name', (text: string) => opened(text, key, 'order:4712')],
    ['changed', (text: string) => opened(`${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`, key, NAME)],
    ['cut', (text: string) => opened(text.slice(0, 20), key, NAME)],
    ['empty', () => opened('', key, NAME)],
    ['with what is no key', (text: string) => opened(text, 'Ada', NAME)],
  ])('does not open %s', (_, open) => {
    expect(() => open(sealed('Ada', key, NAME, randomBytes))).toThrow(
      /sealed in the journal of order:471[12] does not open/,
    );
  });
});

it('makes keys of 32 bytes', () => {
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
});
