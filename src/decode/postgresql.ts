/**
 * PostgreSQL's source block and transaction ids (Debezium 2.0 to 3.6, pgoutput).
 *
 * - `transaction.id` is `xid:lsn` and differs from record to record; only the xid is common. It has 32 bits and wraps.
 * - END's suffix is the end of the commit record. It is the transaction's place in commit order, and it is `sequence[0]` of
 *   every row of the next captured transaction. `sequence[0]` is null for the first transaction after a snapshot.
 * - `lsn` of a row is not in commit order between transactions.
 */
import { type Position, positionOf } from '../domain/position.js';
import type { RowTransaction } from '../domain/change-event.js';
import type { JsonObject } from './envelope.js';

const SEQUENCE = /^\[(?:null|"(\d{1,20})"),(?:null|"(\d{1,20})")\]$/;

/** @returns null when the blocks are not those of a streamed PostgreSQL row. */
export function rowTransaction(source: JsonObject, transaction: JsonObject): RowTransaction | null {
  const id = transaction.id;
  const order = Number(transaction.total_order);
  const sequence = typeof source.sequence === 'string' ? SEQUENCE.exec(source.sequence) : null;
  if (typeof id !== 'string' || sequence === null || !Number.isSafeInteger(order)) return null;
  const [, predecessor, own] = sequence;
  if (own === undefined) return null;
  return {
    id: splitId(id).xid,
    predecessor: predecessor === undefined ? null : positionOf(predecessor),
    position: positionOf(own),
    order,
  };
}

/** Place in the log of a record that belongs to no transaction, or null. */
export function position(source: JsonObject): Position | null {
  const own = typeof source.sequence === 'string' ? SEQUENCE.exec(source.sequence)?.[2] : undefined;
  return own === undefined ? null : positionOf(own);
}

/** Transaction of a BEGIN or END record. `position` is null without a suffix (Debezium before 2.0). */
export function boundary(id: string): { id: string; position: Position | null } {
  const { xid, suffix } = splitId(id);
  return { id: xid, position: suffix === null || !/^\d{1,20}$/.test(suffix) ? null : positionOf(suffix) };
}

function splitId(id: string): { xid: string; suffix: string | null } {
  const colon = id.lastIndexOf(':');
  return colon === -1 ? { xid: id, suffix: null } : { xid: id.slice(0, colon), suffix: id.slice(colon + 1) };
}

/** `schema.table`, as END's `data_collections` and the table definitions write it. */
export const tableName = (source: JsonObject): string => `${String(source.schema)}.${String(source.table)}`;
