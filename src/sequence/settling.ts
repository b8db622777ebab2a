/**
 * The wait of one ended transaction for everything that was written before its END (SPEC S5, S6, S10). A partition is settled when
 * something later was read from it, or when it was read to the end that it had after END was seen.
 */
import type { OpenTransaction } from './open-transaction.js';
import type { PartitionQueue } from './partition-queue.js';

export class Settling {
  readonly transaction: OpenTransaction;
  #bounds: ReadonlyMap<string, number> | null = null;

  constructor(transaction: OpenTransaction) {
    this.transaction = transaction;
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

  /** Something written before END may be unread in this partition. */
  waitsFor({ name, nextOffset, newest }: PartitionQueue): boolean {
    if (this.#bounds === null || nextOffset >= (this.#bounds.get(name) ?? 0)) return false;
    const end = this.transaction.end?.position;
    return newest === null || end === undefined || newest < end;
  }
}
