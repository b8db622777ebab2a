/** Addresses of an order: shipping and billing. Street, zip and city are personal and no rule needs them: not declared. */
import { legacy, table } from 'dragoman/rules';

export const custAddr = table('oms.cust_addr', {
  key: ['ord_no', 'addr_typ'],
  columns: {
    ord_no: legacy.bigint(),
    addr_typ: legacy.text({ trim: true }),
    ctry: legacy.text({ trim: true }),
  },
});
