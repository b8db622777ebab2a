/** Rows that the rule tests start from. */
export const header = {
  ord_no: '4711',
  sts_cd: 'entered',
  chnl_cd: 'WEB',
  mkt_cd: 'DE',
  tnt_cd: 'ACME',
  curr_cd: 'EUR',
  tot_amt: '129.80',
  fraud_flg: 'open',
  addr_ok_flg: 'open',
} as const;

export const line = {
  ord_no: '4711',
  line_no: 1,
  sku: 'SHOE-42-771',
  qty: 1,
  price: '79.9000',
  resv_flg: false,
} as const;
