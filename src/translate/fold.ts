/**
 * Applies the row changes of one change set to the rows of an aggregate: generic, no user code. Copy-on-write: tables and
 * rows that do not change are shared with the state before. A column that is absent in a change keeps its stored value, or
 * stays unknown. Pure; the same rows give the same object order.
 */
import type { RowChange } from '../domain/change-set.js';
import type { RowsByKey } from '../domain/state/aggregate-state.js';
import type { RowSeen } from '../domain/state/journal-entry.js';
import { unreadKey, unreadRow } from '../domain/state/unread-row.js';
import type { ColumnValue, Row } from '../domain/tables/table.js';
import { copyOf, own } from './own.js';

export type Rows = Readonly<Record<string, RowsByKey>>;

/** A row that a change set names, once for each key. */
export interface Touched {
  readonly key: string;
  /** It was there before the change set, though perhaps nothing of it was known (its first change is an update). */
  readonly existed: boolean;
  /** It was there, and nothing is known of what it was. */
  readonly isUnknown: boolean;
  readonly firstOp: RowChange['op'];
  lastOp: RowChange['op'];
}

export interface Folded {
  readonly rows: Rows;
  readonly seen: readonly RowSeen[];
  /** By table, in order of first appearance. */
  readonly touched: ReadonlyMap<string, readonly Touched[]>;
}

/** @param vanished rows that rules do not see; of an update or a delete of one it is known that it was there. */
export function fold(before: Rows, changes: readonly RowChange[], vanished: Rows = NO_TABLES): Folded {
  const tables = new Map<string, FoldedTable>();
  const seen: RowSeen[] = [];
  for (const change of changes) {
    let table = tables.get(change.table);
    if (!table)
      tables.set(change.table, (table = new FoldedTable(own(before, change.table), own(vanished, change.table))));
    seen.push({ table: change.table, key: change.key, op: change.op, changed: table.apply(change) });
  }
  const rows = copyOf(before);
  const touched = new Map<string, readonly Touched[]>();
  for (const [name, table] of tables) {
    touched.set(name, [...table.touched.values()]);
    if (table.isEmpty()) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a private copy, keyed by table
      delete rows[name];
    } else rows[name] = table.rows;
  }
  return { rows, seen, touched };
}

const NO_TABLES: Rows = {};
const NO_ROWS: RowsByKey = {};

/** The rows of one table while they are folded. */
class FoldedTable {
  readonly rows: Record<string, Row>;
  /** How many they are: the engine would list all of them to tell whether there are any. */
  #count: number;
  readonly touched = new Map<string, Touched>();
  /** Rows that went in this change set: a key change may take columns from them. */
  #gone: Map<string, Row> | null = null;
  readonly #vanished: RowsByKey;

  constructor(before: RowsByKey | undefined, vanished: RowsByKey = NO_ROWS) {
    this.rows = Object.create(null) as Record<string, Row>;
    const keys = before === undefined ? NONE : Object.keys(before);
    for (const key of keys) this.rows[key] = before?.[key] as Row;
    this.#count = keys.length;
    this.#vanished = vanished;
  }

  /** @returns the names of the columns that changed in a row that was there. */
  apply(change: RowChange): readonly string[] {
    const { key, op, row } = change;
    const stored = this.rows[key] ?? this.#returning(change);
    this.#touch(change, stored !== undefined);
    if (op === 'd' || op === 'moved') {
      this.#drop(unreadKey(key));
      this.#remove(key, stored);
      // The end of a doubt: no fact is about it.
      if (unreadRow(key) !== null) this.touched.delete(key);
      return [];
    }
    if (row === null) return [];
    const base = op === 'c' ? this.#former(change) : stored;
    const changed = changedColumns(stored, row);
    const isNew = this.rows[key] === undefined;
    if (isNew) this.#count += 1;
    if (op === 'c' || isNew || changed.length > 0) this.rows[key] = merged(base, row);
    return changed;
  }

  isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Only what is first told of a row tells whether it was there all the time. */
  #returning({ key, op }: RowChange): Row | undefined {
    if (op === 'c' || op === 'r' || this.touched.has(key)) return undefined;
    return own(this.#vanished, key);
  }

  #remove(key: string, stored: Row | undefined): void {
    if (stored === undefined) return;
    (this.#gone ??= new Map()).set(key, stored);
    this.#drop(key);
  }

  #drop(key: string): void {
    if (this.rows[key] === undefined) return;
    this.#count -= 1;
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a private copy, keyed by row
    delete this.rows[key];
  }

  #former({ from }: RowChange): Row | undefined {
    return from === undefined ? undefined : (this.rows[from] ?? this.#gone?.get(from));
  }

  #touch({ key, op, wasGone }: RowChange, stored: boolean): void {
    const known = this.touched.get(key);
    if (known) known.lastOp = op;
    else {
      const existed = stored || (op !== 'c' && op !== 'r' && wasGone !== true);
      this.touched.set(key, { key, existed, isUnknown: existed && !stored, firstOp: op, lastOp: op });
    }
  }
}

/** Most rows come whole; then the stored one has nothing to add. */
function merged(base: Row | undefined, row: Row): Row {
  for (const column in base) {
    if (!Object.hasOwn(row, column)) return { ...base, ...row };
  }
  return row;
}

const NONE: readonly string[] = [];

/** None for a row that was not there: all of it is new. */
function changedColumns(stored: Row | undefined, row: Row): readonly string[] {
  if (stored === undefined) return NONE;
  const changed: string[] = [];
  for (const column in row) {
    if (!Object.hasOwn(stored, column) || !equal(stored[column], row[column])) changed.push(column);
  }
  return changed;
}

/** Every column of `row` is stored with the same value. */
export const isSameRow = (stored: Row, row: Row): boolean => changedColumns(stored, row).length === 0;

function equal(left: ColumnValue | undefined, right: ColumnValue | undefined): boolean {
  if (left === right) return true;
  const nested = typeof left === 'object' && left !== null && typeof right === 'object' && right !== null;
  return nested && JSON.stringify(left) === JSON.stringify(right);
}
