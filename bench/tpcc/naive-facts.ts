/** The two facts of the rules beside it, written down a second time. */
import { type Held, type NaiveFacts } from '../backlog/naive-scan.js';

export const TPCC_FACTS: NaiveFacts = {
  keys: {
    oorder: { order: ['o_w_id', 'o_d_id', 'o_id'], row: [] },
    new_order: { order: ['no_w_id', 'no_d_id', 'no_o_id'], row: [] },
    order_line: { order: ['ol_w_id', 'ol_d_id', 'ol_o_id'], row: ['ol_number'] },
  },
  held: (rows) => {
    const found: Held[] = [];
    const [header] = rows('oorder');
    const lines = rows('order_line');
    const isWaiting = rows('new_order').length > 0;
    if (header === undefined || lines.length !== header['o_ol_cnt']) return found;
    if (isWaiting) found.push({ type: 'OrderPlaced', occurrence: '' });
    const isSent = header['o_carrier_id'] != null && lines.every((line) => line['ol_delivery_d'] != null);
    if (!isWaiting && isSent) found.push({ type: 'OrderDelivered', occurrence: '' });
    return found;
  },
};
