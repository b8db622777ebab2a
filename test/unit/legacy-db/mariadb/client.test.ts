/** The protocol's bytes, and the words of the workload that MariaDB says otherwise. The client itself is proven on a real server. */
import { describe, expect, it } from 'vitest';
import { inMariadb } from '../../../../legacy-db/mariadb/connection.js';
import { lengthAt, packet } from '../../../../legacy-db/mariadb/packets.js';

describe('packets', () => {
  it('carry the length of their body, low byte first, and their number', () => {
    expect([...packet(3, Buffer.alloc(258)).subarray(0, 5)]).toEqual([2, 1, 0, 3, 0]);
  });

  it.each([
    [[0x05], 5, 1],
    [[0xfc, 0x01, 0x02], 513, 3],
    [[0xfd, 0x01, 0x00, 0x01], 65_537, 4],
    [[0xfe, 1, 0, 0, 0, 1, 0, 0, 0], 4_294_967_297, 9],
  ])('encode a length as %j', (bytes, value, next) => {
    expect(lengthAt(Buffer.from(bytes), 0)).toEqual({ value, next });
  });
});

describe('a statement of the workload on MariaDB', () => {
  it.each([
    ['SELECT pg_sleep(0.02)', 'DO sleep(0.02)'],
    [`INSERT INTO t(a) VALUES (1,E'x\\ny')`, `INSERT INTO t(a) VALUES (1,'x\\ny')`],
    [
      'SELECT a FROM (SELECT a FROM t ORDER BY a FOR SHARE) h',
      'SELECT a FROM (SELECT a FROM t ORDER BY a LOCK IN SHARE MODE) h',
    ],
    [`UPDATE t SET a=a||' b'`, `UPDATE t SET a=a||' b'`],
  ])('%s', (statement, wanted) => {
    expect(inMariadb(statement)).toBe(wanted);
  });
});
