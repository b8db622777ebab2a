/** The changes of one source transaction (or snapshot) to one aggregate. JSON-safe: parked change sets wait inside the state. */
import type { Operation } from './change-event.js';
import type { Position } from './position.js';
import type { Refusal } from './refusal.js';
import type { Row } from './table.js';

/** Which aggregate: its type in the rules and its key as text. */
export interface AggregateRef {
  readonly aggregate: string;
  readonly id: string;
}

/** Where a change set comes from; goes into journal and `causationId`. */
export interface Origin {
  readonly source: string;
  /** Null for a baseline. */
  readonly transactionId: string | null;
  readonly position: Position | null;
  readonly commitTimeMs: number;
}

export interface RowChange {
  readonly table: string;
  readonly key: string;
  /** `moved`: the row went to another aggregate; here it is gone, but it was not deleted. */
  readonly op: Operation | 'moved';
  /** Null for `d`, `moved` and a row that could not be understood. */
  readonly row: Row | null;
  readonly refusal: Refusal | null;
  /** The row's former primary key, when that changed inside the aggregate: columns that were not sent are still its. */
  readonly from?: string;
}

export interface ChangeSet extends AggregateRef {
  readonly kind: 'transaction' | 'baseline';
  readonly origin: Origin;
  readonly changes: readonly RowChange[];
  /** Set when the business key itself changed and the aggregate does not say what that means. */
  readonly refusal: Refusal | null;
}
