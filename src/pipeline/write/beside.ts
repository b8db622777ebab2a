/**
 * What is written beside decisions, and when a Kafka transaction is due that has none: what the pipeline stands on, where that is another, how routes
 * stand, and how far records were read that led to nothing.
 */
import type { OutputRecord } from '../ports.js';

/** Offsets of records that led to nothing are committed this often. */
export const IDLE_COMMIT_MS = 5_000;

export class Beside {
  #records: readonly OutputRecord[];
  #lastMs: number;
  /** Of the last Kafka transaction: `consumedText`. */
  #consumed = '';

  /** @param lastMs when something was committed last, as far as that counts. */
  constructor(records: readonly OutputRecord[], lastMs: number) {
    this.#records = records;
    this.#lastMs = lastMs;
  }

  /** For the next Kafka transaction. */
  get records(): readonly OutputRecord[] {
    return this.#records;
  }

  /** To be written soon, whatever else there is. */
  add(records: readonly OutputRecord[]): void {
    this.#records = [...this.#records, ...records];
    this.#lastMs = -Infinity;
    this.#consumed = '';
  }

  /** A Kafka transaction without decisions is due. @param consumed what was done with. */
  isDue(nowMs: number, consumed: () => string): boolean {
    // Clocks are set back, too.
    return Math.abs(nowMs - this.#lastMs) >= IDLE_COMMIT_MS && consumed() !== this.#consumed;
  }

  /** These were written. What was added meanwhile is still to be. */
  committed({ length }: readonly OutputRecord[], nowMs: number, consumed: string): void {
    this.#records = this.#records.slice(length);
    if (this.#records.length > 0) return;
    this.#lastMs = nowMs;
    this.#consumed = consumed;
  }
}
