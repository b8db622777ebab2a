/** Small hand-made histories for the oracle: each call of `tx` is one committed transaction. */
import type { Change, Row, Transaction } from '../../../legacy-db/oracle/history.js';

export const header = (ordNo: string, more: Row = {}): Row => ({
  ord_no: ordNo,
  sts_cd: '10',
  chnl_cd: 'WEB',
  mkt_cd: 'DE',
  tnt_cd: 'ACME',
  curr_cd: 'EUR',
  tot_amt: '20.00',
  fraud_flg: ' ',
  addr_ok_flg: ' ',
  ...more,
});

export const line = (ordNo: string, lineNo: string, more: Row = {}): Row => ({
  ord_no: ordNo,
  line_no: lineNo,
  sku: 'SOCK-5P-39',
  qty: '2',
  price: '10.0000',
  resv_flg: 'N',
  ...more,
});

export const release = (relNo: string, ordNo: string): Row => ({
  rel_no: relNo,
  ord_no: ordNo,
  whs_cd: 'W01',
  rel_ts: '2026-11-21T09:52:40.36798+00:00',
});

export const refund = (payId: string, ordNo: string, status: string): Row => ({
  pay_id: payId,
  ord_no: ordNo,
  pay_typ: 'RFND',
  amt: '5.50',
  pay_sts: status,
});

export const cancellation = (ordNo: string, reqNo: string, accepted: string | null, reason = 'CUST'): Row => ({
  ord_no: ordNo,
  req_no: reqNo,
  rsn_cd: reason,
  acc_flg: accepted,
  req_ts: '2026-11-21T09:52:39.848623',
});

export const created = (table: string, row: Row): Change => ({ table, op: 'c', row });
export const updated = (table: string, before: Row, row: Row): Change => ({ table, op: 'u', before, row });
export const deleted = (table: string, before: Row): Change => ({ table, op: 'd', before });

export const tx = (n: number, ...changes: Change[]): Transaction => ({
  n,
  txid: 100 + n,
  commitEndLsn: BigInt(1000 * n),
  commitTsMs: 5000 + n,
  changes,
});

/** Header and one line with every check passed: accepted as soon as it is seen. */
export const clearOrder = (ordNo: string): Change[] => [
  created('ord_hdr', header(ordNo, { fraud_flg: 'N', addr_ok_flg: 'Y' })),
  created('ord_line', line(ordNo, '1', { resv_flg: 'Y' })),
];
