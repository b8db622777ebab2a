/**
 * What is stored, as cells: (hash, field) -> text. The state topic holds them, the store mirrors them, so restoring is copying.
 *
 *   order:4711          an aggregate: its memory and its parts (`parts.ts`)
 *   ~queue:order:4711   what waits while it is parked, by ordinal
 *   ~rows               the row index: owner by row, for tables whose key does not name the aggregate
 *   ~parked             refusal code by parked aggregate
 *   ~columns            lists of columns, by their hash
 *
 * A cell is always in the same partition, that of its *place*: the id of its aggregate, as contract topics are keyed, or its field.
 */
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import type { Cell, OutputRecord, OwnRecord } from '../ports.js';

export const ROWS = '~rows';
export const PARKED = '~parked';
export const COLUMNS = '~columns';
const QUEUE = '~queue:';

/** @param aggregate `order:4711` */
export const queueOf = (aggregate: string): string => `${QUEUE}${aggregate}`;

export const isQueue = (hash: string): boolean => hash.startsWith(QUEUE);

/** What the partition of a cell is chosen by. */
export function placeOf({ hash, field }: Pick<Cell, 'hash' | 'field'>): string {
  if (hash === PARKED) return aggregateRef(field).id;
  if (hash === ROWS || hash === COLUMNS) return field;
  return aggregateRef(isQueue(hash) ? hash.slice(QUEUE.length) : hash).id;
}

export const cellKey = ({ hash, field }: Pick<Cell, 'hash' | 'field'>): string => JSON.stringify([hash, field]);

export const cellRecord = (topic: string, cell: Cell): OutputRecord => ({
  topic,
  key: cellKey(cell),
  value: cell.value,
  place: placeOf(cell),
});

/** The reverse of {@link cellRecord}. */
export function cellOf({ key, value }: Pick<OwnRecord, 'key' | 'value'>): Cell {
  const [hash, field] = JSON.parse(key) as [string, string];
  return { hash, field, value };
}
