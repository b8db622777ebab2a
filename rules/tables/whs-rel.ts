/** Releases of an order to a warehouse; one order may have several. Numbered over all orders, so `ord_no` is not in the key. */
import { legacy, table } from 'dragoman/rules';

export const whsRel = table('oms.whs_rel', {
  key: ['rel_no'],
  columns: {
    rel_no: legacy.bigint(),
    ord_no: legacy.bigint(),
    whs_cd: legacy.text(),
    rel_ts: legacy.instant(),
  },
});
