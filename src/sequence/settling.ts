/**
 * The wait of one ended transaction for everything that was written before its END (SPEC S5, S6, S10). A partition is settled when
 * something later was read from it, or when it was read to the end that it had after END was seen. Without a transaction: the
 * wait for everything that was there when it began.
 */
import type { OpenTransaction } from './open-transaction.js';
import type { PartitionQueue } from './partition-queue.js';

export class Settling {
  readonly transaction: OpenTransaction | null;
  /** Rows are awaited up to its END: `transaction`, or a later one. */
  readonly last: OpenTransaction | null;
  #bounds: ReadonlyMap<string, number> | null = null;

  constructor(transaction: OpenTransaction | null, last = transaction) {
    this.transaction = transaction;
    this.last = last;
  }

  get wantsBounds(): boolean {
    return this.#bounds === null;
  }

  /** Ends of all partitions, asked after END was seen. */
  answer(bounds: ReadonlyMap<string, number>): void {
    this.#bounds ??= bounds;
  }

  isOver(queues: Iterable<PartitionQueue>): boolean {
    if (this.#bounds === null) return false;
    for (const queue of queues) if (this.waitsFor(queue)) return false;
    return true;
  }

  /** This partition was not read to its end. */
  waitsToEnd({ name, nextOffset }: PartitionQueue): boolean {
    return this.#bounds !== null && nextOffset < (this.#bounds.get(name) ?? 0);
  }

  /** Something written before END may be unread in this partition. */
  waitsFor(queue: PartitionQueue): boolean {
    const { newest } = queue;
    if (!this.waitsToEnd(queue)) return false;
    const end = this.last?.end?.position;
    return newest === null || end == null || newest < end;
  }
}
