/**
 * Rows that did not fit their table definition are kept as they came, and read again when an operator retries their aggregate: by
 * then the definition may know the code, or the column, that it did not know. Declared columns only.
 */
import { stringify } from 'lossless-json';
import type { Refusal } from '../../domain/refusal.js';
import type { RefusedRow } from '../../domain/source/change-event.js';
import type { Row, TableDefinition } from '../../domain/tables/table.js';
import { convertRow, INEXACT } from '../columns.js';
import { type JsonObject, parseObjectExactly } from '../envelope.js';

export function refusedRow(wire: JsonObject, { columns }: TableDefinition, isPartial: boolean): RefusedRow {
  const declared = Object.entries(wire).filter(([name]) => Object.hasOwn(columns, name));
  return { wire: stringify(Object.fromEntries(declared)) ?? '{}', isPartial };
}

/** @param table the definition of now. @returns null when it cannot be told. */
export function readAgain(
  { wire, isPartial }: RefusedRow,
  table: TableDefinition,
): { readonly row: Row | null; readonly refusal: Refusal | null } | null {
  const parsed = parseObjectExactly(wire);
  const converted = parsed === null ? INEXACT : convertRow(parsed, table, isPartial);
  return converted === INEXACT ? null : converted;
}

/** Columns that can be read one by one, and the names of those that cannot. What was not sent is in neither. */
export function readPartly({ wire, isPartial }: RefusedRow, table: TableDefinition): { row: Row; unread: string[] } {
  const parsed = parseObjectExactly(wire);
  let row: Row = {};
  const unread: string[] = [];
  for (const [name, column] of Object.entries(table.columns)) {
    const one = { ...table, key: [], columns: { [name]: column } };
    const converted = parsed === null ? INEXACT : convertRow(parsed, one, isPartial);
    if (converted === INEXACT || converted.refusal !== null) unread.push(name);
    else row = { ...row, ...converted.row };
  }
  return { row, unread };
}
