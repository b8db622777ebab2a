/** A row of declared columns: what is absent, unavailable, null, missing; what a refusal says; keys. The types have tests of their own. */
import { describe, expect, it } from 'vitest';
import { convertKey, convertRow, INEXACT } from '../../../src/decode/columns.js';
import type { TableDefinition } from '../../../src/domain/tables/table.js';
import { type Column, legacy, table } from '../../../src/rules/tables/table.js';
import { convert, refusalOf, tableOf } from '../../support/values/columns.js';

const PLACEHOLDER = '__debezium_unavailable_value';

const EVERY_TYPE: Readonly<Record<string, Column<unknown>>> = {
  text: legacy.text(),
  integer: legacy.integer(),
  bigint: legacy.bigint(),
  decimal: legacy.decimal({ scale: 2 }),
  precise: legacy.decimal({ scale: 2, wire: 'bytes' }),
  float: legacy.float(),
  boolean: legacy.boolean(),
  code: legacy.code({ Y: true }),
  'code with others': legacy.code({ Y: true }, { other: false }),
  set: legacy.set({ a: true }),
  date: legacy.date(),
  timestamp: legacy.timestamp({ unit: 'micros', zone: 'UTC' }),
  instant: legacy.instant(),
  time: legacy.time({ unit: 'micros' }),
  zonedTime: legacy.zonedTime(),
  interval: legacy.interval({ unit: 'micros' }),
  year: legacy.year(),
  uuid: legacy.uuid(),
  json: legacy.json(),
  base64: legacy.bytes(),
  hex: legacy.bytes({ wire: 'hex' }),
  bits: legacy.bits({ length: 8 }),
  array: legacy.array(legacy.text()),
  hstore: legacy.hstore(),
  point: legacy.point(),
  geometry: legacy.geometry(),
};

describe('a column that is called as something that every object has', () => {
  const column = 'constructor';
  const of = (optional: boolean): TableDefinition => {
    const text = optional ? legacy.text().optional() : legacy.text();
    return table('s.t', { key: ['valueOf'], columns: { valueOf: legacy.text(), [column]: text } });
  };

  it('is absent when the row does not carry it', () => {
    expect(convertRow({ valueOf: 'a' }, of(true))).toEqual({ row: { valueOf: 'a', constructor: null }, refusal: null });
    expect(convertRow({ valueOf: 'a' }, of(false))).toMatchObject({ refusal: { code: 'ROW_INVALID' } });
    expect(convertKey({ [column]: 'x' }, of(true))).toBeNull();
  });

  it('is read like any other', () => {
    const row = { valueOf: 'a', constructor: 'Brunel' };
    expect(convertRow(row, of(false))).toEqual({ row, refusal: null });
    expect(convertKey(row, of(false))).toEqual(['a']);
  });
});

describe.each(Object.entries(EVERY_TYPE))('every %s column', (_, column) => {
  it('is null only when it is declared nullable', () => {
    expect(convert(column.nullable(), null)).toBeNull();
    expect(convert(column, null)).toBe('ROW_INVALID');
    expect(convert(column.optional(), null)).toBe('ROW_INVALID');
  });

  it('is refused when the row does not carry it, nullable or not, and null when it is optional', () => {
    for (const declared of [column, column.nullable()]) {
      const converted = convertRow({ other: 1 }, tableOf(declared));
      expect(converted).toMatchObject({ row: {}, refusal: { code: 'ROW_INVALID' } });
    }
    expect(convertRow({ other: 1 }, tableOf(column.optional()))).toEqual({ row: { c: null }, refusal: null });
  });

  it('stays unknown when the source did not send it', () => {
    for (const form of [PLACEHOLDER, btoa(PLACEHOLDER), JSON.stringify({ [PLACEHOLDER]: PLACEHOLDER })]) {
      expect(convertRow({ c: form }, tableOf(column))).toEqual({ row: {}, refusal: null });
    }
  });

  it('refuses what no connector writes for it', () => {
    expect(convert(column, [[{}]])).toBe('ROW_INVALID');
  });
});

/** Measured: Debezium 3.6.1.Final, PostgreSQL 15, columns stored apart and not touched by the update. */
const UNAVAILABLE: Readonly<Record<string, readonly [Column<unknown>, unknown]>> = {
  'text[], varchar[], char[], json[], jsonb[]': [legacy.array(legacy.text()), [PLACEHOLDER]],
  'int4[], int8[], date[]': [legacy.array(legacy.bigint()), Array.from(PLACEHOLDER, (letter) => letter.charCodeAt(0))],
  'date[] in days': [legacy.array(legacy.date()), Array.from(PLACEHOLDER, (letter) => letter.charCodeAt(0))],
  'uuid[]': [legacy.array(legacy.uuid()), ['b68a35a7-17ad-35b3-af2a-ae46edb4545a']],
  'bytea[]': [legacy.array(legacy.bytes()), [btoa(PLACEHOLDER)]],
  'hstore as map': [legacy.hstore(), { [PLACEHOLDER]: PLACEHOLDER }],
};

describe('a big value that did not change', () => {
  it.each(Object.entries(UNAVAILABLE))('is unknown: %s', (_, [column, form]) => {
    expect(convertRow({ c: form }, tableOf(column))).toEqual({ row: {}, refusal: null });
  });

  it('is not taken for one that is only alike', () => {
    const codes = Array.from(PLACEHOLDER, (letter) => letter.charCodeAt(0));
    expect(convert(legacy.array(legacy.integer()), codes.slice(1))).toEqual(codes.slice(1));
    expect(convert(legacy.array(legacy.integer()), [...codes.slice(1), 1])).toEqual([...codes.slice(1), 1]);
    expect(convert(legacy.array(legacy.text()), [PLACEHOLDER, 'a'])).toEqual([PLACEHOLDER, 'a']);
    expect(convert(legacy.text(), `${PLACEHOLDER} `)).toBe(`${PLACEHOLDER} `);
  });

  const silent = {
    'numeric[]': legacy.array(legacy.decimal({ scale: 2 })),
    'timestamp[]': legacy.array(legacy.timestamp({ unit: 'micros', zone: 'UTC' })),
    'date[] in isostring mode': legacy.array(legacy.date({ unit: 'iso' })),
    'bytea[] in hex mode': legacy.array(legacy.bytes({ wire: 'hex' })),
    'bytea in base64-url-safe mode': legacy.bytes({ wire: 'base64-url-safe' }),
  };

  it.each(Object.entries(silent))('comes as null for %s, so a null is refused where it may mean that', (_, column) => {
    const nullable = column.nullable();
    expect(refusalOf(nullable, { c: null }, true)).toContain('REPLICA IDENTITY FULL');
    expect(convertRow({ c: null }, tableOf(nullable), false)).toEqual({ row: { c: null }, refusal: null });
  });

  it.each(['text', 'bigint', 'base64', 'array', 'json'])(
    'leaves null as null for %s, which has a placeholder',
    (kind) => {
      const column = EVERY_TYPE[kind]!.nullable();
      expect(convertRow({ c: null }, tableOf(column), true)).toEqual({ row: { c: null }, refusal: null });
    },
  );
});

describe('a number beyond 2^53', () => {
  it('asks for the exact parse when its digits may be lost, in the row and in the key', () => {
    expect(convert(legacy.bigint(), 9007199254740993)).toBe(INEXACT);
    expect(convertKey({ c: 9007199254740993 }, tableOf(legacy.bigint()))).toBe(INEXACT);
  });
});

describe('a row', () => {
  const three = table('oms.t', {
    key: ['b'],
    columns: { a: legacy.text(), b: legacy.integer(), c: legacy.code({ Y: true }) },
  });

  it('carries declared columns only', () => {
    expect(convertRow({ a: 'x', b: 1, c: 'Y', secret: 'z' }, three)).toEqual({
      row: { a: 'x', b: 1, c: true },
      refusal: null,
    });
  });

  it('is refused for its first wrong column, and keeps the others', () => {
    expect(convertRow({ a: 1, b: 1, c: '77' }, three)).toMatchObject({
      row: { b: 1 },
      refusal: { code: 'ROW_INVALID', text: expect.stringContaining('oms.t.a') as string },
    });
  });
});

describe('a refusal', () => {
  it('shows the value of a public column, shortened, bigints too', () => {
    expect(refusalOf(legacy.code({}), { c: '77' })).toContain('"77"');
    expect(refusalOf(legacy.code({}), { c: 'x'.repeat(500) }).length).toBeLessThan(200);
    expect(refusalOf(legacy.integer(), { c: 9007199254740993n })).toContain('9007199254740993');
    expect(refusalOf(legacy.integer(), { c: [9007199254740993n] })).toContain('9007199254740993');
  });

  it('never shows the value of a personal or secret column', () => {
    for (const column of Object.values(EVERY_TYPE)) {
      for (const hidden of [column.personal(), column.secret()]) {
        expect(refusalOf(hidden, { c: { name: 'Mustermann' } })).not.toContain('Mustermann');
        expect(refusalOf(hidden, { c: 'Mustermann' })).not.toContain('Mustermann');
      }
    }
  });

  it('says whether the column is null, missing, or of another form than declared', () => {
    expect(refusalOf(legacy.integer(), { c: null })).toContain('null');
    expect(refusalOf(legacy.integer(), {})).toContain('does not carry it');
    expect(refusalOf(legacy.integer(), { c: 'x' })).toContain('oms.t.c is not an integer');
    expect(refusalOf(legacy.timestamp({ unit: 'micros', zone: 'UTC' }), { c: 1 })).toContain(
      'a timestamp (unit micros, zone UTC): 1.',
    );
  });
});

describe('a key', () => {
  const composite = table('oms.ord_line', {
    key: ['ord_no', 'line_no'],
    columns: { ord_no: legacy.bigint(), line_no: legacy.integer(), qty: legacy.integer() },
  });

  it('has its parts in key order, whatever else is in the row', () => {
    expect(convertKey({ qty: 'wrong', line_no: 2, ord_no: 900001 }, composite)).toEqual(['900001', '2']);
  });

  it.each([{ ord_no: 900001 }, { ord_no: null, line_no: 2 }, { ord_no: 'x', line_no: 2 }])(
    'that lacks a part is no key: %o',
    (wire) => {
      expect(convertKey(wire, composite)).toBeNull();
    },
  );

  it('is none when a date of it is zero, or a column of it is not declared', () => {
    expect(convertKey({ c: 0 }, tableOf(legacy.date({ zeroDate: 'null' })))).toBeNull();
    const undeclared: TableDefinition = { name: 'oms.t', key: ['k'], columns: {} };
    expect(convertKey({ k: 1 }, undeclared)).toBeNull();
  });
});
