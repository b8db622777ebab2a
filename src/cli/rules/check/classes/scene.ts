/**
 * What rules were given of one aggregate, kept so that they can be asked about it again, with other values in its rows. Members come from the view,
 * which never changes; rows of lookup tables are those that were asked for while it was looked at.
 */
import type { Row, TableDefinition } from '../../../../domain/tables/table.js';
import type { AggregateDefinition } from '../../../../rules/aggregate.js';
import type { AggregateView } from '../../../../rules/fact.js';
import type { LookupView } from '../../../../rules/tables/lookup.js';

/** A row as it is shown in the place of one that there is. */
export type Change = (row: Row, table: TableDefinition) => Row;

type Key = readonly (string | number | null | undefined)[];

/** Rows of lookup tables that any rule was given; another value of a column may be the key of one of them. */
export class Looked {
  readonly #rows = new Map<string, Row | undefined>();

  /** Different keys that are remembered. */
  static readonly KEYS_MAX = 10_000;

  get = (table: string, key: Key): Row | undefined => this.#rows.get(nameOf(table, key));
  has = (table: string, key: Key): boolean => this.#rows.has(nameOf(table, key));

  note(table: string, key: Key, row: Row | undefined): void {
    if (this.#rows.size < Looked.KEYS_MAX || this.has(table, key)) this.#rows.set(nameOf(table, key), row);
  }
}

const nameOf = (table: string, key: Key): string => JSON.stringify([table, ...key.map(String)]);

export class Scene {
  readonly #view: AggregateView;
  readonly #aggregate: AggregateDefinition;
  readonly #elsewhere: Looked;
  readonly #looked = new Looked();
  #isOver = false;

  constructor(view: AggregateView, aggregate: AggregateDefinition, elsewhere: Looked) {
    this.#view = view;
    this.#aggregate = aggregate;
    this.#elsewhere = elsewhere;
  }

  /** The decision is over: no lookup table is asked any more. */
  end(): void {
    this.#isOver = true;
  }

  readonly through = (change: Change): AggregateView => {
    const shown = {};
    const { members, lookups } = this.#aggregate;
    for (const [name, { table }] of Object.entries(members)) {
      let made: AggregateView[string];
      let isMade = false;
      const get = (): AggregateView[string] => {
        if (!isMade) made = changed(this.#view[name] as Row | undefined | readonly Row[], table, change);
        isMade = true;
        return made;
      };
      Object.defineProperty(shown, name, { enumerable: true, get });
    }
    for (const [name, { table }] of Object.entries(lookups)) {
      const get = (...key: Key): Row | undefined => {
        const row = this.#look(name, table, key);
        return row && change(row, table);
      };
      Object.defineProperty(shown, name, { enumerable: true, value: Object.freeze({ get }) });
    }
    return Object.freeze(shown);
  };

  #look(name: string, { name: table }: TableDefinition, key: Key): Row | undefined {
    if (this.#looked.has(table, key)) return this.#looked.get(table, key);
    if (this.#isOver) return this.#elsewhere.get(table, key);
    const row = (this.#view[name] as LookupView<Row>).get(...key);
    this.#looked.note(table, key, row);
    this.#elsewhere.note(table, key, row);
    return row;
  }
}

function changed(
  value: Row | undefined | readonly Row[],
  table: TableDefinition,
  change: Change,
): Row | undefined | readonly Row[] {
  if (value === undefined) return undefined;
  return isList(value) ? Object.freeze(value.map((row) => change(row, table))) : change(value, table);
}

const isList = (value: Row | readonly Row[]): value is readonly Row[] => Array.isArray(value);

/** The same row with a column read through `get`; what is not known of it stays unknown. */
export function rowWith(row: Row, column: string, get: (value: unknown) => unknown): Row {
  const all = Object.getOwnPropertyDescriptors(row) as Record<string, PropertyDescriptor>;
  const known = all[column];
  if (known === undefined || known.get !== undefined) return row;
  const one: PropertyDescriptor = { enumerable: true, get: () => get(known.value) };
  return Object.freeze(Object.defineProperties({}, { ...all, [column]: one }));
}
