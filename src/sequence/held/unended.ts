/**
 * Transactions that began, and whose END never comes (SPEC S13): a connector writes one after the other, so what began before one that is
 * complete lost its END, or was never committed.
 */
import type { Position } from '../../domain/source/position.js';
import { type Held, HELD_MAX } from '../commit-order.js';
import { type OpenTransaction, standsBefore } from '../open-transaction.js';
import type { Partitions } from '../partitions.js';
import { withoutEnd } from './held.js';

export class Unended {
  readonly #source: string;
  readonly #partitions: Partitions;
  /** It began before the next transaction, and has rows. */
  #torn: OpenTransaction | null = null;
  /** Place of one that left by itself: the next transaction follows it. */
  #left: Position | null;

  /** @param left as the frontier has it. */
  constructor(source: string, partitions: Partitions, left: Position | null) {
    this.#source = source;
    this.#partitions = partitions;
    this.#left = left;
  }

  /** What comes next is worked out anew. */
  look(): void {
    this.#torn = null;
  }

  /** PostgreSQL's rows are of transactions that were committed: nothing after it is handed on. Of others that is not known. */
  hold(transaction: OpenTransaction): 'waits' | 'none' {
    if (!transaction.isLinked) return 'none';
    this.#torn = transaction;
    return 'waits';
  }

  /** Its rows leave by themselves. */
  leave(transaction: OpenTransaction): void {
    if (transaction === this.#torn) this.#left = transaction.place;
  }

  /** For the frontier. */
  get left(): Position | null {
    return this.#left;
  }

  /** The next transaction is handed on. */
  passed(): void {
    this.#left = null;
  }

  /** The one that the next transaction follows is not missing: it left by itself. */
  explains(predecessor: Position): boolean {
    return this.#left !== null && this.#left < predecessor;
  }

  /**
   * At most `HELD_MAX` of `open`: that for which everything waits, those behind which rows of a snapshot wait, and those that the last one
   * handed on, which ended at `frontier`, came after.
   */
  held(open: Iterable<OpenTransaction>, frontier: Position | null, endedAt: number): Held[] {
    const held = this.#torn === null ? [] : [withoutEnd(this.#source, this.#torn, 'everything')];
    let blocking: ReadonlySet<OpenTransaction> | undefined;
    for (const transaction of open) {
      if (held.length >= HELD_MAX) break;
      if (transaction === this.#torn) continue;
      blocking ??= this.#partitions.beforeSnapshotRows();
      if (blocking.has(transaction)) held.push(withoutEnd(this.#source, transaction, 'snapshot'));
      else if (transaction.rows.length > 0 && frontier !== null && standsBefore(transaction, frontier, endedAt))
        held.push(withoutEnd(this.#source, transaction, 'nothing'));
    }
    return held;
  }
}
