/** An order is delivered when it has left the queue, has a carrier, and every line has its date. */
import { known } from 'dragoman/rules';
import { order } from '../aggregates/order.js';

export const orderDelivered = order.milestone('OrderDelivered', {
  importance: 'high',
  when: {
    'order does not wait any more': (o) => o.waiting === undefined,
    'a carrier has it': (o) => o.header !== undefined && o.header.o_carrier_id !== null,
    'every line is delivered': (o) =>
      o.lines.length === o.header?.o_ol_cnt && o.lines.every((line) => line.ol_delivery_d !== null),
  },
  data: (o) => {
    const header = known(o.header, 'header of the order');
    return {
      warehouse: header.o_w_id,
      district: header.o_d_id,
      orderNumber: header.o_id,
      customerNumber: header.o_c_id,
      carrier: known(header.o_carrier_id, 'carrier of the order'),
      deliveredAt: known(o.lines[0]?.ol_delivery_d, 'delivery date of the first line'),
      lineCount: o.lines.length,
    };
  },
});
