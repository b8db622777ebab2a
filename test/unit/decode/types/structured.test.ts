/** JSON without loss of a digit, hstore, arrays, points, geometries, bytes, bits. */
import { describe, expect, it } from 'vitest';
import { INEXACT } from '../../../../src/decode/columns.js';
import { type Column, legacy } from '../../../../src/rules/tables/table.js';
import { convert } from '../../../support/values/columns.js';

type Case = readonly [Column<unknown>, unknown, unknown];

describe('a JSON document', () => {
  it.each([
    ['{"a":[1,null]}', { a: [1, null] }],
    ['null', null],
    ['"text"', 'text'],
    ['{"b": 1.50, "big": 9007199254740993}', { b: 1.5, big: '9007199254740993' }],
    ['[9007199254740991, -9007199254740991]', [9007199254740991, -9007199254740991]],
    ['12345678901234567890.10', '12345678901234567890.10'],
    ['[0.1, 0.30000000000000004, 0.1000000000000000055]', [0.1, 0.30000000000000004, '0.1000000000000000055']],
    ['[1e2, 1E+400, 5e-324, 1e-400]', [100, '1E+400', 5e-324, '1e-400']],
    ['[0.00000000000000000, 1.00000000000000000000]', [0, 1]],
    ['{"a":1, "a":12345678901234567890}', { a: '12345678901234567890' }],
    ['{"n": "12345678901234567890"}', { n: '12345678901234567890' }],
  ])('%s gives %o', (text, value) => {
    expect(convert(legacy.json(), text)).toEqual(value);
  });

  it('keeps names that JavaScript has a meaning for, in both ways of reading', () => {
    for (const number of ['1', '12345678901234567890']) {
      const value = convert(legacy.json(), `{"__proto__": {"x": ${number}}}`) as object;
      expect(Object.getOwnPropertyNames(value)).toEqual(['__proto__']);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    }
  });

  it.each(['{"a":', '', 'NaN', '{a:1}', '[12345678901234567890', '['.repeat(501) + ']'.repeat(501)])(
    'is refused: %.40s',
    (text) => {
      expect(convert(legacy.json(), text)).toBe('ROW_INVALID');
    },
  );

  it('is a text on the wire, not an object', () => {
    expect(convert(legacy.json(), { a: 1 })).toBe('ROW_INVALID');
  });
});

describe('hstore', () => {
  it.each([
    ['{"a":"1","b":null}', { a: '1', b: null }],
    [
      { a: '1', b: null },
      { a: '1', b: null },
    ],
    ['{}', {}],
    ['{"a":1}', 'ROW_INVALID'],
    ['[]', 'ROW_INVALID'],
    [[['a', '1']], 'ROW_INVALID'],
    ['a=>1', 'ROW_INVALID'],
  ])('%o gives %o', (wire, value) => {
    expect(convert(legacy.hstore(), wire)).toEqual(value);
  });
});

describe('an array', () => {
  const numbers = legacy.array(legacy.bigint());
  const texts = legacy.array(legacy.text().nullable());

  it.each<Case>([
    [numbers, [1, 2], ['1', '2']],
    [numbers, [], []],
    [numbers, [1, null], 'ROW_INVALID'],
    [numbers, [1, 9007199254740993], INEXACT],
    [numbers, [[1]], 'ROW_INVALID'],
    [numbers, '{1,2}', 'ROW_INVALID'],
    [texts, ['a', 'b,c', null, ''], ['a', 'b,c', null, '']],
    [legacy.array(legacy.code({ a: true })), ['a', 'b'], 'CODE_UNKNOWN'],
    [legacy.array(legacy.decimal({ scale: 2, wire: 'bytes' })), ['bg==', 'ANw='], ['1.10', '2.20']],
    [
      legacy.array(legacy.instant({ infinity: true })),
      ['2024-02-29T08:11:12.000000Z', 'infinity'],
      ['2024-02-29T08:11:12.000000Z', 'infinity'],
    ],
    [legacy.array(legacy.bytes({ wire: 'hex' })), ['00FF'], ['00ff']],
  ])('%o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toEqual(value);
  });
});

describe('places', () => {
  const wire = { x: 1.5, y: 2.5, wkb: 'AQEAAAAAAAAAAAD4PwAAAAAAAARA', srid: null };
  const wkb = '0101000000000000000000f83f0000000000000440';

  it.each<Case>([
    [legacy.point(), wire, { x: 1.5, y: 2.5 }],
    [legacy.point(), { x: 'NaN', y: 2.5 }, 'ROW_INVALID'],
    [legacy.point(), '(1.5,2.5)', 'ROW_INVALID'],
    [legacy.geometry(), wire, { wkb, srid: null }],
    [legacy.geometry(), { wkb: wire.wkb, srid: 4326 }, { wkb, srid: 4326 }],
    [legacy.geometry(), { wkb: 'no', srid: 4326 }, 'ROW_INVALID'],
    [legacy.geometry(), { wkb: wire.wkb, srid: 'x' }, 'ROW_INVALID'],
    [legacy.geometry(), wkb, 'ROW_INVALID'],
  ])('%o: %o gives %o', (column, form, value) => {
    expect(convert(column, form)).toEqual(value);
  });
});

describe('bytes', () => {
  const base64 = legacy.bytes();
  const urlSafe = legacy.bytes({ wire: 'base64-url-safe' });
  const hex = legacy.bytes({ wire: 'hex' });

  it.each<Case>([
    [base64, 'AP8Q', '00ff10'],
    [base64, '', ''],
    [base64, '+/8=', 'fbff'],
    [base64, '-_8=', 'ROW_INVALID'],
    [base64, 'AP8', 'ROW_INVALID'],
    [base64, 'AP9=', 'ROW_INVALID'],
    [base64, 'A===', 'ROW_INVALID'],
    [base64, 'AP 8', 'ROW_INVALID'],
    [base64, 'APö8', 'ROW_INVALID'],
    [urlSafe, '-_8=', 'fbff'],
    [urlSafe, '+/8=', 'ROW_INVALID'],
    [hex, '00FF10', '00ff10'],
    [hex, '00f', 'ROW_INVALID'],
    [hex, 'xx', 'ROW_INVALID'],
    [hex, 5, 'ROW_INVALID'],
  ])('%o: %o gives %o', (column, form, value) => {
    expect(convert(column, form)).toBe(value);
  });

  it.each([
    [8, 'pQ==', '10100101'],
    [12, 'BQ==', '000000000101'],
    [16, 'BYA=', '1000000000000101'],
    [20, '', '00000000000000000000'],
    [3, 'BQ==', '101'],
    [2, 'BQ==', 'ROW_INVALID'],
    [3, 'BYA=', 'ROW_INVALID'],
    [3, 5, 'ROW_INVALID'],
  ])('of bit(%i), %o, give %o', (length, form, value) => {
    expect(convert(legacy.bits({ length }), form)).toBe(value);
  });
});
