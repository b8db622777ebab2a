/** SQL Server's source block, by Debezium's field list and sources; not recorded from a real server. */
import { describe, expect, it } from 'vitest';
import { sqlserver } from '../../../../src/decode/connectors/sqlserver.js';

const COMMIT = '00000027:00000ac0:0002';
const source = {
  connector: 'sqlserver',
  name: 'legacy',
  snapshot: 'false',
  db: 'shop',
  schema: 'dbo',
  table: 'ord_hdr',
  change_lsn: '00000027:00000ab8:0003',
  commit_lsn: COMMIT,
  event_serial_no: 1,
};
const rowOf = (change: Record<string, unknown> = {}, id: string | null = COMMIT) =>
  sqlserver.rowTransaction({ ...source, ...change }, id, 1);

describe('a row of SQL Server', () => {
  it('commits at commit_lsn and stands at commit_lsn, change_lsn and serial number', () => {
    expect(rowOf()).toEqual({
      id: COMMIT,
      predecessor: null,
      commit: COMMIT,
      position: `${COMMIT}/00000027:00000ab8:0003/0000000001`,
      order: 1,
    });
  });

  it('is named by its commit without transaction block', () => {
    expect(rowOf({}, null)?.id).toBe(COMMIT);
  });

  it('is ordered by commit first, then by change, then by serial number', () => {
    const places = [
      rowOf({ event_serial_no: 1 }),
      rowOf({ event_serial_no: 2 }),
      rowOf({ event_serial_no: 10 }),
      rowOf({ change_lsn: '00000027:00000ab9:0001' }),
      rowOf({ commit_lsn: '00000027:00000ac0:0003', change_lsn: '00000027:00000001:0001' }),
    ].map((row) => row!.position);
    expect([...places].sort()).toEqual(places);
    expect(new Set(places).size).toBe(5);
  });

  it('may have its serial number as text, or none', () => {
    expect(rowOf({ event_serial_no: '2' })?.position).toBe(rowOf({ event_serial_no: 2 })?.position);
    expect(rowOf({ event_serial_no: null })?.position).toBe(rowOf({ event_serial_no: 0 })?.position);
  });

  it.each([
    ['no commit', { commit_lsn: null }],
    ['no change', { change_lsn: null }],
    ['a commit of another width', { commit_lsn: '27:ac0:2' }],
    ['the word NULL', { commit_lsn: 'NULL' }],
    ['upper case', { commit_lsn: COMMIT.toUpperCase() }],
    ['a serial number that is none', { event_serial_no: 'x' }],
  ])('with %s has no position', (_, change) => {
    expect(rowOf(change)).toBeNull();
  });

  it('belongs to a table of a schema of a database, in its topic too', () => {
    expect(sqlserver.tableName(source)).toBe('shop.dbo.ord_hdr');
    expect(sqlserver.topicPath('shop.dbo.ord_hdr')).toBe('shop.dbo.ord_hdr');
  });

  it('has positions of its database only', () => {
    expect(sqlserver.logOf?.('shop.dbo.ord_hdr')).toBe('shop');
    expect(sqlserver.logOf?.('crm.dbo.ord_hdr')).toBe('crm');
  });
});

describe('a boundary of SQL Server', () => {
  it('is a commit LSN: the place of its rows', () => {
    expect(sqlserver.boundary(COMMIT)).toEqual({ id: COMMIT, position: COMMIT, serial: null });
    expect(sqlserver.boundary('0-7-33')).toEqual({ id: '0-7-33', position: null, serial: null });
  });

  it('is always placed', () => {
    expect(sqlserver.endHasPosition).toBe(true);
  });
});

it('a snapshot of SQL Server shows what was committed up to its LSN', () => {
  const snapshot = sqlserver.snapshotPosition({ ...source, change_lsn: null, event_serial_no: null });
  expect(snapshot).toBe(COMMIT);
  expect(snapshot! < rowOf({ commit_lsn: '00000027:00000ac1:0001' })!.commit!).toBe(true);
});
