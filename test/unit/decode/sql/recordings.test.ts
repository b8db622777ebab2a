/** Rows that a database wrote down beside a recording, as it gives them to a query: the values are those that the decoder makes of the recording. */
import { readFileSync } from 'node:fs';
import { parse } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { valueOf } from '../../../../src/decode/sql/values.js';
import type { ColumnType } from '../../../../src/domain/tables/column-type.js';
import { truthPath } from '../../../support/recordings.js';
import { type Columns, DOUBLE, ISO, ORDERS, PRECISE, STRING, zoo } from '../../../support/values/recorded-columns.js';
import { isTooLong, jsonForm, type TrueForm, trueValue } from '../../../support/values/true-values.js';

type Row = Readonly<Record<string, TrueForm>>;

/** `row_to_json` -> as a query gives it. */
function queried(form: TrueForm, type: ColumnType): string {
  if (typeof form === 'boolean') return form ? 't' : 'f';
  if (type.kind === 'array' && Array.isArray(form))
    return JSON.stringify(form.map((part: TrueForm) => (part === null ? null : queried(part, type.element))));
  if (typeof form !== 'string') return type.kind === 'hstore' ? JSON.stringify(form) : jsonText(form);
  if (type.kind === 'decimal') return form.replace(/[$,]/g, ''); // money is asked for as a number
  if (type.kind === 'json') return /^-?\d/.test(form) ? form : JSON.stringify(form);
  if (type.kind === 'timestamp' || type.kind === 'instant') return form.replace('T', ' ').replace('+00:00', '+00');
  return form;
}

/** Numbers are texts of digits in it. */
const jsonText = (form: TrueForm): string =>
  JSON.stringify(form, (_, part: unknown) => part).replace(/"(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)"/gi, '$1');

const SQL_TYPES: Readonly<Record<string, string>> = { vb: 'varbit', by: 'bytea', f4: 'float4' };

function rowsOf(name: string, tableName: string): Row[] {
  const lines = readFileSync(truthPath(name), 'utf8').split('\n').filter(Boolean);
  return lines.flatMap((line) => {
    const read = parse(line, undefined, (digits) => digits) as {
      changes?: readonly { table: string; op: string; row?: Row }[];
    };
    return (read.changes ?? []).flatMap(({ table, op, row }) =>
      table === tableName && op !== 'd' && row !== undefined ? [row] : [],
    );
  });
}

/** Columns with a value that is not what it should be, and how many were compared of each. */
function compared(rows: readonly Row[], columns: Columns): { wrong: unknown[]; counts: Record<string, number> } {
  const wrong: unknown[] = [];
  const counts: Record<string, number> = {};
  for (const [name, { definition }] of Object.entries(columns)) {
    const { type } = definition;
    const convert = valueOf(type, { sqlType: SQL_TYPES[name] ?? '', isNullable: true });
    for (const row of rows) {
      const form = row[name] ?? null;
      if (form === null || isTooLong(form)) continue;
      const value = convert(queried(form, type));
      const shown = typeof value === 'symbol' ? 'refused' : type.kind === 'json' ? jsonForm(value) : value;
      const expected = trueValue(type, form);
      counts[name] = (counts[name] ?? 0) + 1;
      if (JSON.stringify(shown) !== JSON.stringify(expected)) wrong.push([name, form, shown, expected]);
    }
  }
  return { wrong, counts };
}

describe('values of a query', () => {
  it.each([
    ['09a-types-precise', PRECISE],
    ['09c-types-string', STRING],
    ['09e-types-null-kept', STRING],
  ] as const)('of every type, %s, are those of the recording', (name, settings) => {
    const columns = zoo(settings);
    const { wrong, counts } = compared(rowsOf(`postgres/${name}`, 'type_zoo'), columns);
    expect(wrong).toEqual([]);
    expect(Object.keys(columns).filter((column) => counts[column] === undefined)).toEqual([]);
  });

  it('are cut as the connector cuts them: times in milliseconds, decimals that came through a double', () => {
    const rows = rowsOf('postgres/09b-types-double', 'type_zoo');
    const { wrong } = compared(rows, zoo(DOUBLE));
    const columns = new Set(wrong.map((each) => (each as readonly [string])[0]));
    expect([...columns].sort()).toEqual(['m', 'n380', 'n3810', 'nfree', 't6', 'ts6']);
  });

  it('are texts of times in the form of the connector: 24:00 is 00:00', () => {
    const { wrong } = compared(rowsOf('postgres/09d-types-isostring', 'type_zoo'), zoo(ISO));
    expect(wrong.map((each) => (each as readonly unknown[]).slice(0, 3))).toEqual([
      ['t0', '24:00:00', '00:00:00.000000'],
    ]);
  });

  it.each(['postgres/01-lifecycle', 'postgres/10-schemas-enabled'])(
    'of orders, %s, are those of the recording',
    (name) => {
      for (const [tableName, , columns] of ORDERS) {
        const { wrong, counts } = compared(rowsOf(name, tableName), columns);
        expect(wrong).toEqual([]);
        expect(Object.keys(counts).length).toBeGreaterThan(0);
      }
    },
  );
});
