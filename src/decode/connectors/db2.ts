/**
 * Db2's source block and transaction ids (Debezium 2.0 to 3.6). Not proven on a real server: written from Debezium's sources
 * (`Lsn.toString`, `Db2SourceInfoStructMaker`) and its tests. As SQL Server's, but rows have no serial number, and tables are
 * named without the database.
 */
import { lsnConnector } from './lsn.js';

export const db2 = lsnConnector({
  names: ['db2'],
  /** Ten or sixteen bytes, of one width inside a database. */
  lsn: /^[0-9a-f]{8}:[0-9a-f]{8}:[0-9a-f]{4,16}$/,
  tableName: ({ schema, table }) => `${String(schema)}.${String(table)}`,
  serialText: () => '',
});
