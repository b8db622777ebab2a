/**
 * An aggregate as its rules see it: frozen, rows in key order, a column that never came unreadable rather than undefined.
 * Members are made when a rule first reads them; most rules read few. Pure.
 */
import type { RowsByKey } from '../domain/state/aggregate-state.js';
import { unreadRow } from '../domain/state/unread-row.js';
import { compareKeys, type ColumnValue, type Row, type TableDefinition } from '../domain/tables/table.js';
import type { CompiledAggregate } from '../rules/compile.js';
import { NotKnown, TableNotKnown, type AggregateView, type LookupViews } from '../rules/fact.js';
import type { Rows } from './fold.js';
import { own } from './own.js';

const NO_ROWS: readonly Row[] = Object.freeze([]);

/** An aggregate, and the tables of which not everything is known. */
export interface Seen {
  readonly aggregate: CompiledAggregate;
  readonly unknown: readonly string[];
}

/** @param lookups its lookup tables, by the name that rules use. */
export function viewOf(rows: Rows, { aggregate, unknown }: Seen, lookups: LookupViews): AggregateView {
  const View = viewClassOf(aggregate);
  return new View(rows, lookups, unknown);
}

type ViewClass = new (rows: Rows, lookups: LookupViews, unknown: readonly string[]) => AggregateView;

/** One class for each aggregate, with a getter for each member: making a view then costs next to nothing. */
const classes = new WeakMap<CompiledAggregate, ViewClass>();

function viewClassOf(aggregate: CompiledAggregate): ViewClass {
  const known = classes.get(aggregate);
  if (known) return known;
  class View {
    readonly #rows: Rows;
    readonly #lookups: LookupViews;
    readonly #unknown: readonly string[];
    readonly #shown: (Row | undefined | readonly Row[] | null)[] = aggregate.members.map(() => null);

    constructor(rows: Rows, lookups: LookupViews, unknown: readonly string[]) {
      this.#rows = rows;
      this.#lookups = lookups;
      this.#unknown = unknown;
      Object.freeze(this);
    }

    static show(view: View, place: number): Row | undefined | readonly Row[] {
      const shown = view.#shown[place];
      if (shown !== null) return shown;
      const table = aggregate.members[place]?.table;
      if (table !== undefined && view.#unknown.includes(table)) throw new TableNotKnown(table);
      return (view.#shown[place] = memberOf(view.#rows, aggregate, place));
    }

    static lookup(view: View, name: string): LookupViews[string] | undefined {
      return view.#lookups[name];
    }
  }
  aggregate.members.forEach(({ member }, place) => {
    Object.defineProperty(View.prototype, member, {
      enumerable: true,
      get(this: View) {
        return View.show(this, place);
      },
    });
  });
  for (const { name } of aggregate.lookups) {
    Object.defineProperty(View.prototype, name, {
      enumerable: true,
      get(this: View) {
        return View.lookup(this, name);
      },
    });
  }
  const made = View as unknown as ViewClass;
  classes.set(aggregate, made);
  return made;
}

function memberOf(rows: Rows, aggregate: CompiledAggregate, place: number): Row | undefined | readonly Row[] {
  const feed = aggregate.members[place];
  const table = feed && aggregate.tables.get(feed.table);
  if (!table) return undefined;
  const inOrder = rowsInOrder(own(rows, table.name), table);
  return feed.cardinality === 'one' ? inOrder[0] : inOrder;
}

function rowsInOrder(rows: RowsByKey | undefined, table: TableDefinition): readonly Row[] {
  if (!rows) return NO_ROWS;
  const inOrder: Row[] = [];
  for (const key of sortedKeys(Object.keys(rows))) {
    const row = own(rows, key);
    const unread = unreadRow(key);
    if (unread === null) {
      if (row) inOrder.push(rowView(row, table));
    } else if (own(rows, unread) === undefined) {
      throw new NotKnown(
        `whether ${table.name} has the row ${unread} is not known: no record that was read told of it`,
      );
    }
  }
  return Object.freeze(inOrder);
}

/** One row, frozen, as rules see it. */
export function rowView(row: Row, table: TableDefinition): Row {
  for (const column in table.columns) {
    if (!Object.hasOwn(row, column)) return partialView(row, table);
    const value = row[column];
    if (typeof value === 'object' && value !== null) freezeNested(value);
  }
  return Object.freeze(row);
}

/** A row of which not every declared column is known: reading one of those throws. */
function partialView(row: Row, table: TableDefinition): Row {
  const shown = { ...row };
  for (const column in table.columns) {
    if (Object.hasOwn(row, column)) continue;
    const get = (): never => {
      throw new NotKnown(`column ${column} of ${table.name} is not known: the source has not sent it yet`);
    };
    Object.defineProperty(shown, column, { enumerable: true, get });
  }
  Object.values(row).forEach(freezeNested);
  return Object.freeze(shown);
}

/** Most often they are in order already. */
function sortedKeys(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i += 1) {
    if (compareKeys(keys[i - 1] ?? '', keys[i] ?? '') > 0) return keys.sort(compareKeys);
  }
  return keys;
}

/** Only `json` columns have something to freeze. */
function freezeNested(value: ColumnValue): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  for (const nested of Object.values<ColumnValue>(value)) freezeNested(nested);
  Object.freeze(value);
}
