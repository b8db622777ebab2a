/**
 * An aggregate as its rules see it: frozen, rows in key order, a column that never came unreadable rather than undefined.
 * Views are remembered by the rows that they show, because the view after one change set is the view before the next, and
 * most tables do not change; the memory holds nothing alive and changes no result.
 */
import type { RowsByKey } from '../domain/aggregate-state.js';
import { compareKeys, type ColumnValue, type Row, type TableDefinition } from '../domain/table.js';
import type { CompiledAggregate } from '../rules/compile.js';
import { NotKnown, type AggregateView } from '../rules/fact.js';
import type { Rows } from './fold.js';
import { own } from './own.js';

const NO_ROWS: readonly Row[] = Object.freeze([]);

interface Remembered {
  readonly views: WeakMap<Rows, AggregateView>;
  readonly tables: WeakMap<RowsByKey, readonly Row[]>;
}

const remembered = new WeakMap<CompiledAggregate, Remembered>();

export function viewOf(rows: Rows, aggregate: CompiledAggregate): AggregateView {
  const memory = memoryOf(aggregate);
  const known = memory.views.get(rows);
  if (known) return known;
  const view: Record<string, Row | undefined | readonly Row[]> = {};
  for (const { member, table, cardinality } of aggregate.members) {
    const inOrder = rowsInOrder(own(rows, table), aggregate.tables.get(table), memory);
    view[member] = cardinality === 'one' ? inOrder[0] : inOrder;
  }
  memory.views.set(rows, Object.freeze(view));
  return view;
}

/** One row, frozen, as rules see it. */
export function rowView(row: Row, table: TableDefinition): Row {
  let complete = true;
  for (const column in table.columns) {
    if (!Object.hasOwn(row, column)) complete = false;
    else freezeNested(row[column]);
  }
  if (complete) return Object.freeze(row);
  const shown = { ...row };
  for (const column in table.columns) {
    if (!Object.hasOwn(row, column))
      Object.defineProperty(shown, column, { enumerable: true, get: unknown(column, table) });
  }
  return Object.freeze(shown);
}

function rowsInOrder(rows: RowsByKey | undefined, table: TableDefinition | undefined, memory: Remembered) {
  if (!rows || !table) return NO_ROWS;
  const known = memory.tables.get(rows);
  if (known) return known;
  const inOrder = sortedKeys(Object.keys(rows)).flatMap((key) => {
    const row = own(rows, key);
    return row ? [rowView(row, table)] : [];
  });
  memory.tables.set(rows, Object.freeze(inOrder));
  return inOrder;
}

/** Most often they are in order already. */
function sortedKeys(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i += 1) {
    if (compareKeys(keys[i - 1] ?? '', keys[i] ?? '') > 0) return keys.sort(compareKeys);
  }
  return keys;
}

const unknown = (column: string, table: TableDefinition) => (): never => {
  throw new NotKnown(`column ${column} of ${table.name} is not known: the source has not sent it yet`);
};

/** Only `json` columns have something to freeze. */
function freezeNested(value: ColumnValue | undefined): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  for (const nested of Object.values<ColumnValue>(value)) freezeNested(nested);
  Object.freeze(value);
}

function memoryOf(aggregate: CompiledAggregate): Remembered {
  const known = remembered.get(aggregate);
  if (known) return known;
  const memory = { views: new WeakMap<Rows, AggregateView>(), tables: new WeakMap<RowsByKey, readonly Row[]>() };
  remembered.set(aggregate, memory);
  return memory;
}
