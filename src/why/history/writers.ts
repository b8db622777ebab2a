/** Who wrote a value: the newest entry of a history that told of the row with this column in it. Pure. */
import type { RowTold } from '../../domain/state/journal-entry.js';
import type { History, Told } from './chain.js';

/**
 * `entry`: that one. `sealed`: that entry told of the row, and what it changed cannot be read any more. `snapshot`: no entry did, and the history is whole:
 * it came with a snapshot, or before facts began. `unknown`: it was written before the history begins.
 */
export type Writer =
  { readonly kind: 'entry' | 'sealed'; readonly told: Told } | { readonly kind: 'snapshot' | 'unknown' };

interface RowsOf {
  readonly told: Told;
  readonly row: RowTold;
}

export class Writers {
  readonly #history: History;
  /** By table and key, newest first. */
  readonly #byRow = new Map<string, RowsOf[]>();
  /** By table, the newest that told of any of its rows coming or going. */
  readonly #byTable = new Map<string, Told>();

  constructor(history: History) {
    this.#history = history;
    for (const told of history.entries)
      for (const row of told.entry.rows) {
        const name = rowName(row.table, row.key);
        const known = this.#byRow.get(name);
        if (known === undefined) this.#byRow.set(name, [{ told, row }]);
        else known.push({ told, row });
        const isCount = (row.was === undefined) !== (row.is === undefined);
        if (isCount && !this.#byTable.has(row.table)) this.#byTable.set(row.table, told);
      }
  }

  /** Of a column of a row; of a row itself without one; of how many rows a table has without a key. */
  of(table: string, key: string | null, column: string | null): Writer {
    if (key === null) return this.#found(this.#byTable.get(table));
    for (const { told, row } of this.#byRow.get(rowName(table, key)) ?? []) {
      if (told.entry.isSealed === true) return { kind: 'sealed', told };
      const isTold = column === null ? (row.was === undefined) !== (row.is === undefined) : isIn(row, column);
      if (isTold) return { kind: 'entry', told };
    }
    return this.#found(undefined);
  }

  #found(told: Told | undefined): Writer {
    if (told !== undefined) return { kind: 'entry', told };
    const { end } = this.#history;
    return { kind: end === 'begin' ? 'snapshot' : 'unknown' };
  }
}

const rowName = (table: string, key: string): string => `${table}\t${key}`;

const isIn = ({ was, is }: RowTold, column: string): boolean =>
  (is !== undefined && Object.hasOwn(is, column)) || (was !== undefined && Object.hasOwn(was, column));
