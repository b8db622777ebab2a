/** What is read out of the bytes of JSON is what `JSON.parse` has there; nothing is read out of what is not JSON, or not UTF-8. */
import { isObject } from '../../../../src/domain/json-text.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUtf8 } from 'node:buffer';
import { Cell, type Make } from '../../../../src/decode/scan/cell.js';
import { Memo } from '../../../../src/decode/scan/memo.js';
import { Memory } from '../../../../src/decode/scan/memory.js';
import { Shape } from '../../../../src/decode/scan/shape.js';
import { readRecording } from '../../../support/recordings.js';

type Parsed = Record<string, unknown>;

const INNER = ['x', 'y', 'name', 'ö'];
const OUTER = ['a', 'b', 'before', 'after', 'c'];
const AS_IT_IS: Make = (value: unknown) => value;

/** A shape with what was read last. */
class Selection {
  readonly #memory = new Memory();
  readonly #cells = new Map<string, Cell>();
  readonly #inner = new Map<string, Cell>();
  readonly #innerShape: Shape | null;
  readonly #shape: Shape;

  constructor(
    names: readonly string[],
    inner: readonly string[] = [],
    others: readonly string[] | null = null,
    make = AS_IT_IS,
  ) {
    const memo = new Memo();
    for (const name of names) this.#cells.set(name, new Cell(memo, make));
    for (const name of inner) this.#inner.set(name, new Cell(memo, make));
    this.#innerShape = inner.length === 0 ? null : new Shape(this.#inner);
    const parts: (readonly [string, Cell | Shape])[] = [...this.#cells];
    if (this.#innerShape !== null) parts.push(['after', this.#innerShape]);
    this.#shape = new Shape(parts, [], others);
  }

  /** Null: not told. */
  read(bytes: Buffer): Parsed | null {
    const begin = this.#memory.reach(bytes);
    const end = begin + bytes.length;
    if (this.#shape.read(this.#memory, begin, end) !== end || !this.#shape.isThere) return null;
    const found = valuesOf(this.#cells);
    return this.#innerShape?.isThere === true ? { ...found, after: valuesOf(this.#inner) } : found;
  }
}

const valuesOf = (cells: ReadonlyMap<string, Cell>): Parsed =>
  Object.fromEntries([...cells].flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]])));

const selection = (): Selection => new Selection(['a', 'b'], INNER.slice(1));
const selected = (bytes: Buffer, from = selection()): Parsed | null => from.read(bytes);

const picked = (value: Parsed, names: readonly string[]): Parsed =>
  Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
const expected = (value: Parsed): Parsed => {
  const found = picked(value, ['a', 'b', 'after']);
  if (isObject(found.after)) return { ...found, after: picked(found.after, INNER.slice(1)) };
  return picked(found, ['a', 'b']);
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
    const from = selection();
    let told = 0;
    const property = fc.property(outer, (value) => {
      const text = JSON.stringify(value);
      const found = selected(Buffer.from(text), from);
      if (found === null) return;
      told += 1;
      expect(found).toEqual(expected(JSON.parse(text) as Parsed));
    });
    fc.assert(property, { numRuns: 2_000 });
    expect(told).toBeGreaterThan(500);
  });

  it('takes no short value for another that was made before, at the border of what is kept either', () => {
    const from = selection();
    const read = (value: unknown): unknown => selected(Buffer.from(JSON.stringify({ a: value })), from)?.['a'];
    for (const length of [1, 29, 30, 31, 32, 33, 64])
      for (const end of ['x', 'y', 'x', '"', '\\', 'ö', 'é']) {
        const text = 'k'.repeat(length - 1) + end;
        expect(read(text)).toBe(text);
        expect(read(text)).toBe(text);
      }
    // More than are kept: most of them share a place with others.
    for (let round = 0; round < 2; round += 1)
      for (let i = 0; i < 10_000; i += 1) {
        expect(read(`key-${i}`)).toBe(`key-${i}`);
        expect(read(i)).toBe(i);
      }
  });

  it('is what the bytes say now, however long they said something else, and in whatever order', () => {
    const from = selection();
    const values = [1, 12, '1', '12', null, true, 'text', 'text"', [1], { x: 1 }, 1.5, -1, '', 0];
    const repeated = fc.array(
      fc.tuple(fc.constantFrom(...values), fc.constantFrom(...values), fc.integer({ min: 1, max: 300 })),
    );
    const property = fc.property(repeated, (runs) => {
      for (const [a, x, times] of runs) {
        const bytes = Buffer.from(JSON.stringify({ a, c: x, after: { name: x, x: a } }));
        for (let i = 0; i < times; i += 1) {
          const found = selected(bytes, from);
          if (i === 0 || i === times - 1) expect(found).toEqual({ a, after: { name: x } });
        }
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  it('makes each value that could be changed anew', () => {
    const from = selection();
    const bytes = Buffer.from('{"a":[1]}');
    const [first, ...more] = Array.from({ length: 600 }, () => selected(bytes, from)?.['a']);
    for (const each of more) {
      expect(each).not.toBe(first);
      expect(each).toEqual([1]);
    }
  });

  it('is of no other bytes than its own, whatever stands around them', () => {
    const text = '{"a":"first","b":12,"after":{"name":null}}';
    const around = Buffer.from(`${text}${text}{"a":"second","b":12}`);
    const from = selection();
    expect(selected(around.subarray(text.length, 2 * text.length), from)).toEqual(JSON.parse(text));
    for (let end = 0; end < text.length; end += 1) expect(selected(around.subarray(0, end), from)).toBeNull();
    for (let end = text.length + 1; end < 2 * text.length; end += 1)
      expect(selected(around.subarray(0, end), from)).toBeNull();
    expect(selected(around.subarray(0, text.length), from)).toEqual(JSON.parse(text));
  });

  it('is converted as its values are, once for the same bytes, and not told where one does not fit', () => {
    const seen: unknown[] = [];
    const from = new Selection(['a'], [], null, (value) => {
      seen.push(value);
      return value === 'bad' ? Symbol('bad') : `made of ${String(value)}`;
    });
    const read = (text: string): unknown => selected(Buffer.from(text), from)?.['a'];
    for (const text of ['{"a":"x"}', '{"a":7}', '{"a":"x"}', '{"a":7}']) read(text);
    expect(seen).toEqual(['x', 7]);
    expect([read('{"a":"x"}'), read('{"a":7}'), read('{"a":"bad"}'), read('{"a":null}')]).toEqual([
      'made of x',
      'made of 7',
      undefined,
      null,
    ]);
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
    const closed = new Selection(['a'], [], ['b']);
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
    const from = new Selection(['after', 'op'], [], ['before', 'source', 'transaction', 'ts_ms', 'ts_us', 'ts_ns']);
    for (const recording of ['postgres/01-lifecycle', 'postgres/09a-types-precise', 'mariadb/01-lifecycle'])
      for (const { value } of readRecording(recording)) {
        const { after, op } = JSON.parse(value ?? '{}') as Parsed;
        if (value === null || op === undefined) continue;
        expect(selected(Buffer.from(value), from)).toEqual({ after, op });
      }
  });
});
