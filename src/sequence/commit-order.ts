/** Which transaction is next in commit order, and when it is whole: one implementation for each mode. */
import type {
  DuplicateCause,
  TransactionBegin,
  TransactionEnd,
  TransactionFiller,
  Undecodable,
} from '../domain/source/change-event.js';
import type { Position } from '../domain/source/position.js';
import type { Frontier, LeftRecord } from './frontier/frontier.js';
import type { OpenTransaction } from './open-transaction.js';
import type { PartitionQueue } from './partition-queue.js';
import type { StreamedChange } from './row-identity.js';

export interface CommitOrder {
  /** @returns the transaction that the row joined, or why it was dropped. */
  add(row: StreamedChange, queue: PartitionQueue): OpenTransaction | DuplicateCause;
  /** A record that END counts, and that changes no row. */
  addFiller(filler: TransactionFiller, queue: PartitionQueue): OpenTransaction | DuplicateCause;
  addUnreadable(record: Undecodable, queue: PartitionQueue): void;
  begin(begin: TransactionBegin): void;
  end(end: TransactionEnd): void;
  /** The transaction that leaves next, as far as is known. */
  readonly next: OpenTransaction | undefined;
  /**
   * The next transaction when it is whole and everything before it has left; `again` when something else has to leave first.
   * @param isAfterSnapshot nothing was handed on since a snapshot: what comes next follows that.
   */
  ready(isAfterSnapshot: boolean): OpenTransaction | 'again' | undefined;
  /** Whether one that began before `ready` has no END: it never will. `again`: it had no row, and is dropped; `waits`: it is held. */
  passOver(ready: OpenTransaction): 'again' | 'waits' | 'none';
  /** Wants everything read that was written before `transaction` ended (`Partitions`). @returns whether it is. */
  wantSettled(transaction: OpenTransaction): boolean;
  /** What `transaction` lacks stands behind rows of a snapshot, if it is anywhere. */
  isBehindSnapshot(transaction: OpenTransaction): boolean;
  /** Its place in commit order, if it were handed on next; null when only rows that are not there yet would tell. */
  positionOf(transaction: OpenTransaction): Position | null;
  /** It was committed before `other`, as far as can be told. */
  isBefore(transaction: OpenTransaction, other: OpenTransaction): boolean;
  /** It is not handed on at all; its rows are counted under `cause`. @returns false in modes where every transaction ends. */
  drop(transaction: OpenTransaction, cause: DuplicateCause): boolean;
  /** The next transaction leaves. @returns the frontier after it. */
  take(transaction: OpenTransaction): Frontier;
  /** Those that keep others, or the offsets, from going on, and that reading cannot complete; at most `HELD_MAX`. */
  readonly held: readonly Held[];
  /** The next transaction ends with a row of any later one, wherever that stands; nothing else tells that it has ended. */
  readonly waitsForAnyRow: boolean;
  /**
   * What is held, and was committed up to that time (ms since 1970), leaves as far as it is there, as something to learn.
   * So does what has no END, neither a BEGIN, and stands before `ready`.
   * @returns false when there is nothing of the kind.
   */
  learnTorn(untilMs: number, ready: OpenTransaction | undefined): boolean;
  /** @returns false when no such transaction is held, or this is no way out for it. */
  resolve(id: string, how: Resolution): boolean;
  /** The oldest of those that are not handed on are among them. */
  open(): Iterable<OpenTransaction>;
  readonly openCount: number;
  /** Whole ones at the front, and their rows. */
  countReady(): { readonly transactions: number; readonly rows: number };
  /** Place of the last transaction without END that left by itself, until the next one is handed on; for the frontier. */
  readonly unended: Position | null;
  /** Of unreadable records, for the frontier. */
  readonly left: readonly LeftRecord[];
  /** So many transactions wait that the transaction topic need not be read on. */
  readonly isFarAhead: boolean;
}

/** `release` lets it pass as it is; `quarantine` parks every aggregate that it touches, and publishes nothing of it. */
export type Resolution = 'release' | 'quarantine';

export type HeldCode = 'SOURCE_GAP' | 'TRANSACTION_INCOMPLETE' | 'TRANSACTION_TOO_LARGE' | 'TRANSACTION_WITHOUT_END';

/** Held transactions that are told of one source. */
export const HELD_MAX = 100;

export interface Held {
  readonly transaction: string;
  readonly code: HeldCode;
  /** What is known, and the ways out. */
  readonly text: string;
  /** What comes after it is not published before it is decided. */
  readonly isWaitedFor: boolean;
  /** Commit time of its first row in the source; null without rows. */
  readonly sinceMs: number | null;
}
