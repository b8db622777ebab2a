/** The changes of one source transaction (or snapshot) to one aggregate. JSON-safe: parked change sets wait inside the state. */
import type { ToldEvent, TrialEvent } from './ownership/told.js';
import type { Refusal } from './refusal.js';
import type { Operation, RecordPlace, RefusedRow } from './source/change-event.js';
import { type Position, positionText } from './source/position.js';
import type { Row } from './tables/table.js';

/** Which aggregate: its type, by the first name that it ever had in the rules, and its key as text. */
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
  /** The snapshot that a baseline belongs to; absent for streamed rows and incremental snapshots. */
  readonly generation?: Position;
  /** Epoch of the source, in which positions compare; absent: 0. */
  readonly epoch?: number;
  /** Of a baseline: when the snapshot read the rows. */
  readonly commitTimeMs: number;
}

/** Name under which an aggregate remembers positions of a source: they compare inside one epoch only. */
export const followerOf = ({ source, epoch = 0 }: Pick<Origin, 'source' | 'epoch'>): string =>
  epoch === 0 ? source : `${source}@${epoch}`;

/** Names a change set among those of one aggregate: `legacy:1690:26789312`, `legacy:snapshot:26789312`. */
export const originText = ({ source, transactionId, position, generation }: Origin): string => {
  const place = position ?? generation;
  return `${source}:${transactionId ?? 'snapshot'}:${place === undefined ? '' : positionText(place)}`;
};

/** A row by its table and its primary key. */
export interface RowName {
  readonly table: string;
  readonly key: string;
}

export interface RowChange extends RowName {
  /** `moved`: the row went to another aggregate; here it is gone, but it was not deleted. */
  readonly op: Operation | 'moved';
  /** Null for `d`, `moved` and a row that could not be understood. */
  readonly row: Row | null;
  readonly refusal: Refusal | null;
  /** Only of a row that was refused: what a retry reads again. */
  readonly refused?: RefusedRow;
  /** Only of a row that was refused: where its record stands. */
  readonly place?: RecordPlace;
  /** The physical table that it came from, where the table consists of several. */
  readonly physical?: string;
  /** The row's former primary key, when that changed inside the aggregate: columns that were not sent are still its. */
  readonly from?: string;
  /** Only of `c`: it was updated, and came out of another aggregate by that. */
  readonly came?: true;
  /** It comes with its parent, or with a change that follows: as it was, so its transaction did not write it like this. */
  readonly carried?: true;
  /** Only of `moved`: it was inserted elsewhere, so it was not here before, though nobody told that it went. */
  readonly wasGone?: true;
}

/** All rows of a snapshot are known: what it means for one aggregate is to be found out. */
export interface Coverage {
  /** Tables of which the snapshot had a row. */
  readonly tables: readonly string[];
  /** Position of the last transaction before the snapshot; null: none was ever read, so an older snapshot was never finished. */
  readonly streamedTo: Position | null;
}

/** Something is to be done now; its state said so before. */
export interface Timer {
  readonly name: string;
  readonly dueMs: number;
  /** Of parity: events of the service that were written by then are still unread; the clock of then. Absent: none are. */
  readonly unreadMs?: number;
}

export interface ChangeSet extends AggregateRef {
  /**
   * A `baseline` with a position is a transaction from before the beginning of its source: it sets rows and is not decided. A `timer` has no
   * changes; its commit time is when it was due. Nor has `told`: an event of another publisher, whose commit time is when that says it occurred;
   * nor `owed`: what a service never told is to be published, as far as it is not the service's any more; nor `trial`: an event that a service
   * published on trial, whose commit time is the clock when it was taken.
   */
  readonly kind: 'transaction' | 'baseline' | 'snapshot-end' | 'timer' | 'told' | 'owed' | 'trial';
  readonly origin: Origin;
  /** Of a `timer`. */
  readonly timer?: Timer;
  /** Of `told`. */
  readonly told?: ToldEvent;
  /** Of `trial`. */
  readonly trial?: TrialEvent;
  /** Of a `snapshot-end`, which has no changes of its own. */
  readonly coverage?: Coverage;
  readonly changes: readonly RowChange[];
  /** Tables of which not everything was known when it was handed on: what reads them is unknown. Absent: none. */
  readonly unknown?: readonly string[];
  /** Declared annotations of its transaction (`source/annotation.ts`); absent: none. */
  readonly annotations?: readonly string[];
  /** `traceparent` that records of its rows carried, in their order (`source/trace.ts`); absent: none, or nobody reads them. */
  readonly traces?: readonly string[];
  /** Where the record of its first row stands; absent: it has none of its own. */
  readonly place?: RecordPlace;
  /** Set when the business key itself changed and the aggregate does not say what that means. */
  readonly refusal: Refusal | null;
}
