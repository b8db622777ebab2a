/**
 * One source transaction that writes many orders at once, as the nightly import of a legacy system does: table by table, so the
 * rows of one order lie far apart in it. Every order comes in checked and reserved: each gives one event at the commit.
 */
import type pg from 'pg';

const LINES = 8;
/** Header, lines, address. */
export const ORDER_ROWS = LINES + 2;

/** Rounded up to whole orders. @returns row changes. */
export async function bigTransaction(client: pg.Client, rows: number, firstOrder: number): Promise<number> {
  const orders = Math.ceil(rows / ORDER_ROWS);
  const lastOrder = firstOrder + orders - 1;
  const numbers = `generate_series(${firstOrder}::bigint, ${lastOrder}::bigint) o`;
  await client.query(`BEGIN;
    INSERT INTO oms.ord_hdr (ord_no, chnl_cd, mkt_cd, tnt_cd, cust_no, curr_cd, tot_amt, fraud_flg, addr_ok_flg)
    SELECT o, 'EDI', 'DE', 'ACME', 10000 + o % 90000, 'EUR', 100 + o % 900, 'N', 'Y' FROM ${numbers};
    INSERT INTO oms.ord_line (ord_no, line_no, sku, qty, price, resv_flg)
    SELECT o, l, 'BELT-' || o % 100, 1 + o % 3, 19.50, 'Y' FROM ${numbers}, generate_series(1, ${LINES}) l;
    INSERT INTO oms.cust_addr (ord_no, addr_typ, street, zip, city, ctry, ok_flg)
    SELECT o, 'SHIP', 'Lindenstraße ' || o % 100, '50674', 'Köln', 'DE', 'Y' FROM ${numbers};
    COMMIT`);
  return orders * ORDER_ROWS;
}
