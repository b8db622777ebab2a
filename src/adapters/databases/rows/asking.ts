/** What the rows of all databases have in common: how one is asked, and how names and answers are put together. */
import type { AskedColumn, AskedTable, WalkedRow } from '../../../reconcile/source/ports.js';

export type Texts = (string | null)[];
export type Ask = (sql: string, values?: readonly unknown[]) => Promise<Texts[]>;

/** Rows that have one of these values in these columns. `isLoose`: blanks at the end of a text count for nothing. */
export interface Sought {
  readonly by: readonly AskedColumn[];
  readonly values: readonly (readonly string[])[];
  readonly isLoose: boolean;
}

/** @param name `schema.table`: schemas with a dot in their name cannot be declared. */
export function quotedName(name: string, quoted: (part: string) => string): string {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)].map(quoted).join('.');
}

/** @param rows the columns of the table, and behind them its key */
export const walked = (rows: readonly Texts[], { columns: { length } }: AskedTable): WalkedRow[] =>
  rows.map((texts) => ({ texts, place: texts.slice(length) as string[] }));
