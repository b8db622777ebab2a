/** One row for each order. */
import { legacy, table } from 'dragoman/rules';

export const oorder = table('tpcc.oorder', {
  key: ['o_w_id', 'o_d_id', 'o_id'],
  columns: {
    o_w_id: legacy.integer(),
    o_d_id: legacy.integer(),
    o_id: legacy.integer(),
    o_c_id: legacy.integer(),
    o_entry_d: legacy.timestamp({ unit: 'micros', zone: 'UTC' }),
    /** Null until the order is delivered. */
    o_carrier_id: legacy.integer().nullable(),
    o_ol_cnt: legacy.integer(),
    o_all_local: legacy.integer(),
  },
});
