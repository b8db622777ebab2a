/** Counts of the last hour by minute, in a ring. Time comes in; a clock that is set back counts on in the newest minute. */

export const MINUTES = 60;
export const MINUTE_MS = 60_000;

export class Minutes {
  readonly #counts = new Array<number>(MINUTES).fill(0);
  #newest = 0;

  add(nowMs: number, count = 1): void {
    this.#moveTo(nowMs);
    const place = this.#newest % MINUTES;
    this.#counts[place] = (this.#counts[place] ?? 0) + count;
  }

  /** Oldest first; the last one is the minute of `nowMs`. */
  read(nowMs: number): number[] {
    this.#moveTo(nowMs);
    return Array.from({ length: MINUTES }, (_, i) => this.#counts[(this.#newest + 1 + i) % MINUTES] ?? 0);
  }

  #moveTo(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute - this.#newest >= MINUTES) this.#counts.fill(0);
    else for (let passed = this.#newest + 1; passed <= minute; passed += 1) this.#counts[passed % MINUTES] = 0;
    this.#newest = Math.max(this.#newest, minute);
  }
}

export const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
