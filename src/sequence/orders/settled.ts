/**
 * Exact mode: whether everything was read that was written before a transaction ended (SPEC S5, S6), without holding a snapshot whole that
 * waits for it (S9).
 */
import type { OpenTransaction } from '../open-transaction.js';
import type { PartitionQueue } from '../partition-queue.js';
import type { Partitions } from '../partitions.js';
import type { Unreadable } from '../unreadable/unreadable.js';
import type { EndedQueue } from './ended-queue.js';

export class Settled {
  readonly #partitions: Partitions;
  readonly #ended: EndedQueue;
  readonly #unreadable: Unreadable;
  readonly #consumed: ReadonlySet<string>;

  constructor(partitions: Partitions, ended: EndedQueue, unreadable: Unreadable, consumed: ReadonlySet<string>) {
    this.#partitions = partitions;
    this.#ended = ended;
    this.#unreadable = unreadable;
    this.#consumed = consumed;
  }

  /**
   * Rows of a snapshot that were read, and have not left, wait for `transaction`, or for a later one. What stands behind them is nothing of it,
   * unless it may have rows there that are not here.
   */
  wantSettled(transaction: OpenTransaction): boolean {
    if (transaction.isDoubtful || this.#unreadable.mayFill) return this.#wantEverywhere(transaction);
    const lacking = this.#lackedBy(transaction).flat();
    return this.#want(transaction, (queue) => queue.endsWithSnapshotRow && !lacking.includes(queue));
  }

  /**
   * Everything else was read, so what `transaction` lacks stands behind rows of a snapshot, if it is anywhere. Said only over the limit: else
   * reading on tells.
   */
  isBehindSnapshot(transaction: OpenTransaction): boolean {
    if (!this.#partitions.isFull || transaction !== this.#ended.first || this.#unreadable.mayFill) return false;
    const lacked = this.#lackedBy(transaction);
    if (lacked.length === 0 || !this.#want(transaction, (queue) => queue.endsWithSnapshotRow)) return false;
    const isUnread = (queue: PartitionQueue): boolean =>
      queue.endsWithSnapshotRow && this.#partitions.isUnread(queue) && !this.#isPast(queue, transaction);
    return lacked.every((queues) => queues.some(isUnread));
  }

  /**
   * What is there of a transaction without END before `transaction` was read, also behind rows of a snapshot: PostgreSQL's rows are committed
   * ones, and everything after them waits for a person. Where transactions have GTIDs nothing waits, and many have no END (DDL, XA).
   */
  wantUnended(transaction: OpenTransaction): boolean {
    return transaction.serial === null ? this.#wantEverywhere(transaction) : this.wantSettled(transaction);
  }

  #wantEverywhere(transaction: OpenTransaction): boolean {
    return this.#want(transaction, () => false);
  }

  /** @param isReached though no row of a later transaction was read there. */
  #want(transaction: OpenTransaction, isReached: (queue: PartitionQueue) => boolean): boolean {
    const { boundaries } = this.#partitions;
    return this.#partitions.wantSettled(transaction.endedAt, (queue) =>
      queue === boundaries ? this.#ended.last !== transaction : this.#isPast(queue, transaction) || isReached(queue),
    );
  }

  /** The partitions of each table of which `transaction` lacks rows. */
  #lackedBy(transaction: OpenTransaction): (readonly PartitionQueue[])[] {
    if (transaction.isFull(this.#consumed)) return [];
    return [...this.#partitions.byTable()].flatMap(([table, queues]) =>
      transaction.missing(table) > 0 ? [queues] : [],
    );
  }

  /** Places of different logs do not compare: where GTIDs name transactions, the order of their ENDs tells. */
  #isPast(queue: PartitionQueue, { serial, ordinal, position }: OpenTransaction): boolean {
    if (serial === null) return queue.isPast(position);
    return (queue.newestTransaction?.ordinal ?? 0) > ordinal;
  }
}
