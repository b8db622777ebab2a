/** Texts of queries that no recording has: what MySQL and MariaDB print, extremes, and what is refused. */
import { describe, expect, it } from 'vitest';
import { bareGeometry } from '../../../../src/decode/sql/spatial.js';
import { sqlKeyPart } from '../../../../src/decode/sql/keys.js';
import { valueOf } from '../../../../src/decode/sql/values.js';
import { type Column, legacy } from '../../../../src/rules/index.js';

const value = (column: Column<unknown>, text: string, sqlType = '', isNullable = false): unknown => {
  const converted = valueOf(column.definition.type, { sqlType, isNullable })(text);
  return typeof converted === 'symbol' ? 'refused' : converted;
};

describe('a text of a query', () => {
  it.each([
    ['a bit as a number', legacy.boolean(), '1', 'bit', true],
    ['a bit as a digit of PostgreSQL', legacy.boolean(), 'f', 'bool', false],
    ['bits without leading zeros', legacy.bits({ length: 8 }), '101', 'bit', '00000101'],
    ['too many bits', legacy.bits({ length: 2 }), '101', 'bit', 'refused'],
    ['bytes in hexadecimal', legacy.bytes(), '00FF10', 'varbinary', '00ff10'],
    ['bytes of PostgreSQL', legacy.bytes({ wire: 'base64-url-safe' }), '\\x00ff10', 'bytea', '00ff10'],
    ['bits of no length, little-endian', legacy.bytes(), '1000000001', 'varbit', '0102'],
    ['a number of single precision', legacy.float(), '0.10000000149011612', 'float', 0.1],
    ['a number of double precision', legacy.float(), '0.10000000149011612', 'double', 0.10000000149011612],
    [
      'a large bigint without sign',
      legacy.bigint({ unsigned: true }),
      '18446744073709551615',
      'bigint',
      '18446744073709551615',
    ],
    ['money', legacy.decimal({ scale: 2, wire: 'bytes' }), '-12.5', 'money', '-12.50'],
    ['a decimal that is lossy', legacy.decimal({ scale: 2, lossy: true }), '0.125', 'numeric', '0.13'],
    ['a set', legacy.set({ a: 'gift', c: 'fragile' }), 'a,c', 'set', ['gift', 'fragile']],
    ['a year', legacy.year(), '2026', 'year', 2026],
    ['a zero date that may not be null', legacy.date(), '0000-00-00', 'date', '1970-01-01'],
    [
      'a zero date, meant',
      legacy.timestamp({ unit: 'micros', zone: 'UTC', zeroDate: 'null' }),
      '0000-00-00 00:00:00',
      'datetime',
      null,
    ],
    [
      'a datetime',
      legacy.timestamp({ unit: 'millis', zone: 'Europe/Berlin' }),
      '2026-07-15 12:00:00',
      'datetime',
      '2026-07-15T10:00:00.000Z',
    ],
    [
      'a timestamp in nanoseconds',
      legacy.timestamp({ unit: 'nanos', zone: 'UTC' }),
      '2026-01-15 11:00:00.123456',
      'timestamp',
      '2026-01-15T11:00:00.123456000Z',
    ],
    [
      'a timestamp cut to milliseconds',
      legacy.timestamp({ unit: 'millis', zone: 'UTC' }),
      '2026-01-15 11:00:00.123999',
      'timestamp',
      '2026-01-15T11:00:00.123Z',
    ],
    ['an instant', legacy.instant(), '2024-02-29 08:11:12.5', 'timestamp', '2024-02-29T08:11:12.500000Z'],
    [
      'an instant before the calendar',
      legacy.instant({ from: '-004712-01-01' }),
      '0044-03-15 10:00:00+00 BC',
      'timestamptz',
      '-000043-03-15T10:00:00.000000Z',
    ],
    ['infinity that is declared', legacy.date({ infinity: true }), '-infinity', 'date', '-infinity'],
    ['infinity that is not', legacy.date(), 'infinity', 'date', 'refused'],
    ['a time of more than a day', legacy.time({ unit: 'micros' }), '100:00:00', 'time', 'refused'],
    ['a time below zero', legacy.time({ unit: 'micros' }), '-01:00:00', 'time', 'refused'],
    ['an array of two dimensions', legacy.array(legacy.integer()), '[["1"],["2"]]', '_int4', 'refused'],
    ['an array with a null', legacy.array(legacy.integer()), '["1",null]', '_int4', 'refused'],
    ['a point', legacy.point(), '(1.5,-2)', 'point', { x: 1.5, y: -2 }],
    [
      'a geometry of MySQL',
      legacy.geometry(),
      '4326;0101000000000000000000F83F00000000000004C0',
      'point',
      { wkb: '0101000000000000000000f83f00000000000004c0', srid: 4326 },
    ],
    [
      'a geometry of PostGIS',
      legacy.geometry(),
      '0101000020E6100000000000000000F83F00000000000004C0',
      'geometry',
      { wkb: '0101000020e6100000000000000000f83f00000000000004c0', srid: 4326 },
    ],
    ['a code that nobody declared', legacy.code({ Y: true }), 'X', 'bpchar', 'refused'],
    ['a code with blanks', legacy.code({ Y: true }), 'Y  ', 'bpchar', true],
  ] as const)('%s', (_, column, text, sqlType, expected) => {
    expect(value(column as Column<unknown>, text, sqlType)).toEqual(expected);
  });

  it('of a zero date in a column that may be null is null, as the connector sends it', () => {
    expect(value(legacy.date(), '0000-00-00', 'date', true)).toBeNull();
  });
});

describe('geometries', () => {
  it('are the same with their reference system inside and beside', () => {
    const inside = bareGeometry({ wkb: '0101000020e6100000000000000000f83f00000000000004c0', srid: null });
    const beside = bareGeometry({ wkb: '0101000000000000000000f83f00000000000004c0', srid: 4326 });
    expect(inside).toEqual(beside);
  });
});

describe('a part of a key', () => {
  const part = (column: Column<unknown>, text: string): string | null | undefined =>
    sqlKeyPart(column.definition.type)?.(text);

  it('is what the database has', () => {
    expect(part(legacy.bigint(), '9007199254740993')).toBe('9007199254740993');
    expect(part(legacy.instant(), '2024-02-29T08:11:12.500000Z')).toBe('2024-02-29 08:11:12.500000');
    expect(part(legacy.timestamp({ unit: 'nanos', zone: 'UTC' }), '2024-02-29T08:11:12.500000000Z')).toBe(
      '2024-02-29 08:11:12.500000',
    );
  });

  it('that several times or numbers could have is none', () => {
    expect(sqlKeyPart(legacy.timestamp({ unit: 'micros', zone: 'Europe/Berlin' }).definition.type)).toBeNull();
    expect(sqlKeyPart(legacy.float().definition.type)).toBeNull();
  });
});
