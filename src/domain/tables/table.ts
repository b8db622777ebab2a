/**
 * What a legacy table means, as plain values: made by the rules' `table(...)`, read by `decode/` (conversion of columns),
 * `changeset/` (keys) and `translate/` (state). A column that is not declared here does not exist (guarantee G7).
 */
import type { ColumnType } from './column-type.js';

export type { ColumnType } from './column-type.js';

/** A converted column. 64-bit integers, decimals, dates and instants are texts, so no digit is ever lost. */
export type ColumnValue =
  string | number | boolean | null | readonly ColumnValue[] | { readonly [k: string]: ColumnValue };

/** Declared columns by name. A column that is absent is *unknown*: the source did not send it (unchanged TOAST value). */
export type Row = Readonly<Record<string, ColumnValue>>;

/**
 * `public`, or the class of its values: `personal`, `secret` or a name of the rules' own. What is not public stays out of logs, dead letters, drift
 * reports, recordings and answers. That is all that a class does: no other place tells one class from another, but that nobody is shown what is secret.
 */
export type Sensitivity = string;

/** Of a class of data: it stands in documents and file names of others. */
const CLASS = /^[a-z][a-z0-9-]{0,39}$/;
/** They mean something else where classes are named. */
const NO_CLASSES: readonly unknown[] = ['public', 'classed', 'undeclared', 'none'];

export const isClassName = (name: unknown): name is string =>
  typeof name === 'string' && CLASS.test(name) && !NO_CLASSES.includes(name);

export interface ColumnDefinition {
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** Rows may lack the column (it came later, or goes); its value is null then. */
  readonly optional?: boolean;
  readonly sensitivity: Sensitivity;
}

export interface TableDefinition {
  /** As Debezium writes it in END: `schema.table` (PostgreSQL, Db2), `db.table` (MySQL, MariaDB), else `db.schema.table`. */
  readonly name: string;
  /** Columns by whose values a row is known, in key order; all are declared and not nullable. The primary key, if there is one. */
  readonly key: readonly string[];
  /** There is none: that `key` tells rows apart is the author's word, and records need not have it as their key. */
  readonly isKeyless?: true;
  readonly columns: Readonly<Record<string, ColumnDefinition>>;
  /**
   * PostgreSQL's replica identity, where it was looked up: `default` (a delete carries the whole primary key) or `full` (every column).
   * Absent: a delete whose key may be invented is refused.
   */
  readonly replicaIdentity?: 'default' | 'full';
  /** What a TRUNCATE means: the source stops (absent too), or the rows stay as they are known. */
  readonly truncate?: 'stop' | 'ignore';
}

/** One text for a (composite) key: parts joined by `/`, with `/` and `%` inside a part escaped. Injective. */
export function keyText(parts: readonly string[]): string {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return escapePart(only);
  return parts.map(escapePart).join('/');
}

/** The parts of {@link keyText}'s result. */
export const keyParts = (text: string): string[] => text.split('/').map(decodeURIComponent);

/** A part of {@link keyText}'s result. */
export const escapePart = (part: string): string =>
  part.includes('/') || part.includes('%') ? part.replaceAll('%', '%25').replaceAll('/', '%2F') : part;

/** Order of keys: numbers by value, other texts by code unit. Same order on every machine. */
export function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  if (left.includes('%') || right.includes('%')) return compareParts(keyParts(left), keyParts(right));
  const place = firstDifference(left, right);
  const start = place === 0 ? 0 : left.lastIndexOf('/', place - 1) + 1;
  return comparePart(partAt(left, start), partAt(right, start)) || left.length - right.length;
}

function firstDifference(left: string, right: string): number {
  let place = 0;
  while (place < left.length && left.charCodeAt(place) === right.charCodeAt(place)) place += 1;
  return place;
}

function partAt(key: string, start: number): string {
  const end = key.indexOf('/', start);
  return key.slice(start, end === -1 ? undefined : end);
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = comparePart(a[i] ?? '', b[i] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const NATURAL = /^(0|[1-9]\d*)$/;

function comparePart(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length !== b.length && NATURAL.test(a) && NATURAL.test(b)) return a.length - b.length;
  return a < b ? -1 : 1;
}
