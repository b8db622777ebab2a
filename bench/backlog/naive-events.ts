/**
 * The events that a backlog must give, found by a plain scan of its rows: the four facts of the example rules, written down a
 * second time, without anything of Dragoman. It knows no parking, no snapshot rows and no changed keys, so it only fits
 * workloads without them (profile `simple`).
 */

export interface NaiveRow {
  readonly table: string;
  readonly op: string;
  readonly before: Columns | null;
  readonly after: Columns | null;
}

export interface NaiveEvent {
  readonly type: string;
  readonly orderId: string;
  /** Empty, or the number of release, request or payment. */
  readonly occurrence: string;
  /** Transaction id and end of its COMMIT, as in END's id: `752:26777968`. */
  readonly transaction: string;
}

type Columns = Readonly<Record<string, unknown>>;

/** An event's identity, for comparing sets. */
export const eventName = ({ type, orderId, occurrence }: Omit<NaiveEvent, 'transaction'>): string =>
  `${type}|${orderId}|${occurrence}`;

const KEYS: Readonly<Record<string, readonly string[]>> = {
  ord_hdr: [],
  ord_line: ['line_no'],
  pay_txn: ['pay_id'],
  whs_rel: ['rel_no'],
  ord_cancel: ['req_no'],
  cust_addr: ['addr_typ'],
};

export class NaiveScan {
  /** By order, then by table and key. */
  readonly #orders = new Map<string, Map<string, Columns>>();
  readonly #seen = new Set<string>();

  /** Transactions come in commit order, rows in the order in which they were changed. */
  next(transaction: string, rows: readonly NaiveRow[]): NaiveEvent[] {
    const touched = new Set<string>();
    for (const { table, op, before, after } of rows) {
      const row = after ?? before;
      const key = KEYS[table];
      if (row === null || key === undefined) continue;
      const orderId = text(row['ord_no']);
      touched.add(orderId);
      const order = this.#orders.get(orderId) ?? new Map<string, Columns>();
      this.#orders.set(orderId, order);
      const name = [table, ...key.map((column) => text(row[column]))].join('|');
      if (op === 'd') order.delete(name);
      else order.set(name, row);
    }
    return [...touched].flatMap((orderId) =>
      held(orderId, this.#orders.get(orderId) ?? new Map<string, Columns>())
        .filter((event) => !this.#seen.has(eventName(event)))
        .map((event) => {
          this.#seen.add(eventName(event));
          return { ...event, transaction };
        }),
    );
  }
}

function held(orderId: string, order: ReadonlyMap<string, Columns>): Omit<NaiveEvent, 'transaction'>[] {
  const found: Omit<NaiveEvent, 'transaction'>[] = [];
  const rows = (table: string): Columns[] =>
    [...order].filter(([name]) => name.split('|')[0] === table).map(([, row]) => row);
  const [header] = rows('ord_hdr');
  const lines = rows('ord_line');
  const isChecked = header?.['fraud_flg'] === 'N' && header['addr_ok_flg'] === 'Y' && header['sts_cd'] !== '90';
  if (isChecked && lines.length > 0 && lines.every((line) => line['resv_flg'] === 'Y'))
    found.push({ type: 'OrderAcceptedForFulfillment', orderId, occurrence: '' });
  for (const { rel_no } of rows('whs_rel'))
    found.push({ type: 'OrderReleasedToWarehouse', orderId, occurrence: text(rel_no) });
  for (const { req_no, acc_flg } of rows('ord_cancel'))
    if (acc_flg === 'Y') found.push({ type: 'OrderCancellationAccepted', orderId, occurrence: text(req_no) });
  for (const { pay_id, pay_typ, pay_sts } of rows('pay_txn'))
    if (pay_typ === 'RFND' && pay_sts !== 'FAIL')
      found.push({ type: 'RefundInitiated', orderId, occurrence: text(pay_id) });
  return found;
}

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
