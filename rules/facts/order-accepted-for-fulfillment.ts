/**
 * The three batch jobs (fraud review, address check, stock reservation) run in any order; the legacy system has no moment at
 * which it says "accepted". This is that moment: the transaction after which all three are done.
 */
import { known } from 'dragoman/rules';
import { order } from '../aggregates/order.js';

export const orderAcceptedForFulfillment = order.milestone('OrderAcceptedForFulfillment', {
  importance: 'critical',
  when: {
    'fraud review is clear': (o) => o.header?.fraud_flg === 'clear',
    'shipping address is valid': (o) => o.header?.addr_ok_flg === 'valid',
    'stock is reserved for every line': (o) => o.lines.length > 0 && o.lines.every((line) => line.resv_flg),
    'order is not cancelled': (o) => o.header !== undefined && o.header.sts_cd !== 'cancelled',
  },
  data: (o) => {
    const header = known(o.header, 'header of the order');
    return {
      currency: header.curr_cd,
      totalAmount: header.tot_amt,
      lines: o.lines.map((line) => ({
        lineNumber: line.line_no,
        sku: line.sku,
        quantity: line.qty,
        unitPrice: line.price,
      })),
      shippingCountry: o.addresses.find((address) => address.addr_typ === 'SHIP')?.ctry ?? null,
    };
  },
});
