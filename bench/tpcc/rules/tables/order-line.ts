/** The lines of an order. */
import { legacy, table } from 'dragoman/rules';

export const orderLine = table('tpcc.order_line', {
  key: ['ol_w_id', 'ol_d_id', 'ol_o_id', 'ol_number'],
  columns: {
    ol_w_id: legacy.integer(),
    ol_d_id: legacy.integer(),
    ol_o_id: legacy.integer(),
    ol_number: legacy.integer(),
    ol_i_id: legacy.integer(),
    ol_supply_w_id: legacy.integer(),
    /** Null until the order is delivered. */
    ol_delivery_d: legacy.timestamp({ unit: 'micros', zone: 'UTC' }).nullable(),
    ol_quantity: legacy.integer(),
    ol_amount: legacy.decimal({ scale: 2 }),
  },
});
