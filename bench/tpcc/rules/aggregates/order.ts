/** The rows of one order, which has its number in its district of its warehouse. */
import { aggregate, many, one } from 'dragoman/rules';
import { newOrder } from '../tables/new-order.js';
import { oorder } from '../tables/oorder.js';
import { orderLine } from '../tables/order-line.js';

export const order = aggregate('order', {
  header: one(oorder, (row) => [row.o_w_id, row.o_d_id, row.o_id]),
  waiting: one(newOrder, (row) => [row.no_w_id, row.no_d_id, row.no_o_id]),
  lines: many(orderLine, (row) => [row.ol_w_id, row.ol_d_id, row.ol_o_id]),
});
