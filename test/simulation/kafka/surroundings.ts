/** When every world begins, ms since 1970: of the clocks of brokers, and of processes whose clocks are right. */
export const START_MS = 1_795_254_800_000;

/** What the fake cluster needs of the world around it. `World` is one. */
export interface Surroundings {
  /** Since it began. */
  readonly nowMs: number;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** Something that happens so much later. */
  after(delayMs: number, run: () => void): unknown;
}
