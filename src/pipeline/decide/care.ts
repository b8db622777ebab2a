/**
 * One among many source transactions is in the way of all, and nobody knows yet which. From then on, for as many as one draft may have, they are
 * taken with care:
 *
 * - Where it ends the deciding or the commit: one by one, so that all that come before it are committed, and it is met by itself.
 * - Where rules took too long over all of a draft: as many at once as ever, but each change has the time for itself, and one that takes it up is
 *   parked. Most often none does: the machine had other things to do.
 */
import type { ErrorCode } from '../../errors.js';
import type { DraftLimits } from './draft.js';

const OF_ONE_TRANSACTION: ReadonlySet<ErrorCode> = new Set(['AGGREGATE_TOO_LARGE', 'RECORD_TOO_LARGE', 'ROW_UNPLACED']);

export class Care {
  /** Transactions until it is over. */
  #left = 0;
  #isOneByOne = false;
  /** Of them, those of the draft that was taken last. */
  #taken = 0;

  /** @returns false: the error is no such one, or it came in spite of all care. */
  begin(code: ErrorCode, { transactionsMax }: DraftLimits): boolean {
    const isOfOne = OF_ONE_TRANSACTION.has(code);
    if (!isOfOne && code !== 'RULE_TOO_SLOW') return false;
    if (this.#left > 0 && (this.#isOneByOne || !isOfOne)) return false;
    [this.#left, this.#isOneByOne, this.#taken] = [transactionsMax, isOfOne, 0];
    return true;
  }

  limits(limits: DraftLimits): DraftLimits {
    return this.#left > 0 && this.#isOneByOne ? { ...limits, transactionsMax: 1 } : limits;
  }

  /** Whether each change has the time of rules for itself. */
  get isTimedEach(): boolean {
    return this.#left > 0;
  }

  /** All that were taken before are decided. */
  take(transactions: number): void {
    this.#left = Math.max(0, this.#left - this.#taken);
    this.#taken = transactions;
  }
}
