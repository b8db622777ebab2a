/**
 * Applies the row changes of one change set to the rows of an aggregate: generic, no user code. Copy-on-write: tables and
 * rows that do not change are shared with the state before. A column that is absent in a change keeps its stored value, or
 * stays unknown. Pure; the same rows give the same object order.
 */
import type { RowsByKey } from '../domain/aggregate-state.js';
import type { RowChange } from '../domain/change-set.js';
import type { RowSeen } from '../domain/journal-entry.js';
import type { ColumnValue, Row } from '../domain/table.js';
import { own, put } from './own.js';

export type Rows = Readonly<Record<string, RowsByKey>>;

/** A row that a change set names, once for each key. */
export interface Touched {
  readonly table: string;
  readonly key: string;
  /** It was there before the change set, though perhaps nothing of it was known (its first change is an update). */
  readonly existed: boolean;
  lastOp: RowChange['op'];
}

export interface Folded {
  readonly rows: Rows;
  readonly seen: readonly RowSeen[];
  /** In order of first appearance. */
  readonly touched: readonly Touched[];
}

export function fold(before: Rows, changes: readonly RowChange[]): Folded {
  const folding = new Folding(before);
  const seen = changes.map((change) => ({
    table: change.table,
    key: change.key,
    op: change.op,
    changed: folding.apply(change),
  }));
  return { rows: folding.rows(), seen, touched: [...folding.touched.values()] };
}

/** Accumulates one `fold`; never leaves it. */
class Folding {
  readonly touched = new Map<string, Touched>();
  readonly #tables = new Map<string, Record<string, Row>>();
  /** Rows that went in this change set, by table and key: a key change may take columns from them. */
  readonly #gone = new Map<string, Row>();

  constructor(private readonly before: Rows) {}

  /** @returns the names of the columns that changed. */
  apply(change: RowChange): readonly string[] {
    const { table, key, op, row } = change;
    const rows = this.#table(table);
    const stored = own(rows, key);
    this.#touch(change, stored !== undefined);
    if (op === 'd' || op === 'moved') {
      if (stored === undefined) return [];
      this.#gone.set(`${table}:${key}`, stored);
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a private copy, keyed by row
      delete rows[key];
      return [];
    }
    if (row === null) return [];
    const base = op === 'c' ? this.#former(change, rows) : stored;
    const changed = changedColumns(stored, row);
    if (stored === undefined || op === 'c') put(rows, key, base === undefined ? row : { ...base, ...row });
    else if (changed.length > 0) put(rows, key, { ...stored, ...row });
    return changed;
  }

  rows(): Rows {
    const rows: Record<string, RowsByKey> = { ...this.before };
    for (const [table, folded] of this.#tables) {
      if (Object.keys(folded).length > 0) rows[table] = folded;
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a private copy, keyed by table
      else delete rows[table];
    }
    return rows;
  }

  #table(table: string): Record<string, Row> {
    const known = this.#tables.get(table);
    if (known) return known;
    const copy = { ...own(this.before, table) };
    this.#tables.set(table, copy);
    return copy;
  }

  #former({ table, from }: RowChange, rows: RowsByKey): Row | undefined {
    return from === undefined ? undefined : (own(rows, from) ?? this.#gone.get(`${table}:${from}`));
  }

  #touch({ table, key, op }: RowChange, stored: boolean): void {
    const name = `${table}:${key}`;
    const known = this.touched.get(name);
    if (known) known.lastOp = op;
    else this.touched.set(name, { table, key, existed: stored || (op !== 'c' && op !== 'r'), lastOp: op });
  }
}

function changedColumns(stored: Row | undefined, row: Row): string[] {
  const changed: string[] = [];
  for (const column of Object.keys(row)) {
    if (stored === undefined || !Object.hasOwn(stored, column) || !equal(stored[column], row[column])) {
      changed.push(column);
    }
  }
  return changed;
}

function equal(left: ColumnValue | undefined, right: ColumnValue | undefined): boolean {
  if (left === right) return true;
  const nested = typeof left === 'object' && left !== null && typeof right === 'object' && right !== null;
  return nested && JSON.stringify(left) === JSON.stringify(right);
}
