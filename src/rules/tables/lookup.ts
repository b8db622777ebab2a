/**
 * Reference tables (warehouses, currencies, items) that rules of any aggregate may ask. They belong to no aggregate: each row is kept by
 * itself, loaded when a rule asks for it, and a change of one by itself fires nothing.
 */
import type { TableDefinition } from '../../domain/tables/table.js';
import type { KeyValue } from './key-of.js';
import type { Table } from './table.js';

declare const ROW: unique symbol;

/** A declared lookup table; `R` is the type of its rows. */
export interface Lookup<R> {
  readonly [ROW]?: R;
  readonly table: TableDefinition;
}

export type Lookups = Readonly<Record<string, Lookup<unknown>>>;

/** A lookup table as rules see it. */
export interface LookupView<R> {
  /** The row with this primary key, as of the commit that is decided; undefined when there is none, or a part of the key is null. */
  get(...key: readonly (KeyValue | null | undefined)[]): R | undefined;
}

/** The lookup tables of an aggregate as its rules see them. */
export type LookupsOf<L extends Lookups> = {
  readonly [Name in keyof L]: L[Name] extends Lookup<infer R> ? LookupView<R> : never;
};

/** Declares that rules of an aggregate ask this table: `lookups: { warehouses: lookup(whs) }`. */
export const lookup = <R>(table: Table<R>): Lookup<R> => ({ table });
