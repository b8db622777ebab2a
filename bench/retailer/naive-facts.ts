/** The four facts of the example rules, written down a second time. They fit the profile `simple`. */
import { type Held, type NaiveFacts, text } from '../backlog/naive-scan.js';

const of = (...row: readonly string[]): NaiveFacts['keys'][string] => ({ order: ['ord_no'], row });

export const RETAILER_FACTS: NaiveFacts = {
  keys: {
    ord_hdr: of(),
    ord_line: of('line_no'),
    pay_txn: of('pay_id'),
    whs_rel: of('rel_no'),
    ord_cancel: of('req_no'),
    cust_addr: of('addr_typ'),
  },
  held: (rows) => {
    const found: Held[] = [];
    const [header] = rows('ord_hdr');
    const lines = rows('ord_line');
    const isChecked = header?.['fraud_flg'] === 'N' && header['addr_ok_flg'] === 'Y' && header['sts_cd'] !== '90';
    if (isChecked && lines.length > 0 && lines.every((line) => line['resv_flg'] === 'Y'))
      found.push({ type: 'OrderAcceptedForFulfillment', occurrence: '' });
    for (const { rel_no } of rows('whs_rel'))
      found.push({ type: 'OrderReleasedToWarehouse', occurrence: text(rel_no) });
    for (const { req_no, acc_flg } of rows('ord_cancel'))
      if (acc_flg === 'Y') found.push({ type: 'OrderCancellationAccepted', occurrence: text(req_no) });
    for (const { pay_id, pay_typ, pay_sts } of rows('pay_txn'))
      if (pay_typ === 'RFND' && pay_sts !== 'FAIL') found.push({ type: 'RefundInitiated', occurrence: text(pay_id) });
    return found;
  },
};
