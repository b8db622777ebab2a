/** An order is placed when it waits in the queue with all its lines. */
import { known } from 'dragoman/rules';
import { order } from '../aggregates/order.js';

export const orderPlaced = order.milestone('OrderPlaced', {
  importance: 'critical',
  when: {
    'order waits for its delivery': (o) => o.waiting !== undefined,
    'every line is there': (o) => o.header !== undefined && o.lines.length === o.header.o_ol_cnt,
  },
  data: (o) => {
    const header = known(o.header, 'header of the order');
    return {
      warehouse: header.o_w_id,
      district: header.o_d_id,
      orderNumber: header.o_id,
      customerNumber: header.o_c_id,
      enteredAt: header.o_entry_d,
      isLocal: header.o_all_local === 1,
      lines: o.lines.map((line) => ({
        lineNumber: line.ol_number,
        item: line.ol_i_id,
        supplyWarehouse: line.ol_supply_w_id,
        quantity: line.ol_quantity,
        amount: line.ol_amount,
      })),
    };
  },
});
