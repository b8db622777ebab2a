/** What is said of a column that does not fit its declaration, for people. Never the value of a personal or secret column. */
import type { Refusal } from '../../domain/refusal.js';
import type { ColumnType } from '../../domain/tables/column-type.js';
import type { ColumnDefinition } from '../../domain/tables/table.js';
import { type Failure, UNKNOWN_CODE, type WireValue } from '../types/conversion.js';

const SHOWN_LENGTH_MAX = 60;

/** @param failure of a value that is there. */
export function refuse(
  table: string,
  column: string,
  value: WireValue,
  { type, nullable, sensitivity }: ColumnDefinition,
  failure?: Failure,
): Refusal {
  const place = `${table}.${column}`;
  const shown = sensitivity === 'public' ? ` ${jsonOf(value)}`.slice(0, SHOWN_LENGTH_MAX) : '';
  if (failure === UNKNOWN_CODE) {
    const text = `${place} has the code${shown}, which its table definition does not know; declare what it means.`;
    return { code: 'CODE_UNKNOWN', text };
  }
  return { code: 'ROW_INVALID', text: `${place} ${complaint(value, nullable, type, shown)}` };
}

function complaint(value: WireValue, nullable: boolean, type: ColumnType, shown: string): string {
  if (value === undefined) {
    return 'is declared, but the row does not carry it (renamed or dropped?). Declare it optional() if rows may lack it.';
  }
  if (value !== null) return `is not ${formOf(type)}:${shown || ' (value not shown)'}.`;
  if (!nullable) return 'is null, but its table definition does not say nullable().';
  return 'is null in an update, which may also mean that a big value did not change; set REPLICA IDENTITY FULL on the table.';
}

/** `a timestamp (unit micros, zone UTC)`: what was declared, so that a wrong unit or encoding can be seen. */
function formOf({ kind, ...options }: ColumnType): string {
  const declared = Object.entries(options as Record<string, unknown>)
    .filter(([, option]) => typeof option !== 'object' && option !== false)
    .map(([name, option]) => (option === true ? name : `${name} ${String(option)}`));
  const article = /^[aeiou]/.test(kind) ? 'an' : 'a';
  return `${article} ${kind}${declared.length > 0 ? ` (${declared.join(', ')})` : ''}`;
}

/** Integers beyond 2^53 are bigint after the exact parse. */
const jsonOf = (value: WireValue): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
