/** Who wrote a value: the newest entry of a history that told of the row with this column in it. Pure. */
import type { RowTold } from '../../domain/state/journal-entry.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import type { History, Told } from './chain.js';

/**
 * `entry`: that one. `sealed`: that entry told of the row, and what it changed cannot be read any more. `snapshot`: no entry did, and the history is whole:
 * it came with a snapshot, or before facts began. `unknown`: it was written before the history begins, or it is a row of a lookup table, which has a history of its own.
 */
export type Writer =
  { readonly kind: 'entry' | 'sealed'; readonly told: Told } | { readonly kind: 'snapshot' | 'unknown' };

interface RowsOf {
  readonly told: Told;
  readonly row: RowTold;
}

/** At which entry it was so, or before it; null: as it is. */
export interface AsOf {
  readonly told: Told | null;
  readonly isBefore: boolean;
}

const NOW: AsOf = { told: null, isBefore: false };

export class Writers {
  readonly #history: History;
  readonly #lookups: ReadonlySet<string>;
  /** By table and key, newest first. */
  readonly #byRow = new Map<string, RowsOf[]>();
  /** By table, those that told of any of its rows coming or going, newest first. */
  readonly #byTable = new Map<string, Told[]>();

  constructor(history: History, { lookups }: Pick<CompiledAggregate, 'lookups'>) {
    this.#history = history;
    this.#lookups = new Set(lookups.map(({ table }) => table.name));
    for (const told of history.entries)
      for (const row of told.entry.rows) {
        const name = rowName(row.table, row.key);
        const known = this.#byRow.get(name);
        if (known === undefined) this.#byRow.set(name, [{ told, row }]);
        else known.push({ told, row });
        const isCount = (row.was === undefined) !== (row.is === undefined);
        const counts = this.#byTable.get(row.table);
        if (isCount && counts === undefined) this.#byTable.set(row.table, [told]);
        else if (isCount && counts?.at(-1) !== told) counts?.push(told);
      }
  }

  /** Of a column of a row; of a row itself without one; of how many rows a table has without a key. */
  of(table: string, key: string | null, column: string | null, asOf: AsOf = NOW): Writer {
    if (key === null) return this.#found(table, this.#byTable.get(table)?.find(isUpTo(asOf)));
    for (const { told, row } of this.#byRow.get(rowName(table, key)) ?? []) {
      if (!isUpTo(asOf)(told)) continue;
      if (told.entry.isSealed === true) return { kind: 'sealed', told };
      const isTold = column === null ? (row.was === undefined) !== (row.is === undefined) : isIn(row, column);
      if (isTold) return { kind: 'entry', told };
    }
    return this.#found(table, undefined);
  }

  #found(table: string, told: Told | undefined): Writer {
    if (told !== undefined) return { kind: 'entry', told };
    const isWhole = this.#history.end === 'begin' && !this.#lookups.has(table);
    return { kind: isWhole ? 'snapshot' : 'unknown' };
  }
}

const isUpTo =
  ({ told, isBefore }: AsOf) =>
  ({ offset }: Told): boolean =>
    told === null || offset < told.offset || (!isBefore && offset === told.offset);

const rowName = (table: string, key: string): string => `${table}\t${key}`;

const isIn = ({ was, is }: RowTold, column: string): boolean =>
  (is !== undefined && Object.hasOwn(is, column)) || (was !== undefined && Object.hasOwn(was, column));
