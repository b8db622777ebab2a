/** The queue of the warehouse: a row for each order that waits for its delivery. */
import { legacy, table } from 'dragoman/rules';

export const newOrder = table('tpcc.new_order', {
  key: ['no_w_id', 'no_d_id', 'no_o_id'],
  columns: { no_w_id: legacy.integer(), no_d_id: legacy.integer(), no_o_id: legacy.integer() },
});
