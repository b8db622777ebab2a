import { describe, expect, it } from 'vitest';
import { compareTexts, compareTimes } from '../../../src/rules/index.js';

const inOrder = (order: (a: string, b: string) => number, texts: readonly string[]): void => {
  texts.forEach((left, i) =>
    texts.forEach((right, j) => {
      expect(Math.sign(order(left, right)), `${left} and ${right}`).toBe(Math.sign(i - j));
    }),
  );
};

describe('compareTexts', () => {
  it('compares by code points, as far as the texts go', () => {
    inOrder(compareTexts, [
      '',
      '10',
      '9',
      'A',
      'Z',
      'Za',
      'a',
      'ab',
      'z',
      '\u00e4',
      '\ufffd',
      '\u{1f600}',
      '\u{1f600}a',
    ]);
  });
});

describe('compareTimes', () => {
  it('compares what columns have, in and outside of the years 0 to 9999', () => {
    inOrder(compareTimes, [
      ...['-infinity', '-000043-03-14', '-000043-03-15', '-000001-12-31', '0000-01-01', '1999-12-31', '2000-01-01'],
      ...['9999-12-31', '+010000-01-01', '+012000-01-01', 'infinity'],
    ]);
    inOrder(compareTimes, [
      ...['-infinity', '-000043-03-15T09:59:59.999999Z', '2026-11-21T09:52:34.1Z', '2026-11-21T09:52:34.100001Z'],
      ...['2026-11-21T09:52:35Z', '9999-12-31T23:59:59.999999Z', '+012000-01-01T00:00:00.500000Z', 'infinity'],
    ]);
  });

  it('knows equal instants with fractions of different lengths', () => {
    expect(compareTimes('2026-11-21T09:52:34.100Z', '2026-11-21T09:52:34.100000Z')).toBe(0);
    expect(compareTimes('2026-11-21T09:52:34.000Z', '2026-11-21T09:52:34.000000Z')).toBe(0);
  });

  it('refuses what is no time', () => {
    expect(() => compareTimes('yesterday', '2026-11-21')).toThrow(TypeError);
  });
});
