/**
 * How fast a check goes: no more than so many looked at in a second, and no more than a share of the time. What was not used is not caught up by a
 * burst: a check that stood waits no less afterwards. Pure.
 */

export interface Rate {
  /** Rows, events or keys a second. */
  readonly rate: number;
  /** Of the time, 0 to 1. */
  readonly share: number;
}

/** Credit that a check may have: so that the waits of many small chunks add up to the rate. */
const CREDIT_MAX_MS = 250;

export class Pace {
  readonly #rate: Rate;
  /** When the next look is due. */
  #dueMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#dueMs = nowMs;
  }

  /**
   * After a look.
   * @param looked so many were looked at in it. @param tookMs it took so long. @returns ms to wait before the next one.
   */
  waitMs(looked: number, tookMs: number, nowMs: number): number {
    const { rate, share } = this.#rate;
    const cost = Math.max((looked / rate) * 1_000, tookMs / share);
    this.#dueMs = Math.max(this.#dueMs + cost, nowMs - CREDIT_MAX_MS);
    return Math.max(0, this.#dueMs - nowMs);
  }
}

/** How far a run is, as whoever watches is told. */
export interface Estimated {
  readonly ratePerSecond: number;
  /** Null: not known. */
  readonly secondsLeft: number | null;
}

/** @param before done when this process took the run up. */
export function estimate(
  { done, of, before }: { readonly done: number; readonly of: number | null; readonly before: number },
  seconds: number,
): Estimated {
  const ratePerSecond = seconds > 0 ? (done - before) / seconds : 0;
  const isKnown = of !== null && ratePerSecond > 0;
  return { ratePerSecond, secondsLeft: isKnown ? Math.max(0, of - done) / ratePerSecond : null };
}
