/**
 * What a condition read while it was asked: views of an aggregate that note each column of each row, each lookup, and how many rows there were.
 * The pipeline has none of it: rules are pure and the state is there, so they are asked again when somebody wants to know (decision 0038).
 */
import { compareKeys, keyText, type ColumnValue, type Row, type TableDefinition } from '../../domain/tables/table.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import type { AggregateView, LookupViews } from '../../rules/fact.js';
import type { LookupView } from '../../rules/tables/lookup.js';
import type { Rows } from '../../translate/fold.js';
import { rowView, type Seen, viewOf } from '../../translate/view.js';

/**
 * One thing that was read. A column of a row; or with no column: of a `key`, whether the row is there, and without one, how many rows there are.
 */
export interface Read {
  readonly table: string;
  readonly key: string | null;
  readonly column: string | null;
  /** Undefined: not known. */
  readonly value: ColumnValue | undefined;
  /** It was so before the transaction that is asked about. */
  readonly isBefore?: true;
}

/** When what is read was so, beside what it is. */
type When = Pick<Read, 'isBefore'>;
const whenOf = (isBefore: boolean): When => (isBefore ? { isBefore } : {});

/** Of one question, the last ones: what was read last decided it. */
export const READS_MAX = 1_000;

/** Under which a row has its key; symbols go along when a view is made of it. */
const KEY = Symbol('key');
type Keyed = Row & { readonly [KEY]?: string };

export class Reads {
  /** The last at the end. */
  readonly #reads = new Map<string, Read>();
  #dropped = 0;

  /** What was read since the last call, the last first. */
  take(): { readonly reads: readonly Read[]; readonly dropped: number } {
    const taken = { reads: [...this.#reads.values()].reverse(), dropped: this.#dropped };
    this.#reads.clear();
    this.#dropped = 0;
    return taken;
  }

  /**
   * @param lookups as {@link lookups} gives them.
   * @param isBefore as it was before the transaction that is asked about.
   */
  view(rows: Rows, seen: Seen, lookups: LookupViews, isBefore = false): AggregateView {
    const { aggregate } = seen;
    const when = whenOf(isBefore);
    const plain = viewOf(keyed(rows), seen, lookups);
    const shown = {};
    for (const { member, table } of aggregate.members) {
      let made: Row | undefined | readonly Row[];
      let isMade = false;
      const get = (): Row | undefined | readonly Row[] => {
        const value = this.#member(plain, member, table, when);
        if (!isMade) made = this.#shown(value, aggregate.tables.get(table), when);
        isMade = true;
        return made;
      };
      Object.defineProperty(shown, member, { enumerable: true, get });
    }
    for (const { name } of aggregate.lookups)
      Object.defineProperty(shown, name, { enumerable: true, value: plain[name] });
    return Object.freeze(shown);
  }

  /** A row by itself, as conditions of row facts get it. */
  row(row: Row, table: TableDefinition, key: string, isBefore = false): Row {
    return this.#row(rowView({ ...row }, table), { table, key, when: whenOf(isBefore) });
  }

  lookups(views: LookupViews, { lookups }: Pick<CompiledAggregate, 'lookups'>): LookupViews {
    const shown = lookups.map(({ name, table }) => {
      const view = views[name];
      const get: LookupView<Row>['get'] = (...key) => {
        const text = keyText(key.map(String));
        const at = { table: table.name, key: text, column: null };
        try {
          const row = view?.get(...key);
          if (row !== undefined) return this.#row(row, { table, key: text, when: {} });
        } catch (error) {
          this.#note({ ...at, value: undefined });
          throw error;
        }
        this.#note({ ...at, value: null });
        return undefined;
      };
      return [name, Object.freeze({ get })] as const;
    });
    return Object.freeze(Object.fromEntries(shown));
  }

  #member(view: AggregateView, member: string, table: string, when: When): Row | undefined | readonly Row[] {
    const note = (value: number | undefined): void => this.#note({ table, key: null, column: null, value, ...when });
    try {
      const value = view[member] as Row | undefined | readonly Row[];
      note(value === undefined ? 0 : isList(value) ? value.length : 1);
      return value;
    } catch (error) {
      note(undefined);
      throw error;
    }
  }

  #shown(value: Row | undefined | readonly Row[], table: TableDefinition | undefined, when: When): typeof value {
    if (value === undefined || table === undefined) return value;
    const one = (row: Row): Row => this.#row(row, { table, key: (row as Keyed)[KEY] ?? '', when });
    return isList(value) ? Object.freeze(value.map(one)) : one(value);
  }

  #row(row: Row, { table, key, when }: RowPlace): Row {
    const shown = {};
    for (const column of Object.keys(row)) {
      const get = (): ColumnValue => {
        const at = { table: table.name, key, column, ...when };
        try {
          const value = row[column] as ColumnValue;
          this.#note({ ...at, value });
          return value;
        } catch (error) {
          this.#note({ ...at, value: undefined });
          throw error;
        }
      };
      Object.defineProperty(shown, column, { enumerable: true, get });
    }
    return Object.freeze(shown);
  }

  #note(read: Read): void {
    const name = JSON.stringify([read.table, read.key, read.column, read.isBefore]);
    this.#reads.delete(name);
    this.#reads.set(name, read);
    if (this.#reads.size <= READS_MAX) return;
    const [oldest] = this.#reads.keys();
    if (oldest !== undefined) this.#reads.delete(oldest);
    this.#dropped += 1;
  }
}

interface RowPlace {
  readonly table: TableDefinition;
  readonly key: string;
  readonly when: When;
}

const isList = (value: Row | readonly Row[]): value is readonly Row[] => Array.isArray(value);

const keyed = (rows: Rows): Rows =>
  Object.fromEntries(
    Object.entries(rows).map(([table, all]) => [
      table,
      Object.fromEntries(Object.entries(all).map(([key, row]) => [key, { ...row, [KEY]: key }])),
    ]),
  );

/** Those of a table, in the order in which rules see them. */
export const keysInOrder = (rows: Readonly<Record<string, Row>> = {}): string[] => Object.keys(rows).sort(compareKeys);
