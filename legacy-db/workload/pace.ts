/**
 * Row changes per second, shared by all connections: whoever spends more than there is waits.
 *
 * In:  rows spent after each transaction. Out: a wait before the next. A rate of 0 means no limit.
 * Unspent allowance is kept for BURST_SECONDS only, so that a pause is not followed by a flood.
 */
const BURST_SECONDS = 0.1;

export class Pace {
  private allowanceRows = 0;
  private lastMs = Date.now();

  constructor(private readonly ratePerSecond: number) {}

  /** Resolves when there is allowance again. */
  async turn(): Promise<void> {
    if (this.ratePerSecond === 0) return;
    for (;;) {
      this.refill();
      if (this.allowanceRows >= 0) return;
      const waitMs = (-this.allowanceRows / this.ratePerSecond) * 1_000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, Math.min(waitMs, 1_000))));
    }
  }

  spend(rows: number): void {
    this.allowanceRows -= rows;
  }

  private refill(): void {
    const nowMs = Date.now();
    const earned = ((nowMs - this.lastMs) / 1_000) * this.ratePerSecond;
    this.allowanceRows = Math.min(this.ratePerSecond * BURST_SECONDS, this.allowanceRows + earned);
    this.lastMs = nowMs;
  }
}
