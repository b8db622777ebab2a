/**
 * Data fixes as a database administrator runs them: one transaction over thousands of rows while the shop goes on.
 *
 * Some cause no fact at all, some cause hundreds at once. Those that add rows to an order lock its header first, so no
 * row comes to an order that is just being deleted.
 */
export interface BulkFix {
  readonly name: string;
  readonly statements: readonly string[];
  readonly end: 'COMMIT' | 'ROLLBACK';
}

/** The fixes in rotation, each over the orders `from` to `to`. `round` counts the fixes of this run from 0. */
export function bulkFix(round: number, from: number, to: number): BulkFix {
  const range = `ord_no BETWEEN ${from} AND ${to}`;
  const fixes: readonly BulkFix[] = [
    { name: 'prices', end: 'COMMIT', statements: [`UPDATE oms.ord_line SET price=round(price*1.01,4) WHERE ${range}`] },
    { name: 'refunds', end: 'COMMIT', statements: [goodwill(range, 3)] },
    {
      name: 'rewrite',
      end: 'COMMIT',
      statements: [
        `UPDATE oms.ord_hdr SET sts_cd=sts_cd, notes=coalesce(notes,'')||'.' WHERE ${range}`,
        `UPDATE oms.whs_rel SET whs_cd='W03' WHERE whs_cd='W02' AND ${range}`,
      ],
    },
    {
      name: 'checks',
      end: 'COMMIT',
      statements: [
        `UPDATE oms.ord_line SET resv_flg='Y' WHERE resv_flg='N' AND line_sts='10' AND ${range}`,
        `UPDATE oms.cust_addr SET ok_flg='Y' WHERE ok_flg=' ' AND ${range}`,
        `UPDATE oms.ord_hdr SET fraud_flg='N' WHERE fraud_flg=' ' AND ${range}`,
      ],
    },
    { name: 'taken back', end: 'ROLLBACK', statements: [goodwill(range, 1)] },
  ];
  return fixes[round % fixes.length] as BulkFix;
}

/** A small refund for every released order whose number divides by `every`. */
function goodwill(range: string, every: number): string {
  return `INSERT INTO oms.pay_txn(ord_no,pay_typ,amt,pay_sts)
    SELECT ord_no,'RFND',1.50,'PEND'
      FROM (SELECT ord_no FROM oms.ord_hdr WHERE sts_cd='30' AND ord_no%${every}=0 AND ${range} ORDER BY ord_no FOR SHARE) h`;
}
