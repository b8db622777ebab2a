/**
 * How far the time of a source has come: the highest commit time of the transactions that were passed, those of which no table is read
 * included (exact mode), or how far heartbeats carried it while nothing came (`read/heartbeat-watch.ts`). The lowest over all sources is
 * the clock of a task, by which timers are due (`due-timers.ts`). Rows of snapshots do not count: transactions from before the snapshot may
 * follow them.
 */

/** A commit time so far over the broker's is a clock that is wrong: it would let everything become due, for ever. */
export const AHEAD_MAX_MS = 60 * 60 * 1_000;

/** Not believed. */
export interface RefusedTime {
  readonly commitTimeMs: number;
  readonly brokerMs: number;
}

export class SourceTime {
  readonly #broker: { readonly nowMs: number };
  #ms: number | null;
  #aheadMs: number | null;
  #refused: RefusedTime | null = null;
  #isRefusing = false;

  /**
   * @param ms as the progress has it; null: no transaction was ever passed.
   * @param aheadMs likewise, see {@link aheadMs}.
   */
  constructor(ms: number | null, broker: { readonly nowMs: number }, aheadMs: number | null = null) {
    this.#ms = ms;
    this.#broker = broker;
    this.#aheadMs = aheadMs;
  }

  get ms(): number | null {
    return this.#ms;
  }

  /** Since its commit times are not believed, the first of them; null: they are. */
  get aheadMs(): number | null {
    return this.#aheadMs;
  }

  /** As it would be after a transaction with this commit time. */
  after(commitTimeMs: number): number | null {
    if (this.#isAhead(commitTimeMs)) return this.#ms;
    return this.#ms === null ? commitTimeMs : Math.max(this.#ms, commitTimeMs);
  }

  /** A transaction was passed. */
  reach(commitTimeMs: number): void {
    const isAhead = this.#isAhead(commitTimeMs);
    if (isAhead && !this.#isRefusing) this.#refused = { commitTimeMs, brokerMs: this.#broker.nowMs };
    this.#isRefusing = isAhead;
    this.#aheadMs = isAhead ? (this.#aheadMs ?? commitTimeMs) : null;
    this.#ms = this.after(commitTimeMs);
  }

  /** Nothing that was committed before is on its way. @returns whether the time moved. */
  follow(timeMs: number): boolean {
    if (this.#ms === null || timeMs <= this.#ms || this.#isAhead(timeMs)) return false;
    this.#ms = timeMs;
    return true;
  }

  /** The last commit time that was not believed after one that was; another object each time. Null: there was none yet. */
  get refused(): RefusedTime | null {
    return this.#refused;
  }

  #isAhead(timeMs: number): boolean {
    return timeMs > this.#broker.nowMs + AHEAD_MAX_MS;
  }
}

/** @param known the clock so far: it never goes back, whichever sources come and go. @param times null: a source has none yet. */
export function clockOf(known: number | null, times: readonly (number | null)[]): number | null {
  let lowest: number | null = null;
  for (const time of times) {
    if (time === null) return known;
    if (lowest === null || time < lowest) lowest = time;
  }
  return lowest === null || (known !== null && known > lowest) ? known : lowest;
}
