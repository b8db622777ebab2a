/** Types by values alone: of the forms that connectors write, and what cannot be seen is asked. */
import { describe, expect, it } from 'vitest';
import { TypeGuess } from '../../../src/observed/guessed-type.js';

const guessed = (name: string, values: readonly unknown[]) => {
  const guess = new TypeGuess(name);
  for (const value of values) guess.add(value);
  return guess.end();
};

describe('the type of a column', () => {
  it.each<[string, string, readonly unknown[], object]>([
    ['whole numbers', 'qty', [1, 2, 300], { kind: 'integer' }],
    ['beyond 32 bits', 'total_cents', [1, 5_000_000_000], { kind: 'bigint' }],
    ['beyond 53 bits', 'n', [1, 2 ** 60], { kind: 'bigint' }],
    ['microseconds', 'seen', [1_795_254_755_574_000], { kind: 'timestamp', unit: 'micros', zone: 'UTC' }],
    ['milliseconds', 'seen', [1_795_254_755_574], { kind: 'timestamp', unit: 'millis', zone: 'UTC' }],
    [
      '"for ever" among them',
      'valid_to',
      [1_795_254_755_574, 253_402_214_400_000],
      { kind: 'timestamp', unit: 'millis', zone: 'UTC' },
    ],
    [
      'nanoseconds, by the name too',
      'created_at',
      [1_795_254_755_574_000_000],
      { kind: 'timestamp', unit: 'nanos', zone: 'UTC' },
    ],
    ['an id of that size', 'ref', [1_795_254_755_574_000_000], { kind: 'bigint' }],
    ['days, by the name too', 'due_date', [20_000, 20_100], { kind: 'date' }],
    ['numbers of that size', 'weight', [20_000, 20_100], { kind: 'integer' }],
    ['fractions', 'ratio', [0.5, 1], { kind: 'float' }],
    ['fractions of money', 'tot_amt', [0.5, 1], { kind: 'decimal', scale: 2, lossy: true }],
    ['fractions with NaN', 'ratio', [0.5, 'NaN', '-Infinity'], { kind: 'float', nonFinite: true }],
    ['decimals as texts', 'tot_amt', ['1.50', '-3.25'], { kind: 'decimal', scale: 2 }],
    ['decimals of any scale', 'rate', ['1.5', '3.255'], { kind: 'decimal', scale: 3 }],
    ['decimals with their scale', 'rate', [{ scale: 2, value: 'ATo=' }], { kind: 'decimal', scale: 2, wire: 'bytes' }],
    ['instants', 'chg_ts', ['2026-11-21T09:52:34.364987Z'], { kind: 'instant' }],
    ['days as texts', 'd', ['2024-02-29Z'], { kind: 'date', unit: 'iso' }],
    ['times with their zone', 't', ['08:11:12.123456Z'], { kind: 'zonedTime' }],
    ['lengths of time', 'i', ['P1Y2M3DT4H5M6.789S'], { kind: 'interval', unit: 'iso' }],
    ['UUIDs', 'u', ['00000000-0000-4000-8000-000000000001'], { kind: 'uuid' }],
    ['documents', 'j', ['{"a":1}', '[1]'], { kind: 'json' }],
    ['texts', 'x', ['a', '{"a":1}'], { kind: 'text', trim: false }],
    ['char(n)', 'x', ['DE  ', 'PL  ', 'EURO'], { kind: 'text', trim: true }],
    ['a text that ends with a blank', 'x', ['a ', 'abc'], { kind: 'text', trim: false }],
    ['codes that are digits', 'sts_cd', ['10', '20'], { kind: 'text', trim: false }],
    ['booleans', 'b', [true, false], { kind: 'boolean' }],
    ['lists', 'l', [[1, null], []], { kind: 'array', element: { kind: 'integer' }, nullable: true }],
    ['points', 'p', [{ x: 1, y: 2, wkb: 'AQ==', srid: null }], { kind: 'point' }],
  ])('of %s', (_, name, values, type) => {
    expect(guessed(name, values)?.type).toEqual(type);
  });

  it('is none without a value', () => {
    expect(guessed('x', [])).toBeNull();
  });

  it.each<[string, string, readonly unknown[], RegExp]>([
    ['the zone of a timestamp', 'ts', [1_795_254_755_574], /which time zone/],
    ['what may be a decimal in base64', 'amt', ['ATo=', 'bg=='], /decimal\.handling\.mode=precise/],
    [
      'a type that changed',
      'whs_cd',
      ['W1', 'W2', 7],
      /2 values come as text, 1 as number: did the column change its type/,
    ],
    ['the scale of a decimal without one', 'rate', ['1.5', '3.255'], /Which scale/],
  ])('asks for %s', (_, name, values, question) => {
    expect(guessed(name, values)?.questions.join('\n')).toMatch(question);
  });
});
