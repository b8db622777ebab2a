/** What a sequencer did, for those who watch. */
import type { DuplicateCause } from '../domain/source/change-event.js';

export interface HandedOn {
  readonly transactions: number;
  /** Of those, the ones of which the connector says that they had no row at all. */
  readonly empty: number;
  /** Of those, the ones that lack the row of which their BEGIN tells the place. */
  readonly headless: number;
  readonly baselineRows: number;
}

export class Counts {
  /** Breaks in the chain that were let through. */
  gaps = 0;
  #transactions = 0;
  #empty = 0;
  #headless = 0;
  #baselineRows = 0;
  #duplicates = new Map<DuplicateCause, number>();

  handOn({ transactions = 0, empty = 0, headless = 0, baselineRows = 0 }: Partial<HandedOn>): void {
    this.#transactions += transactions;
    this.#empty += empty;
    this.#headless += headless;
    this.#baselineRows += baselineRows;
  }

  duplicate(cause: DuplicateCause): void {
    this.#duplicates.set(cause, (this.#duplicates.get(cause) ?? 0) + 1);
  }

  /** Since the last call. */
  takeHandedOn(): HandedOn {
    const taken = {
      transactions: this.#transactions,
      empty: this.#empty,
      headless: this.#headless,
      baselineRows: this.#baselineRows,
    };
    [this.#transactions, this.#empty, this.#headless, this.#baselineRows] = [0, 0, 0, 0];
    return taken;
  }

  /** Duplicates dropped since the last call, by cause. */
  takeDuplicates(): ReadonlyMap<DuplicateCause, number> {
    const taken = this.#duplicates;
    if (taken.size > 0) this.#duplicates = new Map();
    return taken;
  }
}
