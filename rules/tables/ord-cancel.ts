/** Requests to cancel an order, numbered by order; accepted, refused, or (null) not decided yet. */
import { legacy, table } from 'dragoman/rules';

export const ordCancel = table('oms.ord_cancel', {
  key: ['ord_no', 'req_no'],
  columns: {
    ord_no: legacy.bigint(),
    req_no: legacy.integer(),
    rsn_cd: legacy.code({ CUST: 'customer-request', FRD: 'fraud', STK: 'out-of-stock', OTH: 'other' }),
    acc_flg: legacy.code({ N: 'refused', Y: 'accepted' }).nullable(),
    /** The servers of the order system run in UTC. */
    req_ts: legacy.timestamp({ unit: 'micros', zone: 'UTC' }),
  },
});
