/**
 * Source block and transaction ids of Debezium's two binlog connectors (2.0 to 3.6, `BinlogSourceInfo`).
 *
 * - A row stands at `file`, `pos` (start of its row event) and `row` (index in it). Rows of one statement share `pos`; the delete
 *   and the create of a key change share all three. A transaction is contiguous in the binlog, and the binlog is in commit order:
 *   so the place of a row is its place in commit order too.
 * - Files compare by the number after the last dot, which may grow beyond six digits. Another base name is another log: the
 *   operator raises the source's epoch, as after a failover to a server with another binlog.
 * - Without GTIDs a transaction is named by the place of its BEGIN, before its rows and after those of the one before. Without
 *   transaction metadata as well, a row event is all that can be named.
 */
import { type Position, positionOf } from '../../domain/source/position.js';
import type { RowTransaction } from '../../domain/source/change-event.js';
import type { Boundary, Connector } from './connector.js';
import type { JsonObject } from '../envelope.js';

/** @param serialOf the GTID of a BEGIN or END record in parts; null when it is none. */
export const binlogConnector = (names: readonly string[], serialOf: (id: string) => Boundary['serial']): Connector => ({
  names,
  sourceFields: ['file', 'pos', 'row', 'gtid'],
  endHasPosition: false,
  tableName: (source) => `${String(source.db)}.${String(source.table)}`,
  topicPath: (table) => table,
  isNameless: ({ gtid }) => typeof gtid !== 'string',
  rowTransaction: (source, id, order) => rowTransaction(source, id, order, serialOf),
  boundary: (id) => ({ id, position: beginPosition(id), serial: serialOf(id) }),
  snapshotPosition: ({ file, pos }) => (typeof file === 'string' ? placeOf(file, pos) : null),
  markPosition: () => null,
});

function rowTransaction(
  source: JsonObject,
  id: string | null,
  order: number | null,
  serialOf: (id: string) => Boundary['serial'],
): RowTransaction | null {
  const { file, pos, row, gtid } = source;
  const event = typeof file === 'string' ? placeOf(file, pos) : null;
  if (event === null || !isCount(row)) return null;
  const position = `${event}:${String(row).padStart(ROW_DIGITS, '0')}` as Position;
  const name = id ?? (typeof gtid === 'string' ? gtid : event);
  const serial = serialOf(name);
  return { id: name, predecessor: null, commit: position, position, order, ...(serial === null ? {} : { serial }) };
}

const WITHOUT_GTID = /^file=(.+),pos=(\d{1,15})$/;

function beginPosition(id: string): Position | null {
  const [, file, pos] = WITHOUT_GTID.exec(id) ?? [];
  return file === undefined ? null : placeOf(file, Number(pos));
}

const FILE_NUMBER = /\.(\d{1,10})$/;
const FILE_DIGITS = 10;
const ROW_DIGITS = 10;

/** `file number:pos`; the place of a row in that event follows it. */
function placeOf(file: string, pos: unknown): Position | null {
  const number = FILE_NUMBER.exec(file)?.[1];
  if (number === undefined || !isCount(pos)) return null;
  return `${number.padStart(FILE_DIGITS, '0')}:${positionOf(String(pos))}` as Position;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
