/**
 * SQL Server's source block and transaction ids (Debezium 2.0 to 3.6). Not proven on a real server: written from Debezium's
 * sources and its field list.
 *
 * - `event_serial_no` tells rows of one change apart: an update counts twice and has 2, delete and create of a key change 1 and 2.
 * - Each database has its own log. One connector may read several; what it writes then cannot be put in one order.
 */
import { lsnConnector } from './lsn.js';

const SERIAL_DIGITS = 10;

export const sqlserver = lsnConnector({
  names: ['sqlserver'],
  /** `00000027:00000758:0003` */
  lsn: /^[0-9a-f]{8}:[0-9a-f]{8}:[0-9a-f]{4}$/,
  tableName: ({ db, schema, table }) => `${String(db)}.${String(schema)}.${String(table)}`,
  logOf: (table) => table.slice(0, table.indexOf('.')),
  serialText: ({ event_serial_no: number }) => {
    const serial = Number(number ?? 0);
    return Number.isSafeInteger(serial) ? `/${String(serial).padStart(SERIAL_DIGITS, '0')}` : null;
  },
});
