/**
 * Db2's source block and transaction ids (Debezium 2.0 to 3.6). Not proven on a real server: written from Debezium's sources
 * (`Lsn.toString`, `Db2SourceInfoStructMaker`) and its tests. As SQL Server's, but rows have no serial number, and tables are
 * named without the database.
 */
import type { Position } from '../../domain/position.js';
import type { RowTransaction } from '../../domain/change-event.js';
import type { Connector } from '../connector.js';
import type { JsonObject } from '../envelope.js';

/** Ten or sixteen bytes, of one width inside a database. */
const LSN = /^[0-9a-f]{8}:[0-9a-f]{8}:[0-9a-f]{4,16}$/;

export const db2: Connector = {
  names: ['db2'],
  endHasPosition: true,
  tableName: ({ schema, table }) => `${String(schema)}.${String(table)}`,
  topicPath: (table) => table,
  rowTransaction,
  boundary: (id) => ({ id, position: lsn(id), serial: null }),
  snapshotPosition: (source) => lsn(source.commit_lsn),
  markPosition: () => null,
};

function rowTransaction(source: JsonObject, id: string | null, order: number | null): RowTransaction | null {
  const commit = lsn(source.commit_lsn);
  const change = lsn(source.change_lsn);
  if (commit === null || change === null) return null;
  return { id: id ?? commit, predecessor: null, commit, position: `${commit}/${change}` as Position, order };
}

const lsn = (value: unknown): Position | null =>
  typeof value === 'string' && LSN.test(value) ? (value as Position) : null;
