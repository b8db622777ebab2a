/** Rows of other shards: only where they stand is needed, so that their transaction is known to be complete. Pure. */
import type { ChangeEvent, DecodedRecord } from '../../domain/source/change-event.js';

/** By table: whether a row with a primary key (`keyText`) belongs to other shards only; null: the key does not tell. */
export type ForeignKeys = (table: string) => ((key: string) => boolean) | null;

/** The same record; a row that is foreign, whatever came of it, without what is in it. Half of a key change is when both of its keys are. */
export function asForeign(decoded: DecodedRecord, isForeign: (key: string) => boolean): DecodedRecord {
  if (decoded.kind !== 'change' || decoded.isForeign === true || decoded.otherKeyUnread !== undefined) return decoded;
  const { key, otherKey } = decoded;
  if (!isForeign(key) || (otherKey !== null && !isForeign(otherKey))) return decoded;
  return withoutRow(decoded);
}

const withoutRow = ({ partition, offset, source, table, op, key, otherKey, ...of }: ChangeEvent): ChangeEvent => ({
  ...{ kind: 'change', partition, offset, source, table, op, key, row: null, otherKey, refusal: null },
  transaction: of.transaction,
  snapshot: of.snapshot,
  sourceTimeMs: of.sourceTimeMs,
  isForeign: true,
});
