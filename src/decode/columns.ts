/**
 * Wire row -> declared columns as values, as the table definition says (Debezium 3.6 "Data types", JSON converter). What does not
 * fit is a refusal with the column's name; the value itself is shown only when it is public.
 */
import type { Refusal } from '../domain/refusal.js';
import type { ColumnDefinition, ColumnValue, Row, TableDefinition } from '../domain/tables/table.js';
import { refuse } from './refused/column.js';
import { type Convert, type Failure, INEXACT, type WireValue } from './types/conversion.js';
import { converterOf } from './types/converter.js';
import { isUnavailable, nullMayBeUnavailable } from './types/unavailable.js';

/** A number has lost digits and the record must be parsed exactly. Never thrown. */
export { INEXACT, type WireValue } from './types/conversion.js';

export type Converted = { readonly row: Row; readonly refusal: Refusal | null } | typeof INEXACT;

type WireRow = Readonly<Record<string, WireValue>>;

export interface Column {
  readonly name: string;
  readonly definition: ColumnDefinition;
  readonly convert: Convert;
  /** A null may stand for a value that was not sent. */
  readonly isNullDoubtful: boolean;
  /** Each object has something of this name (`constructor`), whether or not it was sent. */
  readonly isInherited: boolean;
}

interface Plan {
  readonly columns: readonly Column[];
  /** In key order; null when a column of the key is not declared. */
  readonly key: readonly Column[] | null;
}

/** Table definitions never change, and there are few. */
const plans = new WeakMap<TableDefinition, Plan>();

function planOf(table: TableDefinition): Plan {
  let plan = plans.get(table);
  if (plan === undefined) plans.set(table, (plan = makePlan(table)));
  return plan;
}

function makePlan(table: TableDefinition): Plan {
  const columns = Object.entries(table.columns).map(([name, definition]) => ({
    name,
    definition,
    convert: converterOf(definition.type),
    isNullDoubtful: nullMayBeUnavailable(definition.type),
    isInherited: name in {},
  }));
  const key = table.key.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  return { columns, key: key.length === table.key.length ? key : null };
}

/** In the order in which they are declared. */
export const columnsOf = (table: TableDefinition): readonly Column[] => planOf(table).columns;

const sentOf = (wire: WireRow, { name, isInherited }: Column): WireValue =>
  isInherited && !Object.hasOwn(wire, name) ? undefined : wire[name];

/**
 * Declared columns of a wire row. Columns that are unavailable are left out (unknown); one that is missing is refused.
 * @param isPartial the row may lack what its statement did not touch: an update, or a new key, without before image
 */
export function convertRow(wire: WireRow, table: TableDefinition, isPartial = false): Converted {
  const row: Record<string, ColumnValue> = {};
  let refusal: Refusal | null = null;
  for (const column of planOf(table).columns) {
    const { name } = column;
    const value = sentOf(wire, column);
    if (value === null || value === undefined) {
      if (isNull(value, column, isPartial)) row[name] = null;
      else refusal ??= refuse(table.name, name, value, column.definition);
      continue;
    }
    if (isUnavailable(value)) continue;
    const converted = column.convert(value);
    if (typeof converted !== 'symbol') row[name] = converted;
    else if (converted === INEXACT) return INEXACT;
    else refusal ??= refuse(table.name, name, value, column.definition, converted satisfies Failure);
  }
  return { row, refusal };
}

/** Whether the column is null then, and may be. */
export function isNull(value: null | undefined, { definition, isNullDoubtful }: Column, isPartial: boolean): boolean {
  if (value === undefined) return definition.optional === true;
  return definition.nullable && !(isNullDoubtful && isPartial);
}

/** Key columns only, for a delete: its other columns are invented by the source. Null when one does not fit. */
export function convertKey(wire: WireRow, table: TableDefinition): string[] | null | typeof INEXACT {
  const { key } = planOf(table);
  if (key === null) return null;
  const parts: string[] = [];
  for (const column of key) {
    const value = sentOf(wire, column);
    if (value === null || value === undefined) return null;
    const converted = column.convert(value);
    if (converted === INEXACT) return INEXACT;
    if (typeof converted === 'symbol' || converted === null) return null;
    parts.push(typeof converted === 'string' ? converted : JSON.stringify(converted));
  }
  return parts;
}
