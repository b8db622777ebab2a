/**
 * `dragoman reconcile source` on the real stack: rows that are changed behind the connector's back, while it is under load, are found with their
 * class, and nothing else is; what is set right settles by itself; a connection that is taken away is come back from; a second run waits its turn.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { withClient } from '../../legacy-db/database.js';
import { runWorkload } from '../../legacy-db/workload/run-workload.js';
import type { RunResult } from '../stack/native/run.js';
import { jsonIn, KeptOrders, ORDERS } from '../support/servers/kept-orders.js';

let kept: KeptOrders;
let configFile: string;

beforeAll(async () => {
  kept = await KeptOrders.open(inject('stackFile'));
  configFile = join(kept.directory, 'reconcile.yaml');
  const config = parse(readFileSync(kept.scene.configFile, 'utf8')) as Record<string, unknown>;
  const databases = { [kept.scene.prefix]: { url: kept.scene.legacy.url } };
  writeFileSync(configFile, stringify({ ...config, reconcile: { databases } }));
});

afterAll(() => kept.close());

const reconcile = (...args: string[]): Promise<RunResult> =>
  kept.cliOf(configFile, 'reconcile', 'source', '--json', ...args);

interface Shown {
  readonly class: string;
  readonly aggregate: string;
  readonly businessKey: string;
  readonly subject: { readonly table: string; readonly row: string };
}

/** What is open, as `class table row`. */
async function open(): Promise<string[]> {
  const { output } = await kept.cliOf(
    configFile,
    'discrepancies',
    'list',
    '--check',
    'source',
    '--max',
    '1000',
    '--json',
  );
  const { discrepancies } = jsonIn(output) as { discrepancies: readonly Shown[] };
  return discrepancies.map(({ class: is, subject: { table, row } }) => `${is} ${table} ${row}`).sort();
}

const query = <T extends Record<string, unknown>>(sql: string): Promise<T[]> =>
  withClient(kept.scene.legacy.url, async (client) => (await client.query<T>(sql)).rows);

/** What no connector is told of: its publication does not have the tables meanwhile. */
async function unseen(...statements: readonly string[]): Promise<void> {
  const [publication] = await query<{ pubname: string; tables: string }>(
    `SELECT p.pubname, string_agg(format('%I.%I', t.schemaname, t.tablename), ', ') AS tables
       FROM pg_publication p JOIN pg_publication_tables t USING (pubname) WHERE t.schemaname = 'oms' GROUP BY 1`,
  );
  const { pubname, tables } = publication!;
  await kept.scene.legacy.run(`ALTER PUBLICATION "${pubname}" DROP TABLE ${tables}`);
  try {
    for (const statement of statements) await kept.scene.legacy.run(statement);
  } finally {
    await kept.scene.legacy.run(`ALTER PUBLICATION "${pubname}" ADD TABLE ${tables}`);
  }
}

let wrong: string[] = [];

describe('the check of the source', () => {
  it('finds nothing where states are as the database is', async () => {
    await kept.running(async () => {
      const { exitCode, output } = await reconcile();
      expect(jsonIn(output)).toMatchObject({ schema: 'dragoman.cli/reconcile@1', ended: 'done', found: 0, open: 0 });
      expect(exitCode).toBe(0);
    });
  });

  it('finds what was changed behind its back, and nothing else, while rows come', async () => {
    const orders = await query<{ ord_no: string }>(
      `SELECT h.ord_no::text FROM oms.ord_hdr h WHERE (SELECT count(*) FROM oms.ord_line l WHERE l.ord_no = h.ord_no) > 0 ORDER BY h.ord_no LIMIT 9`,
    );
    const [a, b, c, d, ...rest] = orders.map(({ ord_no: no }) => no);
    const lines = await query<{ line_no: number }>(`SELECT line_no FROM oms.ord_line WHERE ord_no IN (${c})`);
    const gone = await query<{ table: string; key: string }>(
      `SELECT 'oms.ord_hdr' AS table, '${d}' AS key UNION ALL SELECT 'oms.ord_line', ord_no || '/' || line_no FROM oms.ord_line WHERE ord_no = ${d}
       UNION ALL SELECT 'oms.cust_addr', ord_no || '/' || trim(addr_typ) FROM oms.cust_addr WHERE ord_no = ${d}
       UNION ALL SELECT 'oms.pay_txn', pay_id::text FROM oms.pay_txn WHERE ord_no = ${d}
       UNION ALL SELECT 'oms.whs_rel', rel_no::text FROM oms.whs_rel WHERE ord_no = ${d}
       UNION ALL SELECT 'oms.ord_cancel', ord_no || '/' || req_no FROM oms.ord_cancel WHERE ord_no = ${d}`,
    );
    await unseen(
      `UPDATE oms.ord_hdr SET tot_amt = tot_amt + 1 WHERE ord_no IN (${a}, ${b})`,
      `DELETE FROM oms.ord_line WHERE ord_no = ${c}`,
      ...['ord_line', 'cust_addr', 'pay_txn', 'whs_rel', 'ord_cancel', 'ord_hdr'].map(
        (table) => `DELETE FROM oms.${table} WHERE ord_no = ${d}`,
      ),
      `INSERT INTO oms.ord_line SELECT ord_no, 77, sku, qty, price, resv_flg, line_sts FROM oms.ord_line WHERE ord_no = ${rest[0]} LIMIT 1`,
      `INSERT INTO oms.ord_hdr SELECT 99000001, sts_cd, chnl_cd, mkt_cd, tnt_cd, cust_no, curr_cd, tot_amt FROM oms.ord_hdr WHERE ord_no = ${a}`,
    );
    wrong = [
      ...[a, b].map((no) => `different oms.ord_hdr ${no}`),
      ...lines.map(({ line_no: no }) => `extra oms.ord_line ${c}/${no}`),
      ...gone.map(({ table, key }) => `extra ${table} ${key}`),
      `missing oms.ord_line ${rest[0]}/77`,
      'missing oms.ord_hdr 99000001',
    ].sort();
    await kept.running(async () => {
      const stop = new AbortController();
      const load = runWorkload({
        ...{
          url: kept.scene.legacy.url,
          orders: 100_000,
          firstOrder: 5_000_000,
          rate: 60,
          connections: 4,
          seed: 9,
          keyChanges: false,
        },
        signal: stop.signal,
      });
      try {
        for (const run of [1, 2]) {
          const { exitCode, output } = await reconcile();
          expect({ run, exitCode, open: await open() }).toEqual({ run, exitCode: 3, open: wrong });
          expect(jsonIn(output)).toMatchObject({ ended: 'done' });
        }
      } finally {
        stop.abort();
        await load;
      }
    });
  });

  it('closes by itself what is set right, at its next run', async () => {
    const set = /^different oms\.ord_hdr (\d+)$/;
    const numbers = wrong.flatMap((each) => set.exec(each)?.[1] ?? []);
    await unseen(
      `UPDATE oms.ord_hdr SET tot_amt = tot_amt - 1 WHERE ord_no IN (${numbers.join()})`,
      'DELETE FROM oms.ord_hdr WHERE ord_no = 99000001',
      'DELETE FROM oms.ord_line WHERE line_no = 77',
    );
    await kept.running(async () => {
      expect((await reconcile()).exitCode).toBe(3);
      expect(await open()).toEqual(wrong.filter((each) => each.startsWith('extra')));
    });
  });

  it('comes back from a connection that was taken away, and is the only one of its kind meanwhile', async () => {
    await kept.running(async () => {
      const slow = reconcile('--rate', '40');
      const taken = (): Promise<{ id: boolean }[]> =>
        query(
          `SELECT pg_terminate_backend(pid) AS id FROM pg_stat_activity WHERE application_name = 'dragoman reconcile'`,
        );
      await vi.waitFor(async () => expect(await taken()).not.toEqual([]), { timeout: 60_000, interval: 500 });
      const second = await reconcile();
      expect([second.exitCode, second.output]).toEqual([6, expect.stringContaining('CHECK_RUNS')]);
      const { exitCode, output } = await slow;
      expect(exitCode).toBe(3);
      expect(jsonIn(output)).toMatchObject({ ended: 'done' });
    });
  });

  it('refuses a database of another schema, and one that does not answer', async () => {
    const other = join(kept.directory, 'other.yaml');
    const config = parse(readFileSync(configFile, 'utf8')) as Record<string, unknown>;
    const at = (url: string): void =>
      writeFileSync(other, stringify({ ...config, reconcile: { databases: { [kept.scene.prefix]: { url } } } }));
    at(kept.scene.legacy.url.replace(/\/[^/]*$/, '/postgres'));
    const schema = await kept.cliOf(other, 'reconcile', 'source');
    expect([schema.exitCode, schema.output]).toEqual([6, expect.stringContaining('RECONCILE_SCHEMA')]);
    at(kept.scene.legacy.url.replace(/:\d+\//, ':1/'));
    const away = await kept.cliOf(other, 'reconcile', 'source');
    expect([away.exitCode, away.output]).toEqual([5, expect.stringContaining('DATABASE_UNREADABLE')]);
    expect(ORDERS).toBeGreaterThan(9);
  });
});
