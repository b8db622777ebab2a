/** What is selected out of JSON is what `JSON.parse` has there; what is not JSON, or not UTF-8, is never selected from. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUtf8 } from 'node:buffer';
import { select, Shape, type Wanted } from '../../../src/decode/scan.js';
import { readRecording } from '../../support/recordings.js';

type Parsed = Record<string, unknown>;
const isObject = (value: unknown): value is Parsed =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const INNER = ['x', 'y', 'name', 'ö'];
const OUTER = ['a', 'b', 'before', 'after', 'c'];
const wholly = (names: readonly string[]): [string, Wanted][] => names.map((name) => [name, 'all']);
const shapeOf = (): Shape => new Shape([...wholly(['a', 'b']), ['after', new Shape(wholly(INNER.slice(1)))]]);
const selected = (bytes: Buffer, shape = shapeOf()): Parsed | null => select(bytes, 0, bytes.length, shape);

const picked = (value: Parsed, names: readonly string[]): Parsed =>
  Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
const expected = (value: Parsed): Parsed => {
  const found = picked(value, ['a', 'b', 'after']);
  return isObject(found.after) ? { ...found, after: picked(found.after, INNER.slice(1)) } : found;
};

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(null, true, false, 0, 2 ** 53, 1e300, -1.5e-7, 123456789012345, '\u2028"\\\n\ud800', '\ufffd'),
);
const inner = fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.constantFrom(...INNER), fc.oneof(leaf, fc.jsonValue())));
const outer = fc.dictionary(fc.oneof(fc.constantFrom(...OUTER), fc.string()), inner);

describe('a selection', () => {
  it('is what JSON.parse has under the wanted names, whatever was read before with the same shape', () => {
    const shape = shapeOf();
    let told = 0;
    const property = fc.property(outer, (value) => {
      const text = JSON.stringify(value);
      const found = selected(Buffer.from(text), shape);
      if (found === null) return;
      told += 1;
      expect(found).toEqual(expected(JSON.parse(text) as Parsed));
    });
    fc.assert(property, { numRuns: 2_000 });
    expect(told).toBeGreaterThan(1_000);
  });

  it('takes no short text for another that was made before, at the border of what is kept either', () => {
    const read = (text: string): unknown => selected(Buffer.from(JSON.stringify({ a: text })))?.['a'];
    for (const length of [1, 31, 32, 33, 64])
      for (const end of ['x', 'y', 'x']) {
        const text = 'k'.repeat(length - 1) + end;
        expect(read(text)).toBe(text);
      }
    // More than are kept: most of them share a place with others.
    for (let round = 0; round < 2; round += 1)
      for (let i = 0; i < 10_000; i += 1) expect(read(`key-${i}`)).toBe(`key-${i}`);
  });

  it('is made of nothing that JSON.parse refuses, or that is no UTF-8, and of JSON with any damage as JSON.parse reads it', () => {
    const edit = fc.record({
      at: fc.nat(),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"\\{}[],:0-.eu'))),
    });
    const edits = fc.array(fc.record({ edit, how: fc.constantFrom('set', 'insert', 'delete') }), {
      minLength: 1,
      maxLength: 3,
    });
    const property = fc.property(outer, edits, (value, all) => {
      let bytes = Buffer.from(JSON.stringify(value));
      for (const {
        edit: { at, byte },
        how,
      } of all) {
        const place = at % bytes.length;
        const rest = bytes.subarray(how === 'insert' ? place : place + 1);
        bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(how === 'delete' ? [] : [byte]), rest]);
        if (bytes.length === 0) return;
      }
      const found = selected(bytes);
      if (found === null) return;
      expect(isUtf8(bytes)).toBe(true);
      expect(found).toEqual(expected(JSON.parse(bytes.toString()) as Parsed));
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  it.each([
    '{"a":1',
    '{"a":1}x',
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":1e}',
    '{"a":+1}',
    '{"a":-}',
    '{"a":nul}',
    '{"a":"\u0001"}',
    '{"a":"\\x"}',
    '{"c":"\\u12g4"}',
    '{"a":[1,]}',
    '{"c":{"x":1,}}',
    '{"c":{x:1}}',
    '{"a":1,}',
    '{"a" :1}',
    '{"\\u0061":1}',
    '[1]',
    'null',
    '',
    '{',
    `{"c":${'['.repeat(200)}${']'.repeat(200)}}`,
  ])('is not made of %s', (text) => {
    expect(selected(Buffer.from(text))).toBeNull();
  });

  it('keeps what numbers are', () => {
    for (const number of [
      '-0',
      '0',
      '9007199254740993',
      '999999999999999',
      '1e400',
      '-1.5E+3',
      '123456789012345678901',
    ])
      expect(selected(Buffer.from(`{"a":${number}}`))?.a).toBe(Number(number));
  });

  it('is not made of an object with a name that its shape does not allow', () => {
    const closed = new Shape(wholly(['a']), ['b']);
    expect(selected(Buffer.from('{"b":2,"a":1}'), closed)).toEqual({ a: 1 });
    expect(selected(Buffer.from('{"a":1,"specversion":2}'), closed)).toBeNull();
  });

  it('remembers no more names than 5,000, of 500 characters, and is nested no deeper than 100', () => {
    const names = (count: number): string =>
      JSON.stringify({ a: 1, ...Object.fromEntries(Array.from({ length: count - 1 }, (_, i) => [`n${i}`, i])) });
    const name = (length: number): string => JSON.stringify({ a: 1, [`n${'x'.repeat(length - 1)}`]: 2 });
    const nested = (depth: number): string => `{"a":1,"c":${'['.repeat(depth)}0${']'.repeat(depth)}}`;
    for (const [text, limit] of [
      [names, 5_000],
      [name, 500],
      [nested, 100],
    ] as const) {
      expect(selected(Buffer.from(text(limit)))).toEqual({ a: 1 });
      expect(selected(Buffer.from(text(limit + 1)))).toBeNull();
    }
  });

  it('is made of every row that a connector wrote, so that none is parsed whole', () => {
    const shape = new Shape(wholly(['after', 'op']), ['before', 'source', 'transaction', 'ts_ms', 'ts_us', 'ts_ns']);
    for (const recording of ['postgres/01-lifecycle', 'postgres/09a-types-precise', 'mariadb/01-lifecycle'])
      for (const { value } of readRecording(recording)) {
        const { after, op } = JSON.parse(value ?? '{}') as Parsed;
        if (value === null || op === undefined) continue;
        expect(selected(Buffer.from(value), shape)).toEqual({ after, op });
      }
  });
});
