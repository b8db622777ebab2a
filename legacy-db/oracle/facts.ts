/**
 * The four facts of an order, as conditions on its rows at one moment; and what an acceptance lacks, for those who wait for it.
 *
 * In:  the rows of one order. Out: every occurrence that holds now, with the fields of its event.
 * Whether an occurrence is *new* is not decided here but by comparing two moments (see expected-events.ts).
 */
import type { OrderBook, Row } from './history.js';
import { text } from './history.js';
import { LegacyDbError } from '../errors.js';

/** In this order the events of one order come out of one transaction. The last one comes by the clock, where somebody waits (deadlines.ts). */
export const EVENT_TYPES = [
  'OrderAcceptedForFulfillment',
  'OrderReleasedToWarehouse',
  'OrderCancellationAccepted',
  'RefundInitiated',
  'OrderAcceptanceOverdue',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export type FieldValue =
  string | number | null | readonly string[] | readonly Readonly<Record<string, string | number>>[];
export type Fields = Readonly<Record<string, FieldValue>>;

/** `occurrence` is unique for one event type of one order: `once`, or rel_no, req_no, pay_id. */
export interface HeldFact {
  readonly eventType: EventType;
  readonly occurrence: string;
  readonly fields: (header: Row) => Fields;
}

const REASONS: Readonly<Record<string, string>> = {
  CUST: 'customer-request',
  FRD: 'fraud',
  STK: 'out-of-stock',
  OTH: 'other',
};

/** All occurrences that hold for this order now, sorted as events of one transaction are. */
export function heldFacts(book: OrderBook, orderId: string): HeldFact[] {
  return [
    ...accepted(book, orderId),
    ...sortedBy('rel_no', book.rowsOf(orderId, 'whs_rel')).map(released),
    ...sortedBy(
      'req_no',
      book.rowsOf(orderId, 'ord_cancel').filter((row) => row['acc_flg'] === 'Y'),
    ).map(cancelled),
    ...sortedBy('pay_id', book.rowsOf(orderId, 'pay_txn').filter(isRefund)).map(refunded),
  ];
}

/** Conditions of an acceptance that do not hold now, in the words and the order of the rules. */
export function missingForAcceptance(book: OrderBook, orderId: string): string[] {
  const [header] = book.rowsOf(orderId, 'ord_hdr');
  const lines = book.rowsOf(orderId, 'ord_line');
  const conditions: Readonly<Record<string, boolean>> = {
    'fraud review is clear': header?.['fraud_flg'] === 'N',
    'shipping address is valid': header?.['addr_ok_flg'] === 'Y',
    'stock is reserved for every line': lines.length > 0 && lines.every((line) => line['resv_flg'] === 'Y'),
    'order is not cancelled': header !== undefined && header['sts_cd'] !== '90',
  };
  return Object.keys(conditions).filter((name) => conditions[name] !== true);
}

function accepted(book: OrderBook, orderId: string): HeldFact[] {
  if (missingForAcceptance(book, orderId).length > 0) return [];
  const lines = sortedBy('line_no', book.rowsOf(orderId, 'ord_line'));
  const shipTo = book.rowsOf(orderId, 'cust_addr').find((row) => row['addr_typ'] === 'SHIP');
  const fields = (now: Row): Fields => ({
    currency: text(now, 'curr_cd'),
    totalAmount: text(now, 'tot_amt'),
    lines: lines.map((line) => ({
      lineNumber: Number(text(line, 'line_no')),
      sku: text(line, 'sku'),
      quantity: Number(text(line, 'qty')),
      unitPrice: text(line, 'price'),
    })),
    shippingCountry: shipTo?.['ctry'] ?? null,
  });
  return [{ eventType: 'OrderAcceptedForFulfillment', occurrence: 'once', fields }];
}

function released(row: Row): HeldFact {
  return {
    eventType: 'OrderReleasedToWarehouse',
    occurrence: text(row, 'rel_no'),
    fields: () => ({
      releaseNumber: text(row, 'rel_no'),
      warehouseCode: text(row, 'whs_cd'),
      releasedAt: instant(text(row, 'rel_ts')),
    }),
  };
}

function cancelled(row: Row): HeldFact {
  return {
    eventType: 'OrderCancellationAccepted',
    occurrence: text(row, 'req_no'),
    fields: () => ({
      requestNumber: Number(text(row, 'req_no')),
      reason: reason(text(row, 'rsn_cd')),
      requestedAt: instant(text(row, 'req_ts')),
    }),
  };
}

function isRefund(row: Row): boolean {
  return row['pay_typ'] === 'RFND' && row['pay_sts'] !== 'FAIL';
}

function refunded(row: Row): HeldFact {
  return {
    eventType: 'RefundInitiated',
    occurrence: text(row, 'pay_id'),
    fields: (now) => ({ paymentId: text(row, 'pay_id'), amount: text(row, 'amt'), currency: text(now, 'curr_cd') }),
  };
}

function reason(code: string): string {
  const found = REASONS[code];
  if (found === undefined) throw new LegacyDbError('HISTORY_INVALID', `ord_cancel.rsn_cd ${code} has no meaning here`);
  return found;
}

/**
 * PostgreSQL's JSON text of a timestamp or a UTC timestamptz -> ISO-8601 UTC with six decimals.
 * A timestamp without zone is UTC in this database.
 */
export function instant(value: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:Z|[+-]00(?::00)?)?$/.exec(value);
  if (match === null) throw new LegacyDbError('HISTORY_INVALID', `${value} is not a UTC time`);
  return `${match[1] ?? ''}T${match[2] ?? ''}.${(match[3] ?? '').padEnd(6, '0')}Z`;
}

function sortedBy(column: string, rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => compareNumbers(text(a, column), text(b, column)));
}

/** Whole numbers as texts, of any length. */
export function compareNumbers(a: string, b: string): number {
  const [x, y] = [BigInt(a), BigInt(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
