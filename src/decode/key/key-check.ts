/** Whether the key of a record names the row that is meant: if not, its table can never be followed. Pure. */
import { isObject } from '../../domain/json-text.js';
import type { Operation } from '../../domain/source/change-event.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import { type JsonObject } from '../envelope.js';
import { inventedColumn } from './invented-key.js';
import { absentColumns, keyWire } from './record-key.js';
import {
  beforeMissing,
  imageMissing,
  keyedByOthers,
  keyInvented,
  keylessSpread,
  movedUnderOneKey,
  type Place,
} from '../refused/topic.js';

interface KeyedRecord extends Place {
  readonly partition: string;
  readonly key: string | null;
  readonly otherKey: string | null;
}

/** A row as far as its key is looked at. */
interface Keyed {
  readonly op: Operation;
  readonly definition: TableDefinition;
  /** Its physical table. */
  readonly from: string;
  readonly subject: JsonObject | null;
  /** Whether its connector makes up values of key columns that the log does not have. */
  readonly isInvented: boolean;
}

/** @throws DragomanError (disposition `refuse`) */
export function checkKey(record: KeyedRecord, { before, after }: JsonObject, keyed: Keyed): void {
  const { op, definition, from, subject, isInvented } = keyed;
  if (record.key === null) {
    if (definition.isKeyless !== true) return;
    checkKeyless(record, before, keyed);
  } else {
    const absent = absentColumns(record.key, definition);
    if (absent.length > 0) throw keyedByOthers(record, definition, absent);
  }
  if (op === 'u' && isMoved(before, after, definition)) throw movedUnderOneKey(record, definition);
  if (!isInvented || op === 'r') return;
  const isWhole = definition.replicaIdentity === 'full' || definition.replicaIdentity === 'default';
  if (definition.replicaIdentity === 'full' && op !== 'c' && !isObject(before))
    throw imageMissing(record, definition, op);
  if (isWhole) return;
  const deleted = op === 'd' ? (subject ?? keyWire(record.key ?? '', definition, from)) : null;
  const former = op === 'c' && record.otherKey !== null ? keyWire(record.otherKey, definition, from) : null;
  const named = deleted ?? former;
  const column = named === null ? null : inventedColumn(named, definition, record.key);
  if (named !== null && column !== null) throw keyInvented(record, { definition, column, value: named[column], op });
}

/** Without keys rows of one key are in one partition only where there is no other, and what an update was of is in its image before only. */
function checkKeyless(record: KeyedRecord, before: unknown, { op, definition }: Keyed): void {
  if (!isOnlyPartition(record)) throw keylessSpread(record, definition);
  if (op !== 'c' && op !== 'r' && !isObject(before)) throw beforeMissing(record, definition, op);
}

/** A row of another one would come in no order with those of the first. */
export const isOnlyPartition = ({ partition }: Pick<KeyedRecord, 'partition'>): boolean => partition.endsWith('/0');

/** Whether the connector has the whole key, of this row, and need not invent any of it: then {@link checkKey} asks for no more. */
export const isKeyWhole = (op: Operation, hasBefore: boolean, { replicaIdentity }: TableDefinition): boolean =>
  op === 'c' || (replicaIdentity === 'full' ? hasBefore : replicaIdentity === 'default' || op !== 'd');

/** Whether an update says that a key column was something else before. */
const isMoved = (before: unknown, after: unknown, { key }: TableDefinition): boolean =>
  isObject(before) && isObject(after) && key.some((name) => isOther(before[name], after[name]));

/** A value of another kind is no other key: it cannot be read. */
const isOther = (before: unknown, after: unknown): boolean =>
  typeof before === typeof after && typeof before !== 'object' && before !== after;
