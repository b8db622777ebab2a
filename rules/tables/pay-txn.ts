/** Payment steps of an order. Numbered over all orders, so `ord_no` is not in the key. */
import { legacy, table } from 'dragoman/rules';

export const payTxn = table('oms.pay_txn', {
  key: ['pay_id'],
  columns: {
    pay_id: legacy.bigint(),
    ord_no: legacy.bigint(),
    pay_typ: legacy.code({ AUTH: 'authorisation', CAPT: 'capture', RFND: 'refund' }),
    amt: legacy.decimal({ scale: 2 }),
    pay_sts: legacy.code({ OK: 'done', PEND: 'pending', FAIL: 'failed' }),
  },
});
