/** Db2's source block, by Debezium's sources and tests; not recorded from a real server. */
import { describe, expect, it } from 'vitest';
import { db2 } from '../../../../src/decode/connectors/db2.js';

const COMMIT = '00000000:00000000:0000000000058a6f';
const source = {
  connector: 'db2',
  name: 'legacy',
  snapshot: 'false',
  db: 'TESTDB',
  schema: 'DB2INST1',
  table: 'ORD_HDR',
  change_lsn: '00000000:00000000:0000000000058a61',
  commit_lsn: COMMIT,
};
const rowOf = (change: Record<string, unknown> = {}, id: string | null = COMMIT) =>
  db2.rowTransaction({ ...source, ...change }, id, 1);

describe('a row of Db2', () => {
  it('commits at commit_lsn and stands at commit_lsn and change_lsn', () => {
    expect(rowOf()).toEqual({
      id: COMMIT,
      predecessor: null,
      commit: COMMIT,
      position: `${COMMIT}/00000000:00000000:0000000000058a61`,
      order: 1,
    });
    expect(rowOf({}, null)?.id).toBe(COMMIT);
  });

  it('is ordered by commit first, then by change', () => {
    const places = [
      rowOf(),
      rowOf({ change_lsn: '00000000:00000000:0000000000058a62' }),
      rowOf({ commit_lsn: '00000000:00000000:0000000000058b00', change_lsn: '00000000:00000000:0000000000000001' }),
    ].map((row) => row!.position);
    expect([...places].sort()).toEqual(places);
  });

  it.each([
    ['no commit', { commit_lsn: null }],
    ['no change', { change_lsn: null }],
    ['the word NULL', { commit_lsn: 'NULL' }],
  ])('with %s has no position', (_, change) => {
    expect(rowOf(change)).toBeNull();
  });

  it('belongs to a table of a schema: the database is not part of the name', () => {
    expect(db2.tableName(source)).toBe('DB2INST1.ORD_HDR');
    expect(db2.topicPath('DB2INST1.ORD_HDR')).toBe('DB2INST1.ORD_HDR');
  });
});

it('a boundary of Db2 is a commit LSN: the place of its rows', () => {
  expect(db2.boundary(COMMIT)).toEqual({ id: COMMIT, position: COMMIT, serial: null });
  expect(db2.boundary('x').position).toBeNull();
});

it('a snapshot of Db2 shows what was committed up to its LSN', () => {
  expect(db2.snapshotPosition({ ...source, change_lsn: null })).toBe(COMMIT);
});
