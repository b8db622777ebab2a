/** Dates, timestamps, instants: every declared form, and no other; units that are wrong; infinity, zero dates, other calendars. */
import { describe, expect, it } from 'vitest';
import { INEXACT } from '../../../../src/decode/columns.js';
import { type Column, legacy } from '../../../../src/rules/tables/table.js';
import { convert } from '../../../support/values/columns.js';

type Case = readonly [Column<unknown>, unknown, unknown];
const date = legacy.date();
const isoDate = legacy.date({ unit: 'iso' });
const utc = { zone: 'UTC' } as const;
const micros = legacy.timestamp({ unit: 'micros', ...utc });
const millis = legacy.timestamp({ unit: 'millis', ...utc });
const nanos = legacy.timestamp({ unit: 'nanos', ...utc });
const iso = legacy.timestamp({ unit: 'iso', ...utc });
const early = { from: '-004712-01-01', to: '+012000-12-31' } as const;

describe('a date', () => {
  it.each<Case>([
    [date, 19782, '2024-02-29'],
    [date, 0, '1970-01-01'],
    [date, -1, '1969-12-31'],
    [date, -719162, '0001-01-01'],
    [date, 2932896, '9999-12-31'],
    [date, -719163, 'ROW_INVALID'],
    [date, 2932897, 'ROW_INVALID'],
    [date, 1709201472123, 'ROW_INVALID'],
    [date, 1.5, 'ROW_INVALID'],
    [date, '2024-02-29Z', 'ROW_INVALID'],
    [legacy.date(early), -735160, '-000043-03-15'],
    [legacy.date({ from: '2000-01-01', to: '2030-12-31' }), 22280, 'ROW_INVALID'],
    [legacy.date({ from: '2000-01-01', to: '2030-12-31' }), 22279, '2030-12-31'],
    [isoDate, '2024-02-29Z', '2024-02-29'],
    [isoDate, '2023-02-29Z', 'ROW_INVALID'],
    [isoDate, '2024-02-29', 'ROW_INVALID'],
    [isoDate, '-0043-03-15Z', 'ROW_INVALID'],
    [isoDate, 19782, 'ROW_INVALID'],
    [legacy.date({ unit: 'iso', ...early }), '-0043-03-15Z', '-000043-03-15'],
    [legacy.date({ unit: 'iso', ...early }), '+12000-01-01Z', '+012000-01-01'],
  ])('%o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });
});

describe('a timestamp', () => {
  it.each<Case>([
    [micros, 1795254754356110, '2026-11-21T09:52:34.356110Z'],
    [millis, 1795254754356, '2026-11-21T09:52:34.356Z'],
    [nanos, 1795254754356110000, INEXACT],
    [nanos, 1795254754356110001n, '2026-11-21T09:52:34.356110001Z'],
    [iso, '2024-02-29T10:11:12Z', '2024-02-29T10:11:12.000000Z'],
    [iso, '2024-02-29T10:11:12.5Z', '2024-02-29T10:11:12.500000Z'],
    [iso, '2024-02-29T10:11:12.123456789Z', '2024-02-29T10:11:12.123456789Z'],
    [micros, 253402300799999999n, '9999-12-31T23:59:59.999999Z'],
    [micros, 253402300799999999, INEXACT],
    [micros, 253402300800000000n, 'ROW_INVALID'],
    [legacy.timestamp({ unit: 'micros', ...utc, from: '0001-01-01' }), -1, '1969-12-31T23:59:59.999999Z'],
    [legacy.timestamp({ unit: 'micros', ...utc, ...early }), -63517788000000001n, '-000043-03-15T09:59:59.999999Z'],
    [legacy.timestamp({ unit: 'micros', ...utc, ...early }), 316516204800500000n, '+012000-01-01T00:00:00.500000Z'],
    [micros, 0.5, 'ROW_INVALID'],
    [micros, '2024-02-29T10:11:12.123456Z', 'ROW_INVALID'],
    [micros, true, 'ROW_INVALID'],
    [iso, 1709201472123, 'ROW_INVALID'],
    [iso, '2024-02-30T10:11:12Z', 'ROW_INVALID'],
    [iso, '2024-02-29T25:11:12Z', 'ROW_INVALID'],
  ])('%o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });

  const endOfTime = BigInt(Date.UTC(9999, 11, 31, 23, 59, 59)) * 1000n;
  const from = '0000-01-01';
  const startOfTime = BigInt(Date.UTC(-1, 12, 1)) * 1000n;
  const zoned = (zone: string, more: object = {}) => legacy.timestamp({ unit: 'micros', zone, ...more });
  it.each<Case>([
    [zoned('Europe/Berlin'), endOfTime, '9999-12-31T22:59:59.000000Z'],
    [zoned('America/New_York'), endOfTime, '9999-12-31T23:59:59.999999Z'],
    [zoned('America/New_York'), endOfTime - 5n * 3_600_000_000n, '9999-12-31T23:59:59.000000Z'],
    [zoned('America/New_York'), endOfTime - 4n * 3_600_000_000n, '9999-12-31T23:59:59.999999Z'],
    [legacy.timestamp({ unit: 'millis', zone: 'America/New_York' }), endOfTime / 1000n, '9999-12-31T23:59:59.999Z'],
    [
      legacy.timestamp({ unit: 'iso', zone: 'Pacific/Pago_Pago' }),
      '9999-12-31T23:59:59Z',
      '9999-12-31T23:59:59.999999Z',
    ],
    [zoned('Asia/Tokyo', { from }), startOfTime, '0000-01-01T00:00:00.000000Z'],
    [zoned('America/New_York', { to: '+010001-01-01' }), endOfTime, '+010000-01-01T04:59:59.000000Z'],
    [zoned('Asia/Tokyo', { to: '+275760-09-12' }), 8_639_999_913_600_000_000n, '+275760-09-11T15:00:00.000000Z'],
    [legacy.instant(), '+10000-01-01T04:59:59Z', 'ROW_INVALID'],
  ])('at the ends of the calendar compares as its text does: %o, %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });

  it('of the last seconds that a number can tell is rounded down, not to the nearest', () => {
    expect(convert(micros, 8_999_999_999_999_999)).toBe('2255-03-14T15:59:59.999999Z');
  });

  it('in a wrong unit is refused, whatever its year', () => {
    const units = { millis: 1_000n, micros: 1_000_000n, nanos: 1_000_000_000n };
    const names = Object.keys(units) as (keyof typeof units)[];
    const wrong: string[] = [];
    for (let year = 1; year <= 9999; year += 1) {
      const date = new Date(0);
      const second = BigInt(date.setUTCFullYear(year, 5, 15) / 1_000);
      for (const real of names) {
        for (const declared of names) {
          if (real === declared || (year >= 1969 && year <= 1978)) continue;
          const value = convert(legacy.timestamp({ unit: declared, ...utc }), second * units[real]);
          if (value !== 'ROW_INVALID') wrong.push(`${year} in ${real} as ${declared}: ${String(value)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('an instant', () => {
  it.each<Case>([
    [legacy.instant(), '2026-11-21T09:52:34.364987Z', '2026-11-21T09:52:34.364987Z'],
    [legacy.instant(), '2026-11-21T09:52:34Z', '2026-11-21T09:52:34.000000Z'],
    [legacy.instant(), '2026-11-21T09:52:34.364987100Z', '2026-11-21T09:52:34.364987100Z'],
    [legacy.instant(), '2026-11-21T10:52:34.364+01:00', '2026-11-21T09:52:34.364000Z'],
    [legacy.instant(), '2026-11-21T10:52+01:00', '2026-11-21T09:52:00.000000Z'],
    [legacy.instant(), '1900-01-01T00:00:00.5-03:30:52', '1900-01-01T03:30:52.500000Z'],
    [legacy.instant(), '9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    [legacy.instant(), '2026-02-30T09:52:34.364987Z', 'ROW_INVALID'],
    [legacy.instant(), '2026-13-01T09:52:34.364987Z', 'ROW_INVALID'],
    [legacy.instant(), '2026-11-21T24:00:01Z', 'ROW_INVALID'],
    [legacy.instant(), '0000-11-21T09:52:34.364987Z', 'ROW_INVALID'],
    [legacy.instant(), '-0043-03-15T10:00:00.000000Z', 'ROW_INVALID'],
    [legacy.instant(), '+12000-01-01T00:00:00.500000Z', 'ROW_INVALID'],
    [legacy.instant(early), '-0043-03-15T10:00:00.000000Z', '-000043-03-15T10:00:00.000000Z'],
    [legacy.instant(early), '+12000-01-01T00:00:00.500000Z', '+012000-01-01T00:00:00.500000Z'],
    [legacy.instant({ from: '2000-01-01' }), '1999-12-31T23:59:59.999999Z', 'ROW_INVALID'],
    [legacy.instant(), '2026-11-21 09:52:34Z', 'ROW_INVALID'],
    [legacy.instant(), '2026-11-21T09:52:34', 'ROW_INVALID'],
    [legacy.instant(), '2026-11-21', 'ROW_INVALID'],
    [legacy.instant(), 1795254754356110, 'ROW_INVALID'],
  ])('%o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });
});

/** As the connector wrote them, in streamed rows, snapshot rows and arrays. */
const INFINITE: readonly (readonly [
  string,
  (infinity: boolean) => Column<unknown>,
  readonly unknown[],
  readonly unknown[],
])[] = [
  ['days', (infinity) => legacy.date({ infinity }), [-2147472692, -622191234], [-2147472691, -625821272]],
  [
    'iso dates',
    (infinity) => legacy.date({ unit: 'iso', infinity }),
    ['-5877611-06-21Z', '+292278994-08-16Z'],
    ['-5877611-06-22Z', '+292269055-12-02Z'],
  ],
  [
    'millis',
    (infinity) => legacy.timestamp({ unit: 'millis', ...utc, infinity }),
    [9223372036825200],
    [-9223372036832400],
  ],
  [
    'micros',
    (infinity) => legacy.timestamp({ unit: 'micros', ...utc, infinity }),
    [9223372036825200000, 9223372036825200000n],
    [-9223372036832400000, -9223372036832400000n],
  ],
  [
    'nanos',
    (infinity) => legacy.timestamp({ unit: 'nanos', ...utc, infinity }),
    [9223372036854775807n, 2 ** 63],
    [-9223372036854775808n, -(2 ** 63)],
  ],
  [
    'iso timestamps',
    (infinity) => legacy.timestamp({ unit: 'iso', ...utc, infinity }),
    ['+294247-01-10T04:00:25.2Z'],
    ['-290308-12-21T19:59:27.6Z'],
  ],
  ['instants', (infinity) => legacy.instant({ infinity }), ['infinity'], ['-infinity']],
];

describe.each(INFINITE)('infinity in %s', (_, columnOf, positive, negative) => {
  it('is a value where it is declared', () => {
    expect(positive.map((wire) => convert(columnOf(true), wire))).toEqual(positive.map(() => 'infinity'));
    expect(negative.map((wire) => convert(columnOf(true), wire))).toEqual(negative.map(() => '-infinity'));
  });

  it('is refused where it is not', () => {
    for (const wire of [...positive, ...negative]) expect(convert(columnOf(false), wire)).toBe('ROW_INVALID');
  });
});

describe('a zero date of MySQL', () => {
  const cases: readonly (readonly [(zeroDate: 'null' | 'refuse') => Column<unknown>, unknown])[] = [
    [(zeroDate) => legacy.date({ zeroDate }), 0],
    [(zeroDate) => legacy.date({ unit: 'iso', zeroDate }), '1970-01-01Z'],
    [(zeroDate) => legacy.timestamp({ unit: 'micros', ...utc, zeroDate }), 0],
    [(zeroDate) => legacy.timestamp({ unit: 'iso', ...utc, zeroDate }), '1970-01-01T00:00:00Z'],
    [(zeroDate) => legacy.instant({ zeroDate }), '1970-01-01T00:00:00Z'],
    [(zeroDate) => legacy.year({ zeroDate }), 0],
  ];

  it.each(cases)('is null or refused, as declared', (columnOf, wire) => {
    expect(convert(columnOf('null'), wire)).toBeNull();
    expect(convert(columnOf('refuse'), wire)).toBe('ROW_INVALID');
  });

  it('is 1970 where nothing is declared and 1970 is plausible', () => {
    expect(convert(legacy.date(), 0)).toBe('1970-01-01');
    expect(convert(legacy.instant(), '1970-01-01T00:00:00Z')).toBe('1970-01-01T00:00:00.000000Z');
    expect(convert(micros, 0)).toBe('ROW_INVALID');
  });
});

it.each([
  [2026, 2026],
  [1901, 1901],
  [2155, 2155],
  [1900, 'ROW_INVALID'],
  [2156, 'ROW_INVALID'],
  [0, 'ROW_INVALID'],
  ['2026', 'ROW_INVALID'],
])('the year %o gives %o', (wire, value) => {
  expect(convert(legacy.year(), wire)).toBe(value);
});
