/**
 * Learns what the rows of each table are like, and tells when they are no longer so (docs/sentinel.md, decision 0030). What is learnt are cells, column by
 * column, written when a window of rows is full; the window that is being filled is in memory only. Nothing that is decided depends on it.
 *
 *   ~figures   by table, operation and column: its figures
 */
import type { RowChange } from '../../domain/change-set.js';
import type { ColumnDefinition, ColumnValue, Row, TableDefinition } from '../../domain/tables/table.js';
import type { Cell } from '../ports.js';
import { type Departure, departures } from './departures.js';
import { Counting, type Figures, type First, halved, isNewTo, together } from './figures.js';

export const FIGURES = '~figures';

/** Rows of one operation on one table that are looked at together. */
export const WINDOW_ROWS = 1_000;
/** So many rows make known what a column is like. */
const KNOWN_ROWS = 10_000;
/** Above it, what was long ago counts less. */
const LEARNT_ROWS_MAX = 200_000;

const OPERATIONS = { c: 'inserted', u: 'updated' } as const;
type Operation = keyof typeof OPERATIONS;

export type Tables = ReadonlyMap<string, Pick<TableDefinition, 'key' | 'columns'>>;

/** Anybody may know them. */
const hasValues = ({ sensitivity, type }: ColumnDefinition): boolean =>
  sensitivity === 'public' && type.kind !== 'json';

interface Watched {
  readonly name: string;
  readonly counting: Counting;
  /** Null: nothing yet. */
  readonly learnt: Figures | null;
}

interface Window {
  rows: number;
  columns: readonly Watched[];
}

export class Sentinel {
  readonly #tables: Tables;
  readonly #learnt = new Map<string, Figures>();
  readonly #windows = new Map<string, Window>();
  #fresh: Cell[] = [];
  #told: Departure[] = [];

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Forgets everything but what is stored. */
  reset(stored: Iterable<readonly [field: string, text: string]>): void {
    this.#windows.clear();
    this.#learnt.clear();
    this.#fresh = [];
    this.#told = [];
    for (const [field, text] of stored) this.#restore(field, JSON.parse(text) as Figures);
  }

  /** Which values a column had is forgotten when rules no longer say that anybody may know them. */
  #restore(field: string, figures: Figures): void {
    const [table = '', , column = ''] = field.split('\t');
    const definition = this.#columnOf(table, column);
    const isHidden = figures.values !== null && (definition === null || !hasValues(definition));
    const learnt = isHidden ? { ...figures, values: null } : figures;
    this.#learnt.set(field, learnt);
    if (isHidden) this.#fresh.push({ hash: FIGURES, field, value: JSON.stringify(learnt) });
  }

  #columnOf(table: string, column: string): ColumnDefinition | null {
    const columns = this.#tables.get(table)?.columns ?? {};
    return Object.hasOwn(columns, column) ? (columns[column] ?? null) : null;
  }

  /** What a transaction wrote. Rows of snapshots are as old as they may be, and tell nothing of now. */
  see(changes: readonly RowChange[]): void {
    for (const { table, op, row } of changes)
      if (row !== null && (op === 'c' || op === 'u')) this.#seeRow(table, op, row);
  }

  #seeRow(table: string, op: Operation, row: Row): void {
    const window = this.#windowOf(table, op);
    if (window === null) return;
    for (const watched of window.columns) {
      const value = row[watched.name];
      if (value === undefined) continue;
      const first = watched.counting.add(value);
      if (first.isInUse || first.isOther) this.#tellAtOnce(table, op, watched, value, first);
    }
    window.rows += 1;
    if (window.rows >= WINDOW_ROWS) this.#close(table, op, window);
  }

  #tellAtOnce(table: string, op: Operation, { name, learnt }: Watched, value: ColumnValue, first: First): void {
    if (learnt === null || learnt.rows < KNOWN_ROWS) return;
    const rows = `in ${learnt.rows} ${OPERATIONS[op]} rows`;
    const told = (what: Departure['what'], words: string): void =>
      void this.#told.push({ table, column: name, what, text: `${table}.${name} ${words}` });
    if (learnt.nulls === learnt.rows && first.isInUse) told('in-use', `is in use: ${rows} it was null`);
    else if (first.isOther && isNewTo(learnt, value)) told('new-value', `has a value that it never had ${rows}`);
  }

  #windowOf(table: string, op: Operation): Window | null {
    const name = `${table}\t${op}`;
    const known = this.#windows.get(name);
    if (known !== undefined) return known;
    const definition = this.#tables.get(table);
    if (definition === undefined) return null;
    const others = Object.entries(definition.columns).filter(([column]) => !definition.key.includes(column));
    const columns = others.map(([column, declared]): Watched => {
      const learnt = this.#learnt.get(`${name}\t${column}`) ?? null;
      return { name: column, counting: new Counting(hasValues(declared)), learnt };
    });
    const window = { rows: 0, columns };
    this.#windows.set(name, window);
    return window;
  }

  #close(table: string, op: Operation, { columns }: Window): void {
    const name = `${table}\t${op}`;
    this.#windows.delete(name);
    const compared = columns.flatMap(({ name: column, learnt, counting }) => {
      const window = counting.figures();
      return learnt !== null && learnt.rows >= KNOWN_ROWS && window.rows > 0 ? [{ column, learnt, window }] : [];
    });
    const told = departures(table, OPERATIONS[op], compared);
    this.#told.push(...told);
    for (const { name: column, learnt, counting } of columns) {
      const window = counting.figures();
      // What has departed is what is learnt from now on: it is told once.
      const isOther = learnt === null || told.some((departure) => departure.column === column);
      const all = isOther ? window : together(learnt, window);
      const figures = all.rows > LEARNT_ROWS_MAX ? halved(all) : all;
      if (figures.rows === 0) continue;
      this.#learnt.set(`${name}\t${column}`, figures);
      this.#fresh.push({ hash: FIGURES, field: `${name}\t${column}`, value: JSON.stringify(figures) });
    }
  }

  /** To be stored with what was decided, since the last call. */
  takeFresh(): readonly Cell[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** To be told when that is committed. */
  takeTold(): readonly Departure[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }
}
