/**
 * Any number of orders in the legacy database, five rows each, made by the server itself; the cells that a pipeline would have of them; and rows that
 * are then made otherwise, or away, of which no cell knows.
 */
import { openRows } from '../../src/adapters/databases/open.js';
import { rowKey } from '../../src/changeset/owners.js';
import type { CompiledRules } from '../../src/rules/compile.js';
import type { Cell } from '../../src/pipeline/ports.js';
import { COLUMNS, ROWS } from '../../src/pipeline/state/cells.js';
import { ColumnLists, rowText } from '../../src/pipeline/state/column-lists.js';
import { planOf } from '../../src/reconcile/source/tables.js';
import { withClient } from '../../legacy-db/database.js';

export const ROWS_PER_ORDER = 5;
/** Rows of each class that are seeded, in a hundred thousand orders or fewer. */
const SEEDED = { different: 40, extra: 40, missing: 20 } as const;
export type Seeded = typeof SEEDED;

/** Triggers stay silent. @throws what pg throws */
export async function fillDatabase(url: string, orders: number): Promise<void> {
  await withClient(url, async (client) => {
    await client.query("SET session_replication_role = 'replica'");
    await client.query(
      `INSERT INTO oms.ord_hdr (ord_no, sts_cd, chnl_cd, mkt_cd, tnt_cd, cust_no, curr_cd, tot_amt, fraud_flg, addr_ok_flg)
       SELECT n, '20', 'WEB', 'DE', 'ACME', n % 90000, 'EUR', (n % 100000) / 100.0, 'N', 'Y' FROM generate_series(1, $1::bigint) n`,
      [orders],
    );
    await client.query(
      `INSERT INTO oms.ord_line (ord_no, line_no, sku, qty, price, resv_flg, line_sts)
       SELECT n, l, 'SKU-' || (n * 7 + l) % 5000, 1 + n % 4, (n % 9000) / 100.0, 'Y', '20' FROM generate_series(1, $1::bigint) n, generate_series(1, 2) l`,
      [orders],
    );
    await client.query(
      `INSERT INTO oms.cust_addr (ord_no, addr_typ, street, zip, city, ctry, ok_flg)
       SELECT n, 'SHIP', 'Lindenstraße ' || n % 200, '50674', 'Köln', 'DE', 'Y' FROM generate_series(1, $1::bigint) n`,
      [orders],
    );
    await client.query(
      `INSERT INTO oms.pay_txn (pay_id, ord_no, pay_typ, amt, pay_sts)
       SELECT n, n, 'AUTH', (n % 100000) / 100.0, 'OK' FROM generate_series(1, $1::bigint) n`,
      [orders],
    );
    await client.query('VACUUM ANALYZE');
  });
}

const PAGE_ROWS = 5_000;
const MEMORY = '{"sequences":{},"at":{}}';

/** In the order of the tables. */
export async function* cellsOf(url: string, rules: CompiledRules): AsyncIterable<Cell> {
  const lists = new ColumnLists();
  const rows = await openRows(url, null);
  try {
    const database = { name: 'legacy', rows, schemas: {}, tables: await rows.tables() };
    const { tables } = planOf({ rules, databases: [database], isComplete: true, wanted: [] });
    for (const [name, { parts }] of tables)
      for (const { whole } of parts)
        for (let after: readonly string[] | null = null; ;) {
          const page: Awaited<ReturnType<typeof rows.after>> = await rows.after(whole.asked, after, PAGE_ROWS);
          for (const { texts } of page) {
            const { row, key } = whole.reader.read(texts);
            const hash = `order:${row['ord_no'] as string}`;
            if (name === 'oms.ord_hdr') yield { hash, field: '', value: MEMORY };
            yield { hash, field: `r${name}\t${key ?? ''}`, value: rowText(row, lists) };
            for (const feed of rules.feeds.get(name) ?? [])
              if (feed.keyPlaces === null) yield { hash: ROWS, field: rowKey(feed, key ?? ''), value: hash };
          }
          after = page.at(-1)?.place ?? null;
          if (page.length < PAGE_ROWS) break;
        }
    for (const [id, text] of lists.takeFresh()) yield { hash: COLUMNS, field: id, value: text };
  } finally {
    await rows.end();
  }
}

/** Spread over all orders. */
export async function seed(url: string, orders: number): Promise<Seeded> {
  const every = Math.floor(orders / (SEEDED.different + SEEDED.extra + SEEDED.missing));
  const upTo = (count: number): string => `ord_no % ${every} = 0 AND ord_no <= ${count * every}`;
  const between = (from: number, to: number): string => `${upTo(to)} AND ord_no > ${from * every}`;
  const { different, extra, missing } = SEEDED;
  await withClient(url, async (client) => {
    await client.query("SET session_replication_role = 'replica'");
    await client.query(`UPDATE oms.ord_hdr SET tot_amt = tot_amt + 1 WHERE ${upTo(different)}`);
    await client.query(`DELETE FROM oms.ord_line WHERE line_no = 2 AND ${between(different, different + extra)}`);
    await client.query(
      `INSERT INTO oms.ord_line SELECT ord_no, 9, sku, qty, price, resv_flg, line_sts FROM oms.ord_line
        WHERE line_no = 1 AND ${between(different + extra, different + extra + missing)}`,
    );
  });
  return SEEDED;
}
