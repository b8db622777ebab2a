/**
 * Interventions: changes that somebody made in the legacy tables past the business, such as a data fix. How they are told from what the business
 * did is declared here; what comes of them is learnt, and published to nobody (docs/data-fixes.md).
 */
import type { DeclaredAnnotation } from '../../domain/source/annotation.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import type { Table } from '../tables/table.js';

/** What a column is compared with: its value as rules see it. */
export type Scalar = string | number | boolean;

type ValuesOf<R> = {
  readonly [K in keyof R]?: Extract<R[K], Scalar> | readonly Extract<R[K], Scalar>[];
};

/** Rows of a table that have one of these values in each of these columns. */
export interface Having {
  readonly table: TableDefinition;
  readonly values: Readonly<Record<string, Scalar | readonly Scalar[]>>;
}

/** Rows that tell who wrote them: `having(ordHdr, { chg_usr: ['DBA', 'MIGRATION'] })`. */
export const having = <R>(table: Table<R>, values: ValuesOf<R>): Having => ({
  table,
  values: values as Having['values'],
});

export interface InterventionOptions {
  /**
   * The transaction carries an annotation with this prefix (PostgreSQL: `pg_logical_emit_message(true, prefix, content)`); with `content`, one that
   * says so: a text, one of several, or a JSON object with these fields.
   */
  readonly annotated?: DeclaredAnnotation;
  /** All that the transaction wrote into these tables for the aggregate are such rows, and there is one at least. */
  readonly rows?: Having | readonly Having[];
  /** It was committed from this instant on, and before that one; ISO-8601 with zone: `2026-03-01T20:00:00Z`. */
  readonly within?: { readonly from: string; readonly until: string };
}

export interface InterventionDefinition {
  readonly name: string;
  readonly annotated: DeclaredAnnotation | null;
  readonly rows: readonly Having[];
  readonly within: { readonly from: string; readonly until: string } | null;
}

/**
 * Declares an intervention, by what all of its transactions have: where several things are said, all of them hold.
 * @param name in words; journal, metric and `why` have it.
 */
export const intervention = (
  name: string,
  { annotated, rows, within }: InterventionOptions,
): InterventionDefinition => ({
  name,
  annotated: annotated ?? null,
  rows: rows === undefined ? [] : isList(rows) ? [...rows] : [rows],
  within: within ?? null,
});

const isList = (rows: Having | readonly Having[]): rows is readonly Having[] => Array.isArray(rows);
