/** The truth about MariaDB rests on reading what mariadb-binlog prints; binlog.txt is what it printed of a real server's log. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BinlogText, type Column } from '../../../../legacy-db/mariadb/binlog-text.js';
import type { Transaction } from '../../../../legacy-db/oracle/history.js';

const printed = readFileSync(new URL('binlog.txt', import.meta.url), 'utf8').split('\n');

const columns = (names: string, timestamps: readonly string[] = []): Column[] =>
  names.split(' ').map((name) => ({ name, isTimestamp: timestamps.includes(name) }));

const header = columns(
  'ord_no sts_cd chnl_cd mkt_cd tnt_cd cust_no curr_cd tot_amt fraud_flg addr_ok_flg crt_ts chg_ts notes',
  ['chg_ts'],
);
const tables = new Map([
  ['ord_hdr', header],
  ['ord_line', columns('ord_no line_no sku qty price resv_flg line_sts')],
  ['whs_rel', columns('rel_no ord_no whs_cd rel_ts', ['rel_ts'])],
  ['cust_addr', columns('ord_no addr_typ street zip city ctry ok_flg')],
]);

function read(lines: readonly string[], database = 'oms'): Transaction[] {
  const text = new BinlogText({ database, columns: tables });
  return lines.flatMap((line) => text.read(line) ?? []);
}

describe('what mariadb-binlog prints', () => {
  const transactions = read(printed);
  const [created, deleted, released, updated] = transactions;

  it('holds the committed transactions in their order, without definitions of tables', () => {
    expect(transactions.map(({ txid, commitEndLsn }) => [txid, commitEndLsn])).toEqual([
      ['0-7-11', 11n],
      ['0-7-97', 97n],
      ['0-7-166', 166n],
      ['0-7-245', 245n],
    ]);
  });

  it('tells the time of a commit in whole seconds, UTC', () => {
    expect(created?.commitTsMs).toBe(Date.UTC(2026, 10, 21, 18, 19, 35));
  });

  it('keeps quotes as they are, and every row of a statement', () => {
    expect(created?.changes.map(({ table, op }) => `${op} ${table}`)).toEqual([
      'c ord_hdr',
      ...Array.from({ length: 3 }, () => 'c ord_line'),
      'c cust_addr',
    ]);
    expect(created?.changes[0]?.row).toMatchObject({
      ord_no: '1000048',
      tot_amt: '127.00',
      fraud_flg: '',
      chg_ts: null,
      notes: 'quote \' and "double"',
    });
    expect(created?.changes[4]?.row).toMatchObject({ street: '12 Rue des Écoles' });
  });

  it('reads both sides of an update, control characters and times that are seconds', () => {
    const [change] = updated?.changes ?? [];
    expect(change?.before).toMatchObject({ ord_no: '1000063', fraud_flg: '', notes: 'line1\nline2' });
    expect(change?.row).toMatchObject({ ord_no: '1000063', fraud_flg: 'N' });
    expect(change?.row?.['chg_ts']).toMatch(/^2026-11-21T18:19:35\.\d{6}$/);
    expect(released?.changes[0]?.row).toMatchObject({ rel_no: '10000051', whs_cd: 'W02' });
    expect(released?.changes[0]?.row?.['rel_ts']).toMatch(/^2026-11-21T18:19:35\.\d{6}$/);
  });

  it('reads deletes, and passes over tables that nobody asked for', () => {
    expect(deleted?.changes.map(({ table, op, row }) => [op, table, row])).toEqual([
      ['d', 'ord_hdr', undefined],
      ['d', 'cust_addr', undefined],
    ]);
    expect(deleted?.changes[0]?.before).toMatchObject({ ord_no: '1000036' });
    expect(read(printed, 'another').flatMap(({ changes }) => changes)).toEqual([]);
  });

  it('knows transactions that were committed in a group', () => {
    const grouped = printed.map((line) => line.replace(/(GTID \S+) trans/, '$1 cid=87 trans'));
    expect(read(grouped)).toEqual(transactions);
  });

  it('refuses a row with more columns than the table has, and a commit without a GTID', () => {
    const wider = printed.map((line) => line.replace('###   @4=', '###   @99='));
    expect(() => read(wider)).toThrow('BINLOG_UNREADABLE');
    expect(() => read(['COMMIT/*!*/;'])).toThrow('BINLOG_UNREADABLE');
  });
});
