/** Takes the place of rules/tables/ord-hdr.ts where the order system is on MariaDB: char(1) arrives without its blank there. */
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
    /** Result of the fraud review; empty, because MariaDB drops the blank: it has not been done. */
    fraud_flg: legacy.code({ '': 'open', N: 'clear', Y: 'fraud' }),
    /** Result of the address check; empty means that it has not been done. */
    addr_ok_flg: legacy.code({ '': 'open', N: 'wrong', Y: 'valid' }),
  },
});
