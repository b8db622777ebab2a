/**
 * Row changes made wrong, in every way that parks an order with the example rules: what is in a row, what is not, and what no program
 * can read. One of the ways makes a row whose order nobody can know. Pure.
 */

import { THROWING_TENANT } from './throwing-rules.js';

export interface PoisonedRow {
  readonly kind: string;
  readonly value: Buffer;
}

type Columns = Record<string, unknown>;

/** Edits the row after the change; false: it does not fit this one. */
type Edit = (after: Columns) => boolean;

const setting =
  (column: string, value: unknown): Edit =>
  (after) => {
    after[column] = value;
    return true;
  };
const removing =
  (column: string): Edit =>
  (after) =>
    Reflect.deleteProperty(after, column);

/** By table, and by the refusal code that it comes to. */
const EDITS: Readonly<Record<string, Readonly<Record<string, Edit>>>> = {
  ord_hdr: {
    CODE_UNKNOWN: setting('sts_cd', '77'),
    ROW_INVALID: setting('tot_amt', 'many'),
    'ROW_INVALID, column gone': removing('curr_cd'),
    CONTRACT_VIOLATED: setting('curr_cd', 'EURO'),
    RULE_THREW: setting('tnt_cd', THROWING_TENANT),
  },
  ord_line: { CODE_UNKNOWN: setting('resv_flg', '?'), ROW_INVALID: setting('price', 'many') },
  pay_txn: { CODE_UNKNOWN: setting('pay_sts', 'LOST'), 'ROW_INVALID, column gone': removing('amt') },
  whs_rel: { ROW_INVALID: setting('rel_ts', 'soon') },
  ord_cancel: { CODE_UNKNOWN: setting('acc_flg', '?') },
  cust_addr: { ROW_INVALID: setting('ctry', null) },
};

/** Cut off in its middle: RECORD_UNDECODABLE, or ROW_OWNER_UNKNOWN where neither its key nor what was known before names the order. */
const UNREADABLE = 'cut off';

/** @param turn which of the ways; goes round. @returns null for what is no change of a consumed table. */
export function poisonedRow(table: string, value: Buffer, turn: number): PoisonedRow | null {
  const edits = EDITS[table];
  if (edits === undefined) return null;
  const kinds = [...Object.keys(edits), UNREADABLE];
  const kind = kinds[turn % kinds.length] ?? UNREADABLE;
  const envelope = JSON.parse(value.toString()) as { after: Columns | null };
  const edit = edits[kind];
  if (edit === undefined || envelope.after === null)
    return { kind: UNREADABLE, value: value.subarray(0, Math.floor(value.length / 2)) };
  return edit(envelope.after) ? { kind, value: Buffer.from(JSON.stringify(envelope)) } : null;
}

/** Of a change: from the row, else from the record's key. */
export function orderOf(key: Buffer | null, value: Buffer): string {
  const { before, after } = JSON.parse(value.toString()) as { before: Columns | null; after: Columns | null };
  const named = (after ?? before)?.['ord_no'] ?? (JSON.parse(key?.toString() ?? '{}') as Columns)['ord_no'];
  return typeof named === 'number' || typeof named === 'string' ? String(named) : '';
}
