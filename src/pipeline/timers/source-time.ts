/**
 * How far the time of a source has come: the highest commit time of the transactions that were handed on. The lowest over all sources is the
 * clock of a task, by which timers are due (`due-timers.ts`). Only transactions move it: while a source is silent, or Dragoman is
 * behind, nothing becomes due. Rows of snapshots do not count: transactions from before the snapshot may follow them.
 */

/** A commit time so far over the broker's is a clock that is wrong: it would let everything become due, for ever. */
export const AHEAD_MAX_MS = 60 * 60 * 1_000;

export class SourceTime {
  #ms: number | null;
  #isRefused = false;
  #refusedMs: number | null = null;

  /** @param ms as the progress has it; null: no transaction was ever handed on. */
  constructor(ms: number | null) {
    this.#ms = ms;
  }

  get ms(): number | null {
    return this.#ms;
  }

  /** As it would be after a transaction with this commit time. */
  after(commitTimeMs: number, brokerMs: number): number | null {
    if (commitTimeMs > brokerMs + AHEAD_MAX_MS) return this.#ms;
    return this.#ms === null ? commitTimeMs : Math.max(this.#ms, commitTimeMs);
  }

  /** The transaction was handed on. */
  reach(commitTimeMs: number, brokerMs: number): void {
    const isRefused = commitTimeMs > brokerMs + AHEAD_MAX_MS;
    if (isRefused && !this.#isRefused) this.#refusedMs = commitTimeMs;
    this.#isRefused = isRefused;
    this.#ms = this.after(commitTimeMs, brokerMs);
  }

  /** A commit time that was not believed; told once, until one is believed again. */
  takeRefused(): number | null {
    const refused = this.#refusedMs;
    this.#refusedMs = null;
    return refused;
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
