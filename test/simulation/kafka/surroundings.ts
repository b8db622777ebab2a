/** What the fake cluster needs of the world around it. `World` is one. */
export interface Surroundings {
  readonly nowMs: number;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** Something that happens so much later. */
  after(delayMs: number, run: () => void): unknown;
}
