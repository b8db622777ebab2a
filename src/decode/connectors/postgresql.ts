/**
 * PostgreSQL's source block and transaction ids (Debezium 2.0 to 3.6, pgoutput).
 *
 * - `transaction.id` is `xid:lsn` and differs from record to record; only the xid is common. It has 32 bits and wraps.
 * - END's suffix is the end of the commit record. It is the transaction's place in commit order, and it is `sequence[0]` of
 *   every row of the next captured transaction. `sequence[0]` is null for the first transaction after a snapshot.
 * - `lsn` of a row is not in commit order between transactions.
 */
import { type Position, positionOf } from '../../domain/source/position.js';
import type { RowTransaction } from '../../domain/source/change-event.js';
import type { Boundary, Connector } from './connector.js';
import type { JsonObject } from '../envelope.js';

const SEQUENCE = /^\[(?:null|"(\d{1,20})"),(?:null|"(\d{1,20})")\]$/;

export const postgresql: Connector = {
  names: ['postgresql'],
  sourceFields: ['sequence', 'txId'],
  endHasPosition: true,
  inventsKeys: true,
  tableName: (source) => `${String(source.schema)}.${String(source.table)}`,
  topicPath: (table) => table,
  rowTransaction,
  boundary,
  snapshotPosition: markPosition,
  markPosition,
};

function rowTransaction(source: JsonObject, block: string | null, order: number | null): RowTransaction | null {
  const sequence = typeof source.sequence === 'string' ? SEQUENCE.exec(source.sequence) : null;
  const own = sequence?.[2];
  const id = block === null ? txId(source) : xidOf(block);
  if (sequence === null || own === undefined || id === null) return null;
  const [, predecessor] = sequence;
  return {
    id,
    predecessor: predecessor === undefined ? null : predecessorOf(predecessor),
    commit: null,
    position: positionOf(own),
    order,
  };
}

let last = { digits: '0', position: positionOf('0') };

/** The same text for all rows of a transaction, which wait together. */
function predecessorOf(digits: string): Position {
  if (last.digits !== digits) last = { digits, position: positionOf(digits) };
  return last.position;
}

function markPosition(source: JsonObject): Position | null {
  const own = typeof source.sequence === 'string' ? SEQUENCE.exec(source.sequence)?.[2] : undefined;
  return own === undefined ? null : positionOf(own);
}

/** `position` is null without a suffix (Debezium before 2.0). */
function boundary(id: string): Boundary {
  const xid = xidOf(id);
  const suffix = id.slice(xid.length + 1);
  return { id: xid, position: DIGITS.test(suffix) ? positionOf(suffix) : null, serial: null };
}

const DIGITS = /^\d{1,20}$/;

const txId = ({ txId: id }: JsonObject): string | null => (Number.isSafeInteger(id) ? String(id) : null);

function xidOf(id: string): string {
  const colon = id.lastIndexOf(':');
  return colon === -1 ? id : id.slice(0, colon);
}
