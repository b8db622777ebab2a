/**
 * Wire form of one column -> value, as the table definition declares it (Debezium 3.6 "Data types", JSON converter). What does
 * not fit is a refusal with the column's name; the value itself is not shown, it may be personal.
 */
import type { ColumnDefinition, ColumnType, ColumnValue, Row, TableDefinition } from '../domain/table.js';
import type { Refusal, RefusalCode } from '../domain/refusal.js';
import { instant, localDate, localTimestamp } from './temporal.js';

/** What Debezium writes for a big value that the statement did not touch (`unavailable.value.placeholder`): text, bytea, hstore. */
const UNAVAILABLE = '__debezium_unavailable_value';
const UNAVAILABLE_BYTES = btoa(UNAVAILABLE);
const UNAVAILABLE_MAP = JSON.stringify({ [UNAVAILABLE]: UNAVAILABLE });

/** JSON value as parsed; integers beyond 2^53 come as bigint after the exact parse. */
export type WireValue = unknown;

/** Thrown nowhere: returned when a number has lost digits and the record must be parsed exactly. */
export const INEXACT = Symbol('inexact');

export type Converted = { readonly row: Row; readonly refusal: Refusal | null } | typeof INEXACT;

/** Declared columns of a wire row. Columns that are unavailable are left out (unknown); one that is missing is refused. */
export function convertRow(wire: Readonly<Record<string, WireValue>>, table: TableDefinition): Converted {
  const row: Record<string, ColumnValue> = {};
  let refusal: Refusal | null = null;
  for (const name in table.columns) {
    const definition = table.columns[name] as ColumnDefinition;
    const value = wire[name];
    if (value === UNAVAILABLE || value === UNAVAILABLE_BYTES || value === UNAVAILABLE_MAP) continue;
    const converted =
      value === null || value === undefined ? absent(value, definition) : convert(value, definition.type);
    if (converted === INEXACT) return INEXACT;
    if (converted === INVALID || converted === UNKNOWN_CODE) {
      refusal ??= refuse(converted, table, name, value, definition);
    } else row[name] = converted;
  }
  return { row, refusal };
}

/** Key columns only, for a delete: its other columns are invented by the source. Null when one does not fit. */
export function convertKey(
  wire: Readonly<Record<string, WireValue>>,
  table: TableDefinition,
): string[] | null | typeof INEXACT {
  const parts: string[] = [];
  for (const name of table.key) {
    const definition = table.columns[name];
    const value = wire[name];
    if (definition === undefined || value === null || value === undefined) return null;
    const converted = convert(value, definition.type);
    if (converted === INEXACT) return INEXACT;
    if (converted === INVALID || converted === UNKNOWN_CODE) return null;
    parts.push(typeof converted === 'string' ? converted : JSON.stringify(converted));
  }
  return parts;
}

const INVALID = Symbol('invalid');
const UNKNOWN_CODE = Symbol('unknown code');
type Conversion = ColumnValue | typeof INVALID | typeof UNKNOWN_CODE | typeof INEXACT;

const absent = (value: null | undefined, { nullable }: ColumnDefinition): Conversion =>
  value === null && nullable ? null : INVALID;

const DECIMAL = /^-?\d+(\.\d+)?$/;
const DIGITS = /^-?\d+$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function convert(value: WireValue, type: ColumnType): Conversion {
  switch (type.kind) {
    case 'text':
      return typeof value === 'string' ? (type.trim ? value.trimEnd() : value) : INVALID;
    case 'bigint':
      return convertBigint(value);
    case 'integer':
      return Number.isSafeInteger(value) ? (value as number) : INVALID;
    case 'decimal':
      return convertDecimal(value, type.scale);
    case 'code':
      return convertCode(value, type.codes);
    case 'timestamp':
      return Number.isInteger(value) ? (localTimestamp(value as number, type.unit, type.zone) ?? INVALID) : INVALID;
    case 'instant':
      return typeof value === 'string' ? (instant(value) ?? INVALID) : INVALID;
    case 'date':
      return Number.isSafeInteger(value) ? (localDate(value as number) ?? INVALID) : INVALID;
    case 'boolean':
      return typeof value === 'boolean' ? value : value === 1 ? true : value === 0 ? false : INVALID;
    case 'uuid':
      return typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : INVALID;
    case 'json':
      return convertJson(value);
  }
}

function convertBigint(value: WireValue): Conversion {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return INVALID;
    return Number.isSafeInteger(value) ? String(value) : INEXACT;
  }
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' && DIGITS.test(value) ? value : INVALID;
}

/** Texts only (`decimal.handling.mode=string`): a JSON number has lost digits, and schemaless bytes have lost their scale. */
function convertDecimal(value: WireValue, scale: number): Conversion {
  if (typeof value !== 'string' || !DECIMAL.test(value)) return INVALID;
  const point = value.indexOf('.');
  const digits = point === -1 ? 0 : value.length - point - 1;
  if (digits === scale) return value;
  if (digits > scale)
    return /^0*$/.test(value.slice(value.length - (digits - scale))) ? cut(value, digits - scale) : INVALID;
  return `${value}${point === -1 ? '.' : ''}${'0'.repeat(scale - digits)}`;
}

const cut = (text: string, zeros: number): string => text.slice(0, -zeros).replace(/\.$/, '');

function convertCode(value: WireValue, codes: Readonly<Record<string, string | boolean>>): Conversion {
  if (typeof value !== 'string' && typeof value !== 'number') return INVALID;
  const text = String(value);
  const known = [text, text.trimEnd()].find((form) => Object.hasOwn(codes, form));
  return (known === undefined ? undefined : codes[known]) ?? UNKNOWN_CODE;
}

function convertJson(value: WireValue): Conversion {
  if (typeof value !== 'string') return INVALID;
  try {
    return JSON.parse(value) as ColumnValue;
  } catch {
    return INVALID;
  }
}

function refuse(
  kind: typeof INVALID | typeof UNKNOWN_CODE,
  table: TableDefinition,
  name: string,
  value: WireValue,
  { type, nullable, sensitivity }: ColumnDefinition,
): Refusal {
  const place = `${table.name}.${name}`;
  const shown = sensitivity === 'public' ? ` ${JSON.stringify(value)}`.slice(0, 60) : '';
  const code: RefusalCode = kind === UNKNOWN_CODE ? 'CODE_UNKNOWN' : 'ROW_INVALID';
  if (code === 'CODE_UNKNOWN') {
    return {
      code,
      text: `${place} has the code${shown}, which its table definition does not know; declare what it means.`,
    };
  }
  if (value === undefined)
    return { code, text: `${place} is declared, but the row does not carry it (renamed or dropped?).` };
  if (value === null && !nullable)
    return { code, text: `${place} is null, but its table definition does not say nullable().` };
  return { code, text: `${place} is not a ${type.kind}:${shown || ' (value not shown)'}.` };
}
