/** The lines of an order; the stock job sets `resv_flg` line by line. */
import { legacy, table } from 'dragoman/rules';

export const ordLine = table('oms.ord_line', {
  key: ['ord_no', 'line_no'],
  columns: {
    ord_no: legacy.bigint(),
    line_no: legacy.integer(),
    sku: legacy.text(),
    qty: legacy.integer(),
    price: legacy.decimal({ scale: 4 }),
    /** Stock is reserved. */
    resv_flg: legacy.code({ N: false, Y: true }),
  },
});
