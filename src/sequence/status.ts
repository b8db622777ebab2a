/** What a sequencer tells of what it holds. */
import type { Held } from './commit-order.js';
import type { OpenTransaction } from './open-transaction.js';

export interface SequencerStatus {
  readonly openTransactions: number;
  readonly heldRows: number;
  /** Commit time in the source of the oldest transaction that is not handed on; null when there is none. */
  readonly oldestOpenTimeMs: number | null;
  /** Breaks in the chain of transactions that were let through (`gaps: report`), since the task started. */
  readonly gaps: number;
  /** Transactions that reading cannot complete and that wait for an operator; at most `HELD_MAX`. */
  readonly allHeld: readonly Held[];
  /** The first of them. */
  readonly held: Held | null;
}

/** Commit time of the oldest of those, as far as is known. */
export function oldestTimeMs(open: Iterable<OpenTransaction>): number | null {
  let oldest: number | null = null;
  for (const { rows, end } of open) {
    const time = rows[0]?.sourceTimeMs ?? end?.sourceTimeMs;
    if (time !== undefined && (oldest === null || time < oldest)) oldest = time;
  }
  return oldest;
}
