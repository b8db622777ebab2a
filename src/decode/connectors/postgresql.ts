/**
 * PostgreSQL's source block and transaction ids (Debezium 2.0 to 3.6, pgoutput).
 *
 * - `transaction.id` is `xid:lsn` and differs from record to record; only the xid is common. It has 32 bits and wraps.
 * - END's suffix is the end of the commit record. It is the transaction's place in commit order, and it is `sequence[0]` of
 *   every row of the next captured transaction. `sequence[0]` is null for the first transaction after a snapshot.
 * - BEGIN's suffix is the place of the first row that the publication has (PostgreSQL 15 or newer; before, of the first thing logged).
 * - `lsn` of a row is not in commit order between transactions.
 * - A logical message inside of a transaction (`LogicalDecodingMessageMonitor`) has its transaction block and takes a number of its order; END
 *   counts each under the name of a Java object.
 */
import { type Position, positionOf } from '../../domain/source/position.js';
import type { RowTransaction } from '../../domain/source/change-event.js';
import type { Boundary, Connector } from './connector.js';
import type { JsonObject } from '../envelope.js';

export const postgresql: Connector = {
  names: ['postgresql'],
  sourceFields: ['sequence', 'txId'],
  endHasPosition: true,
  beginHasFirstRow: true,
  inventsKeys: true,
  tableName: (source) => `${String(source.schema)}.${String(source.table)}`,
  topicPath: (table) => table,
  rowTransaction,
  boundary,
  snapshotPosition: markPosition,
  markPosition,
  isAnnotation: (collection) => collection.includes('$LogicalDecodingMessageId@'),
};

function rowTransaction(source: JsonObject, block: string | null, order: number | null): RowTransaction | null {
  const { sequence } = source;
  const id = block === null ? txId(source) : xidOf(block);
  const comma = typeof sequence === 'string' ? commaIn(sequence) : NONE;
  if (typeof sequence !== 'string' || comma === NONE || id === null) return null;
  const position = placeAt(sequence, comma + 1, sequence.length - 1);
  return position === null ? null : { id, predecessor: predecessorIn(sequence, comma), commit: null, position, order };
}

function markPosition({ sequence }: JsonObject): Position | null {
  const comma = typeof sequence === 'string' ? commaIn(sequence) : NONE;
  return typeof sequence === 'string' && comma !== NONE ? placeAt(sequence, comma + 1, sequence.length - 1) : null;
}

const [NONE, QUOTE, ZERO, NINE] = [-1, 0x22, 0x30, 0x39];
const DIGITS_MAX = 20;

/** Where the comma of a `sequence` stands: `["28097504","28095368"]`, of which each may be null. NONE: it is no such text. */
function commaIn(sequence: string): number {
  const comma = sequence.indexOf(',');
  const isWhole = sequence.startsWith('[') && sequence.endsWith(']') && comma !== NONE;
  return isWhole && isPlace(sequence, 1, comma) && isPlace(sequence, comma + 1, sequence.length - 1) ? comma : NONE;
}

/** Digits in quotes, or null. */
function isPlace(sequence: string, from: number, to: number): boolean {
  if (sequence.charCodeAt(from) !== QUOTE) return to - from === 4 && sequence.startsWith('null', from);
  const digits = to - from - 2;
  if (digits < 1 || digits > DIGITS_MAX || sequence.charCodeAt(to - 1) !== QUOTE) return false;
  for (let i = from + 1; i < to - 1; i += 1) {
    const digit = sequence.charCodeAt(i);
    if (digit < ZERO || digit > NINE) return false;
  }
  return true;
}

/** @param from of a place. */
const placeAt = (sequence: string, from: number, to: number): Position | null =>
  sequence.charCodeAt(from) === QUOTE ? positionOf(sequence.slice(from + 1, to - 1)) : null;

/** Up to its comma. */
let last: { readonly start: string; readonly position: Position | null } = { start: '', position: null };

/** The same text for all rows of a transaction, which wait together. */
function predecessorIn(sequence: string, comma: number): Position | null {
  if (last.start.length !== comma || !sequence.startsWith(last.start))
    last = { start: sequence.slice(0, comma), position: placeAt(sequence, 1, comma) };
  return last.position;
}

/** `position` is null without a suffix (Debezium before 2.0). */
function boundary(id: string): Boundary {
  const xid = xidOf(id);
  const suffix = id.slice(xid.length + 1);
  return { id: xid, position: DIGITS.test(suffix) ? positionOf(suffix) : null, serial: null };
}

const DIGITS = /^\d{1,20}$/;

const txId = ({ txId: id }: JsonObject): string | null => (Number.isSafeInteger(id) ? String(id) : null);

let lastXid = '';

/** One text for all rows of a transaction. */
function xidOf(id: string): string {
  const colon = id.lastIndexOf(':');
  if (colon === -1) return id;
  if (colon !== lastXid.length || !id.startsWith(lastXid)) lastXid = id.slice(0, colon);
  return lastXid;
}
