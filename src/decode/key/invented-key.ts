/**
 * PostgreSQL's log has of a deleted row what the table's replica identity says, and Debezium invents the rest: the default that the
 * column has, or the zero of its type. With an identity by another index than the primary key (REPLICA IDENTITY USING INDEX) that
 * includes columns of the primary key, so a delete names a row that was not meant (recording 19-replica-identity). Pure.
 */
import { isObject } from '../../domain/json-text.js';
import type { ColumnDefinition, TableDefinition } from '../../domain/tables/table.js';
import { type JsonObject } from '../envelope.js';
import { converterOf } from '../types/converter.js';

/** @param keyText of the record, with its schema where it came with one. @returns the first key column whose value may be invented. */
export function inventedColumn(
  wire: JsonObject,
  { key, columns }: TableDefinition,
  keyText: string | null,
): string | null {
  const defaults = defaultsIn(keyText);
  const isInvented = (name: string): boolean =>
    Object.hasOwn(defaults, name) ? same(defaults[name], wire[name]) : isZero(wire[name], columns[name]);
  return key.find(isInvented) ?? null;
}

/** Constant defaults of key columns, as the schema of a record key has them. */
function defaultsIn(keyText: string | null): JsonObject {
  if (keyText?.startsWith('{"schema":') !== true) return {};
  try {
    const { schema } = JSON.parse(keyText) as { readonly schema?: { readonly fields?: readonly JsonObject[] } };
    const fields = (schema?.fields ?? []).filter((field) => isObject(field) && 'default' in field);
    return Object.fromEntries(fields.map(({ field, default: value }) => [String(field), value]));
  } catch {
    return {};
  }
}

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(plain(right));

const plain = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

const NO_DAY = /^1970-01-01(Z|T00:00(:00(\.0+)?)?Z)$/;
const NO_TIME = /^00:00(:00(\.0+)?)?Z$/;

const isNought = (decimal: unknown): boolean => typeof decimal === 'string' && /^[0.]+$/.test(decimal);

function isZero(value: unknown, column: ColumnDefinition | undefined): boolean {
  if (column === undefined || column.type.kind === 'physicalTable') return false;
  if (value === 0 || value === '') return true;
  const { kind } = column.type;
  if (kind === 'decimal') return isNought(converterOf(column.type)(value));
  if (typeof value !== 'string') return false;
  return kind === 'time' ? NO_TIME.test(value) : kind !== 'text' && NO_DAY.test(value);
}
