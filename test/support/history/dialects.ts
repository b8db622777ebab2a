/** What differs between connectors in what they write (recordings, "What real Debezium did"; `reference` 2). */
import type { Row } from '../../../legacy-db/oracle/history.js';
import type { TableName } from './database.js';
import { type Json, MARIADB, POSTGRES, Templates, wireDeleted, wireRow } from './templates.js';

/** Where a row or a boundary stands. */
export interface LogPlace {
  readonly txid: number;
  readonly lsn: number;
  /** Number among the rows of one place. */
  readonly row: number;
  /** `lsn` of the first row of the transaction. */
  readonly start: number;
  readonly predecessor: number | null;
}

export interface Dialect {
  readonly templates: Templates;
  /** Rows of a transaction may stand before the end of the one that was committed before. */
  readonly overlaps: boolean;
  source(place: LogPlace): Json;
  snapshotSource(place: Pick<LogPlace, 'txid' | 'lsn'>): Json;
  /** `transaction.id` of a row, `id` of a boundary. */
  idAt(place: LogPlace): string;
  /** The name under which transactions are known to the model. */
  nameOf(txid: number): string;
  before(op: 'u' | 'd', after: Json, table: TableName, row: Row): Json | null;
}

const quoted = (lsn: number | null): string => (lsn === null ? 'null' : `"${lsn}"`);

/** Ids differ from record to record; `sequence` links each transaction to the one before; rows overlap. */
export const postgresDialect: Dialect = {
  templates: new Templates(POSTGRES),
  overlaps: true,
  source: ({ txid, lsn, predecessor }) => ({ txId: txid, lsn, sequence: `[${quoted(predecessor)},"${lsn}"]` }),
  snapshotSource: ({ txid, lsn }) => ({ txId: txid, lsn, sequence: `[null,"${lsn}"]` }),
  idAt: ({ txid, lsn }) => `${txid}:${lsn}`,
  nameOf: String,
  before: (op, after, table, row) => (op === 'd' ? wireDeleted(after, table, row) : null),
};

/** Bytes of one log file. */
const FILE_BYTES = 1_500;
const START_FILE = 2;
const LOG_START = 72_070_000;

/** A transaction is in one file, however far it goes beyond the bytes that one should have. */
const placeInFile = (lsn: number, start: number): Json => {
  const files = Math.floor((start - LOG_START) / FILE_BYTES);
  const file = `mbin.${String(START_FILE + files).padStart(6, '0')}`;
  return { file, pos: 4 + (lsn - LOG_START - files * FILE_BYTES) };
};

/** One GTID in all records; places in log files, several rows at one place; complete rows before a change. */
export const mariadbDialect: Dialect = {
  templates: new Templates(MARIADB),
  overlaps: false,
  source: ({ txid, lsn, row, start }) => ({ ...placeInFile(lsn, start), row, gtid: gtidOf(txid), server_id: 7 }),
  snapshotSource: ({ lsn }) => ({ ...placeInFile(lsn, lsn), row: 0, gtid: null, server_id: 0 }),
  idAt: ({ txid }) => gtidOf(txid),
  nameOf: (txid) => gtidOf(txid),
  before: (_, after, __, row) => wireRow(after, row),
};

/** Numbers of the model wrap like PostgreSQL's; GTIDs only grow. */
const gtidOf = (txid: number): string => `0-7-${txid >= 4_000_000_000 ? txid - 4_294_967_280 : txid + 20}`;
