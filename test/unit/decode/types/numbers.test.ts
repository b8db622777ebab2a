/** Integers, decimals in every wire form, doubles: exact, or refused. */
import { describe, expect, it } from 'vitest';
import { INEXACT } from '../../../../src/decode/columns.js';
import { type Column, legacy } from '../../../../src/rules/tables/table.js';
import { convert } from '../../../support/values/columns.js';

const money = legacy.decimal({ scale: 2 });
const whole = legacy.decimal({ scale: 0 });
const precise = legacy.decimal({ scale: 2, wire: 'bytes' });
const lossy = legacy.decimal({ scale: 2, lossy: true });
const unsigned = legacy.bigint({ unsigned: true });

type Case = readonly [Column<unknown>, unknown, unknown];

describe('an integer', () => {
  it.each<Case>([
    [legacy.integer(), 42, 42],
    [legacy.integer(), -2147483648, -2147483648],
    [legacy.integer(), 1.5, 'ROW_INVALID'],
    [legacy.integer(), '42', 'ROW_INVALID'],
    [legacy.integer(), true, 'ROW_INVALID'],
    [legacy.integer(), 9007199254740993, 'ROW_INVALID'],
    [legacy.bigint(), 900001, '900001'],
    [legacy.bigint(), 9007199254740991, '9007199254740991'],
    [legacy.bigint(), 9007199254740993, INEXACT],
    [legacy.bigint(), 9007199254740993n, '9007199254740993'],
    [legacy.bigint(), '-9223372036854775808', '-9223372036854775808'],
    [legacy.bigint(), '007', 'ROW_INVALID'],
    [legacy.bigint(), '-0', 'ROW_INVALID'],
    [legacy.bigint(), 1.5, 'ROW_INVALID'],
    [legacy.bigint(), '12a', 'ROW_INVALID'],
    [legacy.bigint(), true, 'ROW_INVALID'],
    [unsigned, 5, '5'],
    [unsigned, -1, 'ROW_INVALID'],
    [unsigned, -9223372036854775808n, 'ROW_INVALID'],
  ])('%o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });
});

describe('a decimal', () => {
  it.each<Case>([
    [money, '390.25', '390.25'],
    [money, '-0.50', '-0.50'],
    [money, '7', '7.00'],
    [money, '7.5', '7.50'],
    [money, '7.5000', '7.50'],
    [money, '12345678901234567890.12', '12345678901234567890.12'],
    [money, '1E+20', '100000000000000000000.00'],
    [money, '1.25e-1', 'ROW_INVALID'],
    [money, '12.5E-1', '1.25'],
    [money, '-1.5e1', '-15.00'],
    [money, '-0', '0.00'],
    [money, '-0.00', '0.00'],
    [whole, '12', '12'],
    [whole, '12.00', '12'],
    [whole, '-0.0', '0'],
  ])('as text %o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });

  it.each<Case>([
    [precise, 'BOI=', '12.50'],
    [precise, '/xcrWvAB', '-9999999999.99'],
    [precise, 'AA==', '0.00'],
    [precise, '/w==', '-0.01'],
    [precise, { scale: 2, value: 'ATo=' }, '3.14'],
    [precise, { scale: 4, value: 'ATo=' }, 'ROW_INVALID'],
    [precise, { scale: 3, value: 'DEQ=' }, '3.14'],
    [money, { scale: 0, value: 'BWvHXi1jEAAA' }, '100000000000000000000.00'],
    [money, { scale: -2, value: 'ATo=' }, '31400.00'],
    [money, { scale: 1.5, value: 'ATo=' }, 'ROW_INVALID'],
    [money, { scale: 1e9, value: 'ATo=' }, 'ROW_INVALID'],
    [money, { value: 'ATo=' }, 'ROW_INVALID'],
    [money, [1], 'ROW_INVALID'],
    [precise, '', 'ROW_INVALID'],
    [precise, 'BOI', 'ROW_INVALID'],
    [precise, 'BO_=', 'ROW_INVALID'],
    [precise, '12.50', 'ROW_INVALID'],
    [precise, 12.5, 'ROW_INVALID'],
  ])('as bytes %o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });

  it.each([
    390.25,
    'BOI=',
    '1.005',
    'NAN',
    'NaN',
    'POSITIVE_INFINITY',
    'Infinity',
    '',
    '1,5',
    '.5',
    '1e',
    '1e999999',
    true,
  ])('with two digits is never made of %o', (wire) => {
    expect(convert(money, wire)).toBe('ROW_INVALID');
  });

  it.each([
    [12.5, '12.50'],
    [0.1 + 0.2, '0.30'],
    [1.005, '1.01'],
    [-1.005, '-1.01'],
    [-0.001, '0.00'],
    [1e21, '1000000000000000000000.00'],
    [1e-10, '0.00'],
    [5e-324, '0.00'],
    [9007199254740993n, '9007199254740993.00'],
    ['12.50', '12.50'],
    ['1.005', 'ROW_INVALID'],
    ['NaN', 'ROW_INVALID'],
    ['Infinity', 'ROW_INVALID'],
  ])('that is declared lossy rounds the number %o to %o', (wire, value) => {
    expect(convert(lossy, wire)).toBe(value);
  });
});

describe('a double', () => {
  const any = legacy.float({ nonFinite: true });

  it.each<Case>([
    [legacy.float(), 1.5, 1.5],
    [legacy.float(), 1.7976931348623157e308, 1.7976931348623157e308],
    [legacy.float(), 5e-324, 5e-324],
    [legacy.float(), -0, 0],
    [legacy.float(), 9007199254740993n, 9007199254740992],
    [legacy.float(), 'NaN', 'ROW_INVALID'],
    [legacy.float(), '-Infinity', 'ROW_INVALID'],
    [legacy.float(), '1.5', 'ROW_INVALID'],
    [any, 'NaN', 'NaN'],
    [any, 'Infinity', 'Infinity'],
    [any, '-Infinity', '-Infinity'],
    [any, 'nan', 'ROW_INVALID'],
  ])('%o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });
});
