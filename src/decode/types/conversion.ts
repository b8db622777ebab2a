/** What the conversion of one wire value can come to. The symbols never leave `decode/`. */
import type { ColumnValue } from '../../domain/tables/table.js';

/** JSON value as parsed; integers beyond 2^53 come as bigint after the exact parse. */
export type WireValue = unknown;

/** The value does not have the declared form. */
export const INVALID = Symbol('invalid');
/** A code that the table definition does not list. */
export const UNKNOWN_CODE = Symbol('unknown code');
/** A number may have lost digits in `JSON.parse`: the record must be parsed exactly. */
export const INEXACT = Symbol('inexact');

export type Failure = typeof INVALID | typeof UNKNOWN_CODE | typeof INEXACT;
export type Conversion = ColumnValue | Failure;

/** Wire value, neither null nor absent -> value. Made once for each declared column, called for each row. */
export type Convert = (value: WireValue) => Conversion;

/** Integer of any size -> itself as number or bigint; null when it is none. @returns INEXACT when its digits may be lost. */
export function wholeNumber(value: WireValue): number | bigint | typeof INEXACT | null {
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'number' || !Number.isInteger(value)) return null;
  return Number.isSafeInteger(value) ? value : INEXACT;
}
