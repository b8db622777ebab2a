/** Oracle's source block (LogMiner), by Debezium's sources and tests; not recorded from a real server. */
import { describe, expect, it } from 'vitest';
import { oracle } from '../../../../src/decode/connectors/oracle.js';

const source = {
  version: '3.6.1.Final',
  connector: 'oracle',
  name: 'legacy',
  snapshot: 'false',
  db: 'ORCLPDB1',
  schema: 'OMS',
  table: 'ORD_HDR',
  txId: '0c002100f0040000',
  scn: '2122184',
  commit_scn: '2122190',
  rs_id: ' 0x000123.00000abc.0010 ',
  ssn: 0,
  redo_thread: 1,
  txSeq: 1,
};
const rowOf = (change: Record<string, unknown> = {}, id: string | null = source.txId) =>
  oracle.rowTransaction({ ...source, ...change }, id, 1);

describe('a row of Oracle', () => {
  it('commits at the SCN, redo thread and id of its transaction', () => {
    const commit = '00000000000002122190:00000000000000000001:0c002100f0040000';
    expect(rowOf()).toEqual({
      id: '0c002100f0040000',
      predecessor: null,
      commit,
      position: `${commit}/00000000000000000001`,
      order: 1,
    });
  });

  it('is named by id and SCN without transaction block, because ids are used again', () => {
    expect(rowOf({}, null)?.id).toBe('0c002100f0040000:00000000000002122190');
  });

  it('is ordered by commit SCN, whatever its own SCN; a longer SCN is later', () => {
    const commits = [
      rowOf({ commit_scn: '9', scn: '8' }),
      rowOf({ commit_scn: '10', scn: '1' }),
      rowOf({ commit_scn: '18446744073709551615', scn: '1' }),
    ].map((row) => row!.commit!);
    expect([...commits].sort()).toEqual(commits);
  });

  it('of another transaction with the same SCN is told apart', () => {
    const commits = [rowOf(), rowOf({ redo_thread: 2 }), rowOf({ txId: '0c002100f0040001' })].map((row) => row!.commit);
    expect(new Set(commits).size).toBe(3);
  });

  it('is ordered inside its transaction by its number, or by its place in the redo log', () => {
    const numbered = [rowOf({ txSeq: 2 }), rowOf({ txSeq: 10 })].map((row) => row!.position);
    const placed = [
      rowOf({ txSeq: null }),
      rowOf({ txSeq: null, ssn: 1 }),
      rowOf({ txSeq: null, rs_id: ' 0x000123.00000abd.0010 ' }),
      rowOf({ txSeq: null, scn: '2122185' }),
    ].map((row) => row!.position);
    expect([...numbered].sort()).toEqual(numbered);
    expect([...placed].sort()).toEqual(placed);
    expect(new Set(placed).size).toBe(4);
  });

  it.each([
    ['no commit SCN (XStream)', { commit_scn: null }],
    ['the text null', { commit_scn: 'null' }],
    ['no transaction id', { txId: null }],
    ['no place inside the transaction', { txSeq: null, scn: null }],
  ])('with %s has no position', (_, change) => {
    expect(rowOf(change)).toBeNull();
  });

  it.each(['1.9.8.Final', '2.0.0.Final', '2.4.2.Final'])(
    'of Debezium %s is refused: its commit SCN misleads',
    (version) => {
      expect(() => rowOf({ version })).toThrow(expect.objectContaining({ code: 'SOURCE_UNSUPPORTED' }));
      expect(() => rowOf({ version })).toThrow(/Upgrade the connector/);
    },
  );

  it.each(['2.5.0.Final', '2.7.4.Final', '3.0.0.Final', '10.2.0.Final'])('of Debezium %s is read', (version) => {
    expect(rowOf({ version })).not.toBeNull();
  });

  it('belongs to a table of a pluggable database, which its topic does not name', () => {
    expect(oracle.tableName(source)).toBe('ORCLPDB1.OMS.ORD_HDR');
    expect(oracle.topicPath('ORCLPDB1.OMS.ORD_HDR')).toBe('OMS.ORD_HDR');
  });
});

it('a boundary of Oracle has its id alone', () => {
  expect(oracle.boundary(source.txId)).toEqual({ id: source.txId, position: null, serial: null });
  expect(oracle.endHasPosition).toBe(false);
});

it('a snapshot of Oracle shows every transaction of its SCN', () => {
  const snapshot = oracle.snapshotPosition({ ...source, commit_scn: null, txId: null, scn: '2122190' })!;
  expect(snapshot > rowOf({ commit_scn: '2122190' })!.commit!).toBe(true);
  expect(snapshot < rowOf({ commit_scn: '2122191' })!.commit!).toBe(true);
});
