/** Times of day and intervals. */
import { describe, expect, it } from 'vitest';
import { INEXACT } from '../../../../src/decode/columns.js';
import { type Column, legacy } from '../../../../src/rules/tables/table.js';
import { convert } from '../../../support/values/columns.js';

type Case = readonly [Column<unknown>, unknown, unknown];
const millis = legacy.time({ unit: 'millis' });
const micros = legacy.time({ unit: 'micros' });
const nanos = legacy.time({ unit: 'nanos' });
const iso = legacy.time({ unit: 'iso' });

describe('a time of day', () => {
  it.each<Case>([
    [millis, 36672123, '10:11:12.123'],
    [micros, 36672123456, '10:11:12.123456'],
    [nanos, 36672123456000, '10:11:12.123456000'],
    [iso, '10:11:12Z', '10:11:12.000000'],
    [iso, '10:11:12.123Z', '10:11:12.123000'],
    [millis, 86400000, '24:00:00.000'],
    [micros, 86400000000, '24:00:00.000000'],
    [micros, 86399999999, '23:59:59.999999'],
    [micros, 0, '00:00:00.000000'],
    [millis, 1, '00:00:00.001'],
    [micros, 86400001, '00:01:26.400001'],
    [legacy.time({ unit: 'micros', from: '00:00' }), 1, '00:00:00.000001'],
    [legacy.time({ unit: 'iso', from: '06:00' }), '05:59:59.9Z', 'ROW_INVALID'],
    [legacy.time({ unit: 'iso', from: '06:00' }), '00:00:00Z', '00:00:00.000000'],
    [millis, -1, 'ROW_INVALID'],
    [millis, 86400001, 'ROW_INVALID'],
    [millis, 36672123.5, 'ROW_INVALID'],
    [millis, '10:11:12Z', 'ROW_INVALID'],
    [iso, 36672123, 'ROW_INVALID'],
    [iso, '10:11:12', 'ROW_INVALID'],
    [iso, '24:00:01Z', 'ROW_INVALID'],
    [iso, '10:60:12Z', 'ROW_INVALID'],
    [nanos, 9007199254740993n, 'ROW_INVALID'],
  ])('%o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });

  it('in a wrong unit is refused, except midnight', () => {
    const units = { millis: 1_000, micros: 1_000_000, nanos: 1_000_000_000 };
    const names = Object.keys(units) as (keyof typeof units)[];
    for (let second = 87; second <= 86_400; second += 1) {
      for (const real of names) {
        for (const declared of names.filter((name) => name !== real)) {
          expect(convert(legacy.time({ unit: declared }), second * units[real])).toBe('ROW_INVALID');
        }
      }
    }
  });
});

describe('a time of day with zone', () => {
  it.each([
    ['08:11:12.123456Z', '08:11:12.123456Z'],
    ['08:11:12Z', '08:11:12.000000Z'],
    ['10:15:30.5+02:00', '08:15:30.500000Z'],
    ['00:00:00-15:59', '15:59:00.000000Z'],
    ['01:00:00+02:00', '23:00:00.000000Z'],
    ['10:15', 'ROW_INVALID'],
    ['25:15:00Z', 'ROW_INVALID'],
    ['10:15:30+0200', 'ROW_INVALID'],
    [36672123, 'ROW_INVALID'],
  ])('%o gives %o', (wire, value) => {
    expect(convert(legacy.zonedTime(), wire)).toBe(value);
  });
});

describe('an interval', () => {
  const text = legacy.interval({ unit: 'iso' });
  const number = legacy.interval({ unit: 'micros' });

  it.each<Case>([
    [number, 37091106789000, '37091106789000'],
    [number, -1, '-1'],
    [number, 315576000000000000, INEXACT],
    [number, 315576000000000001n, '315576000000000001'],
    [number, 1.5, 'ROW_INVALID'],
    [number, 'P1D', 'ROW_INVALID'],
    [text, 'P1Y2M3DT4H5M6.789S', 'P1Y2M3DT4H5M6.789S'],
    [text, 'P-1Y-2M3DT-4H-5M-6S', 'P-1Y-2M3DT-4H-5M-6S'],
    [text, 'P0Y0M-1DT0H0M-0.000001S', 'P0Y0M-1DT0H0M-0.000001S'],
    [text, '1 day', 'ROW_INVALID'],
    [text, 86400000000, 'ROW_INVALID'],
  ])('%o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });
});
