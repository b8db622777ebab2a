/** A small legacy database: statements in, committed changes out (rows as the oracle reads them: every value a text). */
import type { Change, Row } from '../../../legacy-db/oracle/history.js';
import { keyOf } from '../../model/owed-transactions.js';

export const TABLE_NAMES = ['ord_hdr', 'ord_line', 'pay_txn', 'whs_rel', 'ord_cancel', 'cust_addr', 'ord_doc'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** `renumber` changes the primary key; `bits` choose the values. JSON-safe, so a failing history can be kept in a file. */
export interface Statement {
  readonly op: 'write' | 'delete' | 'renumber';
  readonly table: TableName;
  /** Which order. */
  readonly order: number;
  /** 0 or 1: which of its rows. */
  readonly n: number;
  readonly bits: number;
}

export class LegacyDatabase {
  readonly #rows = new Map<string, { readonly table: TableName; readonly row: Row }>();

  /** Rows of one table, in the order in which they were first written. */
  rowsOf(table: TableName): Row[] {
    return [...this.#rows.values()].flatMap((stored) => (stored.table === table ? [stored.row] : []));
  }

  /**
   * A write of a row that is there is an update; one of a row whose order is not there writes its header first. What cannot be done
   * (no such row, key taken, rows that still belong to a header) changes nothing. Lines go and move with their header.
   */
  execute({ op, table, order, n, bits }: Statement): Change[] {
    const row = rowFor(table, order, n, bits);
    const before = this.#rows.get(placeOf(table, row))?.row;
    if (op === 'write') {
      const header = this.#hasHeader(table, row)
        ? []
        : [this.#write('ord_hdr', undefined, rowFor('ord_hdr', order, n, bits))];
      return [...header, this.#write(table, before, row)];
    }
    const otherOrder = (bits & 8) === 0 && table !== 'ord_hdr' ? order : (order + 1) % 3;
    const other = op === 'delete' ? undefined : rowFor(table, otherOrder, 1 - n, bits);
    if (before === undefined) return [];
    if (other !== undefined && (this.#rows.has(placeOf(table, other)) || !this.#hasHeader(table, other))) return [];
    if (table !== 'ord_hdr') return [this.#write(table, before, other)];
    const owned = [...this.#rows.values()].filter(
      (each) => each.table !== table && each.row['ord_no'] === before['ord_no'],
    );
    if (owned.some((each) => each.table !== 'ord_line')) return [];
    const moved = (line: Row): Row | undefined =>
      other === undefined ? undefined : { ...line, ord_no: other['ord_no'] ?? null };
    return [
      this.#write(table, before, other),
      ...owned.map((line) => this.#write(line.table, line.row, moved(line.row))),
    ];
  }

  /** Whether a table that has rows would have none. */
  wouldEmpty(statement: Statement): boolean {
    const after = new LegacyDatabase();
    for (const [place, stored] of this.#rows) after.#rows.set(place, stored);
    after.execute(statement);
    return TABLE_NAMES.some((table) => this.rowsOf(table).length > 0 && after.rowsOf(table).length === 0);
  }

  #hasHeader(table: TableName, row: Row): boolean {
    return table === 'ord_hdr' || table === 'ord_doc' || this.#rows.has(placeOf('ord_hdr', row));
  }

  #write(table: TableName, before: Row | undefined, row: Row | undefined): Change {
    if (before !== undefined && (row === undefined || placeOf(table, row) !== placeOf(table, before)))
      this.#rows.delete(placeOf(table, before));
    if (row !== undefined) this.#rows.set(placeOf(table, row), { table, row });
    return { table, op: row === undefined ? 'd' : before === undefined ? 'c' : 'u', before, row };
  }
}

const placeOf = (table: TableName, row: Row): string => `${table} ${keyOf(table, row)}`;

const ORDERS = ['900011', '900012', '9007199254740993'];
/** A number that a JavaScript number cannot hold is among them. */
export const orderNumber = (order: number): string => ORDERS[order] ?? String(910_000 + order);

/** The first three orders share numbers of payments and releases, which move between them; all others have their own. */
const shared = (order: number, number: number): string =>
  String(order < ORDERS.length ? number : 1_000 * order + number);

function rowFor(table: TableName, order: number, n: number, bits: number): Row {
  const ord_no = orderNumber(order);
  const pick = <T>(shift: number, values: readonly T[]): T => values[(bits >> shift) % values.length] as T;
  switch (table) {
    case 'ord_hdr':
      return {
        ...{ ord_no, sts_cd: pick(4, ['10', '20', '30', '90']), chnl_cd: pick(3, ['WEB', 'CALL']), mkt_cd: 'DE' },
        ...{ tnt_cd: 'ACME', curr_cd: 'EUR', tot_amt: `${bits}.50` },
        ...{ fraud_flg: pick(0, ['N', 'N', 'N', ' ']), addr_ok_flg: pick(2, ['Y', 'Y', ' ', 'Y']) },
      };
    case 'ord_line':
      return {
        ...{ ord_no, line_no: String(n + 1), sku: `SKU-${bits % 7}`, qty: String((bits % 9) + 1), price: '10.0000' },
        resv_flg: pick(0, ['Y', 'Y', 'N']),
      };
    case 'pay_txn':
      return {
        ...{ pay_id: shared(order, 501 + n + 2 * (bits % 2)), ord_no, pay_typ: pick(1, ['RFND', 'AUTH']), amt: '5.50' },
        pay_sts: pick(2, ['OK', 'PEND', 'FAIL']),
      };
    case 'whs_rel':
      return {
        rel_no: shared(order, 701 + n),
        ord_no,
        whs_cd: `W0${(bits % 3) + 1}`,
        rel_ts: '2026-11-21T09:52:40.367981Z',
      };
    case 'ord_cancel':
      return {
        ...{ ord_no, req_no: String(n + 1), rsn_cd: pick(2, ['CUST', 'FRD', 'STK', 'OTH']) },
        ...{ acc_flg: pick(0, ['Y', 'N', null]), req_ts: '2026-11-21T09:52:39.848623Z' },
      };
    case 'cust_addr':
      return { ord_no, addr_typ: pick(0, ['SHIP', 'BILL']), ctry: pick(1, ['DE', 'FR', 'IE']) };
    case 'ord_doc':
      return { doc_id: String(n + 1), title: `T${bits}` };
  }
}
