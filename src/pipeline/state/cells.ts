/**
 * What is stored, as cells: (hash, field) -> text. The state topic holds them, the store mirrors them, so restoring is copying.
 *
 *   order:4711          an aggregate: its memory and its parts (`parts.ts`)
 *   ~queue:order:4711   what waits while it is parked, by ordinal
 *   ~rows               the row index: owner by row, for tables whose key does not name the aggregate
 *   ~parked             refusal code by parked aggregate
 *   ~stubs              what stays of a retired aggregate, which has no hash of its own
 *   ~columns            lists of columns, by their hash
 *   ~due:482900         timers that are due in one hour (since 1970), by aggregate and name: the instant
 *   ~due                the hours that have any
 *
 * A cell is always in the same partition, that of its *place*: the id of its aggregate, as contract topics are keyed, or its field.
 */
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import type { Cell, OutputRecord, OwnRecord } from '../ports.js';

export const ROWS = '~rows';
export const PARKED = '~parked';
export const COLUMNS = '~columns';
export const STUBS = '~stubs';
export const DUE = '~due';
const QUEUE = '~queue:';

/** @param aggregate `order:4711` */
export const queueOf = (aggregate: string): string => `${QUEUE}${aggregate}`;

export const isQueue = (hash: string): boolean => hash.startsWith(QUEUE);

const HOUR_MS = 60 * 60 * 1_000;

export const hourOf = (dueMs: number): number => Math.floor(dueMs / HOUR_MS);

export const startOf = (hour: number): number => hour * HOUR_MS;

/** @param hour since 1970. */
export const dueIn = (hour: number): string => `${DUE}:${hour}`;

/** Field of a timer. Names of timers have no tab. */
export const timerField = (aggregate: string, name: string): string => `${aggregate}\t${name}`;

/** The reverse of {@link timerField}: of `order:4711` and a name. */
export function timerOf(field: string): { readonly aggregate: string; readonly name: string } {
  const tab = field.lastIndexOf('\t');
  return { aggregate: field.slice(0, tab), name: field.slice(tab + 1) };
}

/** What the partition of a cell is chosen by. */
export function placeOf({ hash, field }: Pick<Cell, 'hash' | 'field'>): string {
  if (hash === PARKED || hash === STUBS) return aggregateRef(field).id;
  if (hash === ROWS || hash === COLUMNS || hash === DUE) return field;
  if (hash.startsWith(`${DUE}:`)) return aggregateRef(timerOf(field).aggregate).id;
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
