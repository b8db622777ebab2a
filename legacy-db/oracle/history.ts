/**
 * The words of the oracle: what was committed, in commit order, and the rows of every order at any moment.
 *
 * In:  transactions as the audit or a recording's truth file tells them.
 * Out: `OrderBook`, the rows by order number, each table by its own `ord_no` column.
 * Nothing here is shared with src/: the oracle must not repeat Dragoman's mistakes.
 */
import { LegacyDbError } from '../errors.js';

/** Column -> text exactly as PostgreSQL prints it in JSON (numbers keep every digit), or null. */
export type Row = Readonly<Record<string, string | null>>;

/** One row change. `before` may be missing; `row` is the row afterwards, missing for deletes. `t` = truncate. */
export interface Change {
  readonly table: string;
  readonly op: 'c' | 'u' | 'd' | 't';
  readonly before?: Row | undefined;
  readonly row?: Row | undefined;
  /** Key columns of the row (for a delete without `before` the only thing known). */
  readonly key?: Row | undefined;
}

/** One committed transaction. `n` counts in commit order. */
export interface Transaction {
  readonly n: number;
  /** PostgreSQL: a number; MariaDB: the GTID. */
  readonly txid: number | string;
  /** End of the COMMIT record in the log: the number in Debezium's END id. */
  readonly commitEndLsn: bigint | null;
  readonly commitTsMs: number | null;
  readonly changes: readonly Change[];
}

export const KEY_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  ord_hdr: ['ord_no'],
  ord_line: ['ord_no', 'line_no'],
  pay_txn: ['pay_id'],
  whs_rel: ['rel_no'],
  ord_cancel: ['ord_no', 'req_no'],
  cust_addr: ['ord_no', 'addr_typ'],
};

/** The six tables that make an order; changes of others mean nothing to the oracle. */
export const ORDER_TABLES = Object.keys(KEY_COLUMNS);

/** Column that must have a value. @throws LegacyDbError HISTORY_INVALID */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (value === undefined || value === null) {
    throw new LegacyDbError('HISTORY_INVALID', `column ${column} is missing in ${JSON.stringify(row)}`);
  }
  return value;
}

/** Current rows: by table and key, and by order number. */
export class OrderBook {
  private readonly rows = new Map<string, Row>();
  private readonly orders = new Map<string, Map<string, Row>>();

  /** Rows of one table of one order, in no particular order. */
  rowsOf(orderId: string, table: string): Row[] {
    const found: Row[] = [];
    for (const [place, row] of this.orders.get(orderId) ?? []) {
      if (place.startsWith(`${table}|`)) found.push(row);
    }
    return found;
  }

  /** Whether the order has a row in any table. */
  has(orderId: string): boolean {
    return (this.orders.get(orderId)?.size ?? 0) > 0;
  }

  /** Order numbers that a change touches: that of the stored row, and those before and after. */
  ordersTouchedBy(change: Change): Set<string> {
    const ids = new Set<string>();
    if (change.op === 't') {
      for (const [place, row] of this.rows) {
        if (place.startsWith(`${change.table}|`)) ids.add(text(row, 'ord_no'));
      }
      return ids;
    }
    const stored = this.rows.get(placeOf(change, 'before'));
    for (const row of [stored, change.before, change.row]) {
      const id = row?.['ord_no'];
      if (id != null) ids.add(id);
    }
    return ids;
  }

  apply(change: Change): void {
    if (change.op === 't') {
      for (const place of [...this.rows.keys()]) {
        if (place.startsWith(`${change.table}|`)) this.remove(place);
      }
      return;
    }
    this.remove(placeOf(change, 'before'));
    if (change.op === 'd') return;
    if (change.row === undefined) {
      throw new LegacyDbError('HISTORY_INVALID', `${change.op} of ${change.table} has no row`);
    }
    const place = placeOf(change, 'row');
    const orderId = text(change.row, 'ord_no');
    this.rows.set(place, change.row);
    let order = this.orders.get(orderId);
    if (order === undefined) this.orders.set(orderId, (order = new Map<string, Row>()));
    order.set(place, change.row);
  }

  private remove(place: string): void {
    const row = this.rows.get(place);
    if (row === undefined) return;
    const orderId = text(row, 'ord_no');
    this.rows.delete(place);
    this.orders.get(orderId)?.delete(place);
  }
}

/** `table|key values`; the key before the change where the change tells it, else the key it names. */
function placeOf(change: Change, side: 'before' | 'row'): string {
  const row = (side === 'before' ? (change.before ?? change.row) : change.row) ?? change.key;
  const columns = KEY_COLUMNS[change.table];
  if (row === undefined || columns === undefined) {
    throw new LegacyDbError('HISTORY_INVALID', `${change.op} of ${change.table} names no row`);
  }
  return `${change.table}|${columns.map((column) => text(row, column)).join('|')}`;
}
