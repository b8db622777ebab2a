/**
 * All that is remembered of one aggregate: its current rows, what has fired, how many events were published, and what waits
 * while it is parked. Immutable and JSON-safe; a change makes a new state. Stored in Redis and, with every change, in the journal.
 */
import type { AggregateRef, ChangeSet } from './change-set.js';
import type { Position } from './position.js';
import type { RefusalCode } from './refusal.js';
import type { Row } from './table.js';

export type RowsByKey = Readonly<Record<string, Row>>;

export interface AggregateState {
  /** By table, then by primary key. */
  readonly rows: Readonly<Record<string, RowsByKey>>;
  /** By fact, then by occurrence key: the `sequence` of the first event it caused, or 0 when none was published. */
  readonly fired: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Events published so far; the next one is `sequence + 1`. */
  readonly sequence: number;
  readonly parked: Parked | null;
  /** By source: position of the last transaction that was applied or queued. A change set not above it was seen before. */
  readonly at: Readonly<Record<string, Position>>;
}

export interface Parked {
  readonly code: RefusalCode;
  readonly text: string;
  /** Commit time of the change set that parked it. */
  readonly sinceMs: number;
  /** In commit order; the first is the one that could not be applied. */
  readonly waiting: readonly ChangeSet[];
}

export const EMPTY_STATE: AggregateState = { rows: {}, fired: {}, sequence: 0, parked: null, at: {} };

/** One text for type and key, used in Redis keys and as the journal's record key. */
export const aggregateText = ({ aggregate, id }: AggregateRef): string => `${aggregate}:${id}`;
