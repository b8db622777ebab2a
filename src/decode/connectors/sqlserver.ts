/**
 * SQL Server's source block and transaction ids (Debezium 2.0 to 3.6). Not proven on a real server: written from Debezium's
 * sources and its field list.
 *
 * - An LSN is text of fixed width (`00000027:00000758:0003`), so it compares as it stands. `commit_lsn` is in commit order and is
 *   the id of the transaction; `change_lsn` only orders the rows inside one.
 * - `event_serial_no` tells rows of one change apart: an update counts twice and has 2, delete and create of a key change 1 and 2.
 * - Each database has its own log. One connector may read several; what it writes then cannot be put in one order.
 */
import type { Position } from '../../domain/position.js';
import type { RowTransaction } from '../../domain/change-event.js';
import type { Connector } from '../connector.js';
import type { JsonObject } from '../envelope.js';

const LSN = /^[0-9a-f]{8}:[0-9a-f]{8}:[0-9a-f]{4}$/;
const SERIAL_DIGITS = 10;

export const sqlserver: Connector = {
  names: ['sqlserver'],
  endHasPosition: true,
  tableName: ({ db, schema, table }) => `${String(db)}.${String(schema)}.${String(table)}`,
  topicPath: (table) => table,
  logOf: (table) => table.slice(0, table.indexOf('.')),
  rowTransaction,
  boundary: (id) => ({ id, position: lsn(id), serial: null }),
  snapshotPosition: (source) => lsn(source.commit_lsn),
  markPosition: () => null,
};

function rowTransaction(source: JsonObject, id: string | null, order: number | null): RowTransaction | null {
  const commit = lsn(source.commit_lsn);
  const change = lsn(source.change_lsn);
  const serial = Number(source.event_serial_no ?? 0);
  if (commit === null || change === null || !Number.isSafeInteger(serial)) return null;
  const position = `${commit}/${change}/${String(serial).padStart(SERIAL_DIGITS, '0')}` as Position;
  return { id: id ?? commit, predecessor: null, commit, position, order };
}

const lsn = (value: unknown): Position | null =>
  typeof value === 'string' && LSN.test(value) ? (value as Position) : null;
