/** A row of the database as texts -> declared columns as values and the key of the row, as the decoder gives them for the same row. Pure. */
import type { Refusal } from '../../domain/refusal.js';
import { physicalTablesOf } from '../../domain/tables/physical-table.js';
import type { SqlColumn, SqlTexts } from '../../domain/tables/sql-column.js';
import { type ColumnValue, keyText, type Row, type TableDefinition } from '../../domain/tables/table.js';
import { columnsOf } from '../columns.js';
import { refuse } from '../refused/column.js';
import type { Failure } from '../types/conversion.js';
import { type SqlConvert, valueOf } from './values.js';

export interface SqlRow {
  readonly row: Row;
  /** As `keyText`; null: a part of it does not fit. */
  readonly key: string | null;
  /** The first column that does not fit its declaration. */
  readonly refusal: Refusal | null;
}

export interface SqlRowReader {
  /** What is asked for, in this order. */
  readonly columns: readonly SqlColumn[];
  read(texts: SqlTexts): SqlRow;
}

interface Part {
  readonly name: string;
  readonly definition: TableDefinition['columns'][string];
  readonly convert: SqlConvert | null;
  /** Among what is asked for; -1: the database does not have it. */
  readonly place: number;
}

/**
 * @param there the columns that the table has, by name.
 * @param physical name of the table that is read.
 */
export function sqlRowReader(
  table: TableDefinition,
  there: ReadonlyMap<string, SqlColumn>,
  physical: string,
): SqlRowReader {
  const tables = physicalTablesOf(table);
  const columns: SqlColumn[] = [];
  const parts = columnsOf(table).map(({ name, definition }): Part => {
    const column = name === tables?.column ? undefined : there.get(name);
    if (column === undefined) return { name, definition, convert: null, place: -1 };
    columns.push(column);
    return { name, definition, convert: valueOf(definition.type, column), place: columns.length - 1 };
  });
  const own = tables?.valueOf(physical) ?? null;
  const read = (texts: SqlTexts): SqlRow => {
    const row: Record<string, ColumnValue> = {};
    let refusal: Refusal | null = null;
    for (const { name, definition, convert, place } of parts) {
      if (name === tables?.column) row[name] = own;
      else {
        const text = texts[place] ?? null;
        const value = text === null || convert === null ? null : convert(text);
        if (typeof value === 'symbol') refusal ??= refuse(table.name, name, text, definition, value satisfies Failure);
        else if (text === null && !definition.nullable && definition.optional !== true)
          refusal ??= refuse(table.name, name, null, definition);
        else row[name] = value;
      }
    }
    return { row, key: keyIn(row, table.key), refusal };
  };
  return { columns, read };
}

/** Of key columns that are declared, in their order. */
export function keyIn(row: Row, key: readonly string[]): string | null {
  const parts: string[] = [];
  for (const column of key) {
    const value = row[column];
    if (value === undefined || value === null) return null;
    parts.push(typeof value === 'string' ? value : JSON.stringify(value));
  }
  return keyText(parts);
}
