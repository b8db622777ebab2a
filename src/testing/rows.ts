/** Row changes in the words of a test: typed by the tables, turned into the change events that a source would have sent. */
import type { ChangeEvent, Operation } from '../domain/source/change-event.js';
import { keyText, type ColumnValue, type Row } from '../domain/tables/table.js';
import type { Table } from '../rules/tables/table.js';

type NullableKeys<R> = { [K in keyof R]: null extends R[K] ? K : never }[keyof R];

/** A whole row; nullable and optional columns may be left out and are null then. */
export type NewRow<R> = Omit<R, NullableKeys<R>> & Partial<R>;

/** The row's key and the columns that change. */
export type ChangedRow<R, K extends string> = Pick<R, K & keyof R> & Partial<R>;

/** The changes of one transaction, in their order. */
export class Rows {
  readonly #changes: ChangeEvent[] = [];
  readonly #operation: Operation;

  /** @param operation that `insert` makes: `c` in a transaction, `r` in a baseline. */
  constructor(operation: 'c' | 'r') {
    this.#operation = operation;
  }

  get changes(): readonly ChangeEvent[] {
    return this.#changes;
  }

  insert<R, K extends string>(table: Table<R, K>, row: NewRow<R>): this {
    const whole: Record<string, ColumnValue> = {};
    for (const [column, { nullable, optional }] of Object.entries(table.columns)) {
      const value: ColumnValue | undefined = (row as Row)[column];
      if (value !== undefined) whole[column] = value;
      else if (nullable || optional === true) whole[column] = null;
    }
    return this.#add(table, this.#operation, whole);
  }

  /** Columns that are not named keep their value. */
  update<R, K extends string>(table: Table<R, K>, row: ChangedRow<R, K>): this {
    return this.#add(table, 'u', row);
  }

  delete<R, K extends string>(table: Table<R, K>, key: Pick<R, K & keyof R>): this {
    return this.#add(table, 'd', key as Row);
  }

  #add(table: Table<unknown>, op: Operation, row: Row): this {
    const key = keyText(table.key.map((column) => partOf(row[column])));
    this.#changes.push({
      kind: 'change',
      partition: `${table.name}/0`,
      offset: this.#changes.length,
      source: 'legacy',
      table: table.name,
      op,
      key,
      row: op === 'd' ? null : row,
      otherKey: null,
      refusal: null,
      transaction: null,
      snapshot: null,
      sourceTimeMs: 0,
    });
    return this;
  }
}

/** Key columns are texts or numbers: the rules' checks see to it. */
const partOf = (value: ColumnValue | undefined): string =>
  typeof value === 'number' ? String(value) : (value as string);
