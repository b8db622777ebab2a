/** Transactions with more rows than allowed, of which nobody has decided what that means (SPEC S9). */
import type { Held, Resolution } from '../commit-order.js';
import type { OpenTransaction } from '../open-transaction.js';
import type { PartitionQueue } from '../partition-queue.js';
import { tooLarge as refused } from '../refuse.js';
import type { SequencerSettings } from '../settings.js';
import { quarantined, tooLarge } from './held.js';

/** A transaction in quarantine keeps the keys of its rows only, of so many times more rows than others. */
const QUARANTINE_FACTOR = 4;

export class TooLarge {
  readonly #settings: SequencerSettings;
  /** In the order in which they were read. */
  readonly #held = new Set<OpenTransaction>();

  constructor(settings: SequencerSettings) {
    this.#settings = settings;
  }

  /**
   * A row of `transaction` was read: the partitions that bring more of one that is held are left unread.
   * @throws DragomanError TRANSACTION_TOO_LARGE when not even its keys can be kept
   */
  limit(transaction: OpenTransaction, queue: PartitionQueue): void {
    const { source, transactionRowsMax } = this.#settings;
    const { id, rows, isAllowedLarge, refusal } = transaction;
    if (rows.length <= transactionRowsMax || isAllowedLarge) return;
    if (refusal === null) {
      this.#held.add(transaction);
      queue.tooLarge = transaction;
    } else if (rows.length > transactionRowsMax * QUARANTINE_FACTOR) throw refused(source, id, rows.length);
  }

  has(transaction: OpenTransaction | null): boolean {
    return transaction !== null && this.#held.has(transaction);
  }

  get held(): Held[] {
    const { source, transactionRowsMax } = this.#settings;
    return [...this.#held].map((each) => tooLarge(source, each, transactionRowsMax));
  }

  /** @returns false when it is not held here. */
  resolve(id: string, how: Resolution): boolean {
    const transaction = [...this.#held].find((each) => each.id === id);
    if (transaction === undefined) return false;
    if (how === 'release') transaction.isAllowedLarge = true;
    else transaction.quarantine(quarantined('TRANSACTION_TOO_LARGE', id), false);
    return this.#held.delete(transaction);
  }
}
