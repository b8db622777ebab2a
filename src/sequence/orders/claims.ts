/**
 * Exact mode: whose the unreadable records are that are not handed on (SPEC S10). Such a record does not tell its transaction, so what the
 * ENDs count has to: `head` is the next transaction, and everything that it may have was read before anything is said.
 *
 * | What is known                                             | The record                                                               |
 * | --------------------------------------------------------- | ------------------------------------------------------------------------ |
 * | `head` lacks a row of its table                           | takes the place of that row (`fill`), for example after a damaged update |
 * | `head` is whole, and a row of it stands behind the record | leaves by itself before `head`: all that END counts is there             |
 * | a snapshot may stand before `head`, no row stands before  | leaves by itself as a row of that snapshot, unless later transactions    |
 * | the record, and `head` is whole                           | lack as many rows of its table (up to `#horizon`)                        |
 * | no transaction is open                                    | leaves by itself: nothing that began may count it                        |
 * | else                                                      | waits for a later transaction                                            |
 */
import type { OpenTransaction } from '../open-transaction.js';
import type { PartitionQueue } from '../partition-queue.js';
import type { Partitions } from '../partitions.js';
import type { Unreadable } from '../unreadable/unreadable.js';
import type { EndedQueue } from './ended-queue.js';
import type { Settled } from './settled.js';

export class Claims {
  readonly #partitions: Partitions;
  readonly #boundaries: PartitionQueue;
  readonly #ended: EndedQueue;
  readonly #unreadable: Unreadable;
  readonly #settled: Settled;
  readonly #consumed: ReadonlySet<string>;
  /** How far after `head` transactions are looked at: to `last`, and no further though more are read meanwhile. */
  #horizon: { readonly head: OpenTransaction; readonly last: OpenTransaction } | null = null;

  constructor(
    partitions: Partitions,
    boundaries: PartitionQueue,
    ended: EndedQueue,
    unreadable: Unreadable,
    settled: Settled,
    consumed: ReadonlySet<string>,
  ) {
    this.#partitions = partitions;
    this.#boundaries = boundaries;
    this.#ended = ended;
    this.#unreadable = unreadable;
    this.#settled = settled;
    this.#consumed = consumed;
  }

  /**
   * Everything was read that `head` may have, and that later transactions may have whose rows the records before it may be.
   * @param isFirst a snapshot may stand before `head`.
   */
  wantSettled(head: OpenTransaction, isFirst: boolean): boolean {
    if (this.#horizon?.head === head) return this.#settled.wantSettled(this.#horizon.last);
    if (!this.#settled.wantSettled(head)) return false;
    if (this.#unreadable.held === 0 || !isFirst) return true;
    if (this.#partitions.isUnread(this.#boundaries) && !this.#ended.isFarAhead) return false;
    const { last = head } = this.#ended;
    if (last === head) return true;
    this.#horizon = { head, last };
    return this.#settled.wantSettled(last);
  }

  /** Rows that END counts and that are nowhere else are unreadable ones. @returns whether `head` has all of them now. */
  fill(head: OpenTransaction): boolean {
    if (!this.#unreadable.mayFill) return false;
    for (const [table, queues] of this.#partitions.byTable())
      this.#partitions.heldRows += this.#unreadable.fill(head, table, queues);
    return head.isFull(this.#consumed);
  }

  /** Records are there, everything was read, and no transaction is open that they may belong to. */
  areNobodys(openCount: number): boolean {
    if (this.#unreadable.held === 0 || openCount > 0) return false;
    return this.#partitions.wantSettled(this.#unreadable.newestAt, () => false);
  }

  /** Lets go those that are no rows of `head`, which is whole, or all when there is none. @returns whether any has left. */
  release(head: OpenTransaction | undefined, isFirst: boolean): boolean {
    if (this.#unreadable.held === 0) return false;
    const queues = [...this.#partitions.all()];
    if (head === undefined) return this.#unreadable.releaseAll(queues) > 0;
    const released = this.#unreadable.releaseBefore(head, queues);
    if (!isFirst) return released > 0;
    const last = this.#horizon?.head === head ? this.#horizon.last : head;
    return released + this.#unreadable.releaseSnapshot(head, queues, [head, ...this.#ended.afterFirst(last)]) > 0;
  }

  /** `head` was handed on. */
  passed(head: OpenTransaction): void {
    this.#horizon = null;
    this.#unreadable.passed(head);
  }
}
