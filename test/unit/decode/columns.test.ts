/** One column at a time: the wire forms of Debezium with JSON, the forms that are refused, and what a refusal says. */
import { describe, expect, it } from 'vitest';
import { convertKey, convertRow, INEXACT } from '../../../src/decode/columns.js';
import type { ColumnDefinition, ColumnType, TableDefinition } from '../../../src/domain/table.js';

const PLACEHOLDER = '__debezium_unavailable_value';

function tableOf(type: ColumnType, more: Partial<ColumnDefinition> = {}): TableDefinition {
  const column: ColumnDefinition = { type, nullable: false, sensitivity: 'public', ...more };
  return { name: 'oms.t', key: ['c'], columns: { c: column } };
}

const convert = (type: ColumnType, value: unknown, more: Partial<ColumnDefinition> = {}): unknown => {
  const converted = convertRow({ c: value }, tableOf(type, more));
  if (converted === INEXACT) return INEXACT;
  return converted.refusal === null ? converted.row.c : converted.refusal.code;
};

const text: ColumnType = { kind: 'text', trim: false };
const trimmed: ColumnType = { kind: 'text', trim: true };
const integer: ColumnType = { kind: 'integer' };
const bigint: ColumnType = { kind: 'bigint' };
const money: ColumnType = { kind: 'decimal', scale: 2 };
const whole: ColumnType = { kind: 'decimal', scale: 0 };
const boolean: ColumnType = { kind: 'boolean' };
const code: ColumnType = { kind: 'code', codes: { '10': 'new', ' ': 'open', Y: true } };
const date: ColumnType = { kind: 'date' };
const micros: ColumnType = { kind: 'timestamp', unit: 'micros', zone: 'UTC' };
const millis: ColumnType = { kind: 'timestamp', unit: 'millis', zone: 'UTC' };
const instant: ColumnType = { kind: 'instant' };
const uuid: ColumnType = { kind: 'uuid' };
const json: ColumnType = { kind: 'json' };

const EVERY_TYPE: readonly ColumnType[] = [
  ...[text, trimmed, integer, bigint, money, whole, boolean, code, date, micros, millis, instant, uuid, json],
];

const form = (type: ColumnType): string =>
  type.kind === 'decimal' ? `decimal ${type.scale}` : type.kind === 'timestamp' ? `timestamp ${type.unit}` : type.kind;

describe('a column', () => {
  it.each<[ColumnType, unknown, unknown]>([
    [text, 'Ab ', 'Ab '],
    [text, '', ''],
    [trimmed, 'DE  ', 'DE'],
    [integer, 42, 42],
    [integer, -1, -1],
    [bigint, 900001, '900001'],
    [bigint, -5, '-5'],
    [bigint, '9007199254740993', '9007199254740993'],
    [bigint, 9007199254740993n, '9007199254740993'],
    [money, '390.25', '390.25'],
    [money, '-0.50', '-0.50'],
    [money, '7', '7.00'],
    [money, '7.5', '7.50'],
    [money, '7.5000', '7.50'],
    [money, '12345678901234567890.12', '12345678901234567890.12'],
    [whole, '12', '12'],
    [whole, '12.00', '12'],
    [boolean, true, true],
    [boolean, 0, false],
    [code, '10', 'new'],
    [code, '10  ', 'new'],
    [code, 10, 'new'],
    [code, ' ', 'open'],
    [code, 'Y', true],
    [date, 19782, '2024-02-29'],
    [date, -1, '1969-12-31'],
    [micros, 1795254754356110, '2026-11-21T09:52:34.356110Z'],
    [micros, -1, '1969-12-31T23:59:59.999999Z'],
    [millis, 1795254754356, '2026-11-21T09:52:34.356Z'],
    [instant, '2026-11-21T09:52:34.364987Z', '2026-11-21T09:52:34.364987Z'],
    [instant, '2026-11-21T10:52:34+01:00', '2026-11-21T09:52:34Z'],
    [uuid, '6F1B1C1E-5d1a-4c0a-9a63-0c2f0f2f7d11', '6f1b1c1e-5d1a-4c0a-9a63-0c2f0f2f7d11'],
    [json, '{"a":[1,null]}', { a: [1, null] }],
    [json, 'null', null],
  ])('%o takes %o for %o', (type, wire, value) => {
    expect(convert(type, wire)).toEqual(value);
  });

  it.each<[ColumnType, unknown]>([
    [text, 5],
    [trimmed, { a: 1 }],
    [integer, 1.5],
    [integer, '42'],
    [integer, 9007199254740993],
    [bigint, 1.5],
    [bigint, '12a'],
    [bigint, true],
    [money, 390.25],
    [money, 'BOI='],
    [money, '1.005'],
    [money, 'NAN'],
    [money, '1e3'],
    [money, { scale: 2, value: 'ATo=' }],
    [whole, '12.5'],
    [boolean, 'true'],
    [boolean, 2],
    [code, true],
    [code, null],
    [date, '2024-02-29'],
    [date, -2147472692],
    [date, 1795254754356110],
    [micros, '2024-02-29T10:11:12.123456Z'],
    [micros, 9223372036825200000],
    [micros, -9223372036832400000],
    [millis, 1795254754356110],
    [micros, 0.5],
    [instant, 'infinity'],
    [instant, '-0043-03-15T10:00:00.000000Z'],
    [instant, 1795254754356110],
    [uuid, 'no-uuid'],
    [json, '{"a":'],
    [json, { a: 1 }],
  ])('%o refuses %o as ROW_INVALID', (type, wire) => {
    expect(convert(type, wire)).toBe('ROW_INVALID');
  });

  it.each(['99', 'toString', '__proto__', ''])(
    'of codes refuses %o, which nobody declared, as CODE_UNKNOWN',
    (wire) => {
      expect(convert(code, wire)).toBe('CODE_UNKNOWN');
    },
  );
});

describe.each(EVERY_TYPE.map((type) => [form(type), type] as const))('every %s column', (_, type) => {
  it('is null only when it is declared nullable', () => {
    expect(convert(type, null, { nullable: true })).toBeNull();
    expect(convert(type, null)).toBe('ROW_INVALID');
  });

  it('is refused when the row does not carry it, nullable or not', () => {
    for (const nullable of [true, false]) {
      const converted = convertRow({ other: 1 }, tableOf(type, { nullable }));
      expect(converted).toMatchObject({ row: {}, refusal: { code: 'ROW_INVALID' } });
    }
  });

  it('stays unknown when the source did not send it', () => {
    expect(convertRow({ c: PLACEHOLDER }, tableOf(type))).toEqual({ row: {}, refusal: null });
  });
});

describe('a number beyond 2^53', () => {
  it('asks for the exact parse when its digits may be lost, in the row and in the key', () => {
    expect(convert(bigint, 9007199254740993)).toBe(INEXACT);
    expect(convertKey({ c: 9007199254740993 }, tableOf(bigint))).toBe(INEXACT);
  });

  it('is exact up to 2^53 - 1 without it', () => {
    expect(convert(bigint, 9007199254740991)).toBe('9007199254740991');
  });
});

describe('a row', () => {
  const columns = { a: text, b: integer, c: code };
  const table: TableDefinition = {
    name: 'oms.t',
    key: ['b'],
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, type]) => [name, { type, nullable: false, sensitivity: 'public' as const }]),
    ),
  };

  it('carries declared columns only', () => {
    expect(convertRow({ a: 'x', b: 1, c: 'Y', secret: 'z' }, table)).toEqual({
      row: { a: 'x', b: 1, c: true },
      refusal: null,
    });
  });

  it('is refused for its first wrong column, and keeps the others', () => {
    expect(convertRow({ a: 1, b: 1, c: '77' }, table)).toMatchObject({
      row: { b: 1 },
      refusal: { code: 'ROW_INVALID', text: expect.stringContaining('oms.t.a') as string },
    });
  });
});

describe('a refusal', () => {
  const refusalOf = (wire: Record<string, unknown>, table: TableDefinition): string => {
    const converted = convertRow(wire, table);
    return converted === INEXACT ? 'inexact' : (converted.refusal?.text ?? '');
  };

  it('shows the value of a public column, shortened', () => {
    expect(refusalOf({ c: '77' }, tableOf(code))).toContain('"77"');
    expect(refusalOf({ c: 'x'.repeat(500) }, tableOf(code)).length).toBeLessThan(200);
  });

  it.each(['personal', 'secret'] as const)('never shows the value of a %s column', (sensitivity) => {
    for (const type of [code, integer, date, uuid]) {
      expect(refusalOf({ c: 'Mustermann' }, tableOf(type, { sensitivity }))).not.toContain('Mustermann');
    }
  });

  it('says whether the column is null, missing, or of another form', () => {
    expect(refusalOf({ c: null }, tableOf(integer))).toContain('null');
    expect(refusalOf({}, tableOf(integer))).toContain('does not carry it');
    expect(refusalOf({ c: 'x' }, tableOf(integer))).toContain('oms.t.c is not a');
  });
});

describe('a key', () => {
  const composite: TableDefinition = {
    name: 'oms.ord_line',
    key: ['ord_no', 'line_no'],
    columns: {
      ord_no: { type: bigint, nullable: false, sensitivity: 'public' },
      line_no: { type: integer, nullable: false, sensitivity: 'public' },
      qty: { type: integer, nullable: false, sensitivity: 'public' },
    },
  };

  it('has its parts in key order, whatever else is in the row', () => {
    expect(convertKey({ qty: 'wrong', line_no: 2, ord_no: 900001 }, composite)).toEqual(['900001', '2']);
  });

  it.each([{ ord_no: 900001 }, { ord_no: null, line_no: 2 }, { ord_no: 'x', line_no: 2 }])(
    'that lacks a part is no key: %o',
    (wire) => {
      expect(convertKey(wire, composite)).toBeNull();
    },
  );
});
