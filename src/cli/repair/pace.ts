/** So many in a second, whatever one takes. Who is late catches up, but for no more than a second: then the rest is late. */
export interface PaceClock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

const LATE_MAX_MS = 1_000;

export class Pace {
  readonly #clock: PaceClock;
  readonly #rate: number;
  #nextMs: number | null = null;

  /** @param rate how many in a second. */
  constructor(rate: number, clock: PaceClock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Waits until so many may go. */
  async turn(count: number): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const dueMs = Math.max(this.#nextMs ?? nowMs, nowMs - LATE_MAX_MS);
    this.#nextMs = dueMs + (count / this.#rate) * 1_000;
    if (dueMs > nowMs) await this.#clock.sleep(dueMs - nowMs);
  }
}
