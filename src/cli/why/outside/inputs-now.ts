/** Topics of a pipeline's input that are there. Some may come while somebody looks (a console looks for weeks), so they are looked for again after a while. */

/** What was seen is good for so long. */
export const INPUTS_MS = 15_000;

export class InputsNow {
  readonly #look: () => Promise<readonly string[]>;
  readonly #nowMs: () => number;
  #topics: readonly string[] = [];
  #seenMs = -Infinity;

  constructor(look: () => Promise<readonly string[]>, nowMs = () => performance.now()) {
    this.#look = look;
    this.#nowMs = nowMs;
  }

  seen(topics: readonly string[]): void {
    this.#topics = topics;
    this.#seenMs = this.#nowMs();
  }

  /** @throws what looking throws */
  async topics(): Promise<readonly string[]> {
    if (this.#nowMs() - this.#seenMs >= INPUTS_MS) this.seen(await this.#look());
    return this.#topics;
  }
}
