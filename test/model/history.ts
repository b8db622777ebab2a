/**
 * The words of the model: what happened in a legacy database, and when a connector looked. Nothing here knows Debezium, Kafka
 * or Dragoman's sequencer; sources are `recordings/README.md` ("What real Debezium did") and the guarantees G1 to G6.
 */
import type { Transaction } from '../../legacy-db/oracle/history.js';

export interface Commit {
  readonly kind: 'commit';
  readonly transaction: Transaction;
  /** A connector followed the log when it was committed; otherwise only a later snapshot shows what it did. */
  readonly isStreamed: boolean;
  /** It said of itself that it is a fix. */
  readonly isAnnotated?: boolean;
}

export type Happening =
  | Commit
  /** A connector read all tables as they are now, and follows the log from here. */
  | { readonly kind: 'snapshot' };

export type History = readonly Happening[];

/** Primary keys of the legacy tables, as the schema says. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  ord_hdr: ['ord_no'],
  ord_line: ['ord_no', 'line_no'],
  pay_txn: ['pay_id'],
  whs_rel: ['rel_no'],
  ord_cancel: ['ord_no', 'req_no'],
  cust_addr: ['ord_no', 'addr_typ'],
  ord_doc: ['doc_id'],
};
