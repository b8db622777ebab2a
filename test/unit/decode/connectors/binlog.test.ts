/**
 * Binlog positions and transaction ids. MariaDB's forms come from recordings; what is MySQL's alone (GTIDs by server UUID, tagged
 * ones, ids without GTID) is written from Debezium's sources, for want of a recording.
 */
import { describe, expect, it } from 'vitest';
import { mariadb } from '../../../../src/decode/connectors/mariadb.js';
import { mysql } from '../../../../src/decode/connectors/mysql.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { envelopeOf, readRecording } from '../../../support/recordings.js';

const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const recorded = readRecording('mariadb/01-lifecycle').filter(({ topic }) => topic === 'shop.oms.ord_hdr');
const created = envelopeOf(recorded.find(({ value }) => value?.includes('"op":"c"'))!);
const read = envelopeOf(recorded.find(({ value }) => value?.includes('"op":"r"'))!);

describe('a recorded row of MariaDB', () => {
  it('stands at file, place of its row event, and row', () => {
    const position = '0000000002:00000000000000015422:0000000000';
    expect(mariadb.rowTransaction(created.source, '0-7-33', 1)).toEqual({
      id: '0-7-33',
      predecessor: null,
      commit: position,
      position,
      order: 1,
      serial: { stream: '0-7', number: positionOf('33'), domain: '0-' },
    });
  });

  it('is named by its GTID when there is no transaction block, and tells so', () => {
    expect(mariadb.rowTransaction(created.source, null, null)).toMatchObject({ id: '0-7-33', order: null });
    expect(mariadb.isNameless?.(created.source)).toBe(false);
  });

  it('of a snapshot stands before every row that was committed after it', () => {
    const snapshot = mariadb.snapshotPosition(read.source)!;
    const first = mariadb.rowTransaction(created.source, null, null)!.position;
    expect(snapshot).toBe('0000000002:00000000000000015133');
    expect(snapshot < first).toBe(true);
  });

  it('belongs to a table of its database', () => {
    expect(mariadb.tableName(created.source)).toBe('oms.ord_hdr');
    expect(mariadb.topicPath('oms.ord_hdr')).toBe('oms.ord_hdr');
  });
});

describe('the order of the binlog', () => {
  const at = (file: string, pos: number, row: number): string =>
    mysql.rowTransaction({ ...created.source, file, pos, row }, 'x', 1)!.position;

  it('is that of the positions, file by number', () => {
    const places = [
      at('binlog.000009', 900, 0),
      at('binlog.000010', 4, 0),
      at('binlog.000010', 4, 2),
      at('binlog.000010', 4, 10),
      at('binlog.000010', 157, 0),
      at('binlog.000010', 5_000_000_000, 0),
      at('binlog.999999', 4, 0),
      at('binlog.1000000', 4, 0),
    ];
    expect([...places].sort()).toEqual(places);
    expect(new Set(places).size).toBe(places.length);
  });

  it('takes the number after the last dot of a name', () => {
    expect(at('db-1.prod.bin.000003', 4, 0)).toBe(at('binlog.000003', 4, 0));
  });

  it('puts the BEGIN that names a transaction without GTID before its rows and after those of the one before', () => {
    const id = 'file=mysql-bin.000003,pos=154';
    const { position, serial } = mysql.boundary(id);
    expect(serial).toBeNull();
    expect(position! > at('mysql-bin.000003', 120, 7)).toBe(true);
    expect(position! < at('mysql-bin.000003', 219, 0)).toBe(true);
    // compressed transactions: all events share the place of the outer one
    expect(position! < at('mysql-bin.000003', 154, 0)).toBe(true);
  });
});

describe('a boundary', () => {
  it.each([
    ['0-7-33', '0-7', '33', '0-'],
    ['1-4294967295-18446744073709551615', '1-4294967295', '18446744073709551615', '1-'],
  ])('of MariaDB, GTID %s', (id, stream, number, domain) => {
    expect(mariadb.boundary(id)).toEqual({
      id,
      position: null,
      serial: { stream, number: positionOf(number), domain },
    });
  });

  it.each([
    [`${UUID}:23`, UUID, '23'],
    [`${UUID}:batch_1:9223372036854775807`, `${UUID}:batch_1`, '9223372036854775807'],
  ])('of MySQL, GTID %s', (id, stream, number) => {
    const serial = { stream, number: positionOf(number), domain: null };
    expect(mysql.boundary(id)).toEqual({ id, position: null, serial });
  });

  it.each(['', 'abc', '0-7-33', `${UUID}:`, `${UUID}:x`, 'file=binlog,pos=4', 'file=binlog.000001,pos='])(
    'of MySQL that is neither GTID nor place has its id alone: %s',
    (id) => {
      expect(mysql.boundary(id)).toEqual({ id, position: null, serial: null });
    },
  );

  it('numbers of one stream compare, also across a power of ten', () => {
    const number = (id: string): string => mysql.boundary(id).serial!.number;
    expect(number(`${UUID}:9`) < number(`${UUID}:10`)).toBe(true);
  });
});

describe('a source block that MySQL writes', () => {
  const source = { ...created.source, connector: 'mysql', gtid: `${UUID}:23` };

  it('is one of MariaDB too when its connector reads it', () => {
    expect(mysql.names).toEqual(['mysql']);
    expect(mariadb.names).toEqual(['mariadb', 'mysql']);
  });

  it('without GTID and transaction block names its row event only, and tells so', () => {
    const bare = { ...source, gtid: null };
    expect(mysql.isNameless?.(bare)).toBe(true);
    expect(mysql.rowTransaction(bare, null, null)?.id).toBe('0000000002:00000000000000015422');
    expect(mysql.rowTransaction(bare, 'file=mbin.000002,pos=15200', 2)?.id).toBe('file=mbin.000002,pos=15200');
  });

  it.each([
    ['no file', { file: null }],
    ['a file without number', { file: 'binlog' }],
    ['a file number beyond what any server writes', { file: 'binlog.00000000001' }],
    ['no place', { pos: null }],
    ['a place that is no number', { pos: '154' }],
    ['a place below zero', { pos: -1 }],
    ['no row', { row: null }],
    ['a row that is no whole number', { row: 0.5 }],
  ])('with %s has no position', (_, change) => {
    expect(mysql.rowTransaction({ ...source, ...change }, null, null)).toBeNull();
  });

  it('has no marks: logical messages are PostgreSQL’s', () => {
    expect(mysql.markPosition(source)).toBeNull();
  });
});
