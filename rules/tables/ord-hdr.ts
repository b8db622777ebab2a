/** One row for each order. Columns that no rule needs are not declared: they never leave the legacy system. */
import { legacy, table } from 'dragoman/rules';

export const ordHdr = table('oms.ord_hdr', {
  key: ['ord_no'],
  columns: {
    ord_no: legacy.bigint(),
    sts_cd: legacy.code({ '10': 'entered', '20': 'ready', '30': 'released', '90': 'cancelled' }),
    chnl_cd: legacy.text().nullable(),
    mkt_cd: legacy.text({ trim: true }),
    tnt_cd: legacy.text(),
    curr_cd: legacy.text({ trim: true }),
    tot_amt: legacy.decimal({ scale: 2 }),
    /** Result of the fraud review; a blank means that it has not been done. */
    fraud_flg: legacy.code({ ' ': 'open', N: 'clear', Y: 'fraud' }),
    /** Result of the address check; a blank means that it has not been done. */
    addr_ok_flg: legacy.code({ ' ': 'open', N: 'wrong', Y: 'valid' }),
  },
});
