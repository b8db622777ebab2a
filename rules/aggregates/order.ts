/** The rows that belong to one order. An order whose number changes is parked: nobody can say whether it is still the same. */
import { aggregate, many, one } from 'dragoman/rules';
import { custAddr } from '../tables/cust-addr.js';
import { ordCancel } from '../tables/ord-cancel.js';
import { ordHdr } from '../tables/ord-hdr.js';
import { ordLine } from '../tables/ord-line.js';
import { payTxn } from '../tables/pay-txn.js';
import { whsRel } from '../tables/whs-rel.js';

export const order = aggregate(
  'order',
  {
    header: one(ordHdr, (row) => row.ord_no),
    lines: many(ordLine, (row) => row.ord_no),
    addresses: many(custAddr, (row) => row.ord_no),
    releases: many(whsRel, (row) => row.ord_no),
    cancellations: many(ordCancel, (row) => row.ord_no),
    payments: many(payTxn, (row) => row.ord_no),
  },
  {
    context: {
      tenant: (o) => o.header?.tnt_cd ?? null,
      market: (o) => o.header?.mkt_cd ?? null,
      channel: (o) => o.header?.chnl_cd ?? null,
    },
  },
);
