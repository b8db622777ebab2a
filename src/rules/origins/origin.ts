/**
 * The origin of a change: who made it, in which use case, by which system. How the legacy side says so is declared here; publications are given it
 * (`fact.origin`), `why` shows it, and a contract may carry it in headers (docs/annotations.md).
 */
import type { SaidName, Says, SaysName } from '../../domain/source/said.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import type { Table } from '../tables/table.js';

/** What is known of the origin of a change; null: it was not said, or nobody can tell. Of what no transaction made nothing is. */
export interface Origin {
  /** Who. Often a person: publish it only to those who may know. */
  readonly user: string | null;
  /** What for: `release by hand`. */
  readonly useCase: string | null;
  /** By which program: `shop`, `nightly batch`. */
  readonly system: string | null;
}

/** Names of an origin that events may carry in their headers: who it was is for the event's fields, if for anybody. */
export type OriginHeader = Exclude<SaidName, 'user'>;

/** Exactly one of `prefix` and `table` is not null. */
export interface OriginDefinition {
  /** Of the annotation that says it. */
  readonly prefix: string | null;
  /** Of the rows that say it. */
  readonly table: TableDefinition | null;
  /** By name, the field or the column. */
  readonly says: Says;
}

type TextColumn<R> = { readonly [K in keyof R]: Extract<R[K], string> extends never ? never : K }[keyof R] & string;

export const origin = {
  /**
   * The transaction says it itself: `pg_logical_emit_message(true, 'dragoman', '{"user":"mia","useCase":"release"}')` is
   * `origin.annotated('dragoman', { user: 'user', useCase: 'useCase' })`, by name the field of the JSON object. PostgreSQL only.
   */
  annotated: (prefix: string, says: Says): OriginDefinition => ({ prefix, table: null, says }),
  /** Columns of the rows that it wrote say it: `origin.columns(ordHdr, { user: 'chg_usr', useCase: 'chg_prg' })`. */
  columns: <R>(table: Table<R>, says: { readonly [Name in SaysName]?: TextColumn<R> }): OriginDefinition => ({
    prefix: null,
    table,
    says,
  }),
};

export const NO_ORIGIN: Origin = Object.freeze({ user: null, useCase: null, system: null });

/** As rules see it. */
export const originShownTo = (said: Says | undefined): Origin =>
  said === undefined
    ? NO_ORIGIN
    : Object.freeze({ user: said.user ?? null, useCase: said.useCase ?? null, system: said.system ?? null });
