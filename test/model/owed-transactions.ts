/**
 * The source transactions that a sequencer owes: every streamed commit that changed a consumed table, in commit order, each with
 * all its rows in the order in which it changed them (design 2.1; recordings, facts 2, 5, 6 and 15: a changed key is `d` and `c`).
 */
import type { Change, Row } from '../../legacy-db/oracle/history.js';
import { type History, KEYS } from './history.js';

export interface OwedTransaction {
  /** As the database names it: a number (PostgreSQL), a GTID. */
  readonly id: string;
  /** End of the commit record, as decimal text. */
  readonly end: string;
  readonly rows: readonly OwedRow[];
}

export interface OwedRow {
  readonly op: 'c' | 'u' | 'd';
  readonly table: string;
  readonly key: string;
  /** Null for a delete. */
  readonly row: Row | null;
}

/** @param consumed names of tables, without schema. */
export function owedTransactions(history: History, consumed: ReadonlySet<string>): OwedTransaction[] {
  return history
    .flatMap((happening) => (happening.kind === 'commit' && happening.isStreamed ? [happening.transaction] : []))
    .map(({ txid, commitEndLsn, changes }) => ({
      id: String(txid),
      end: String(commitEndLsn),
      rows: changes.filter(({ table }) => consumed.has(table)).flatMap(rowsOf),
    }))
    .filter(({ rows }) => rows.length > 0);
}

export function rowsOf({ table, op, before, row }: Change): OwedRow[] {
  const was = before === undefined ? null : keyOf(table, before);
  const is = row === undefined ? null : keyOf(table, row);
  if (op === 'd') return [{ op, table, key: was ?? '', row: null }];
  const written = row ?? null;
  if (op === 'u' && was !== null && was !== is)
    return [
      { op: 'd', table, key: was, row: null },
      { op: 'c', table, key: is ?? '', row: written },
    ];
  return [{ op: op === 'u' ? 'u' : 'c', table, key: is ?? '', row: written }];
}

export const keyOf = (table: string, row: Row): string => (KEYS[table] ?? []).map((name) => row[name] ?? '').join('/');
