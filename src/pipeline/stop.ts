/** That something was told to end: asked for, waited for, and what may take long is not waited for beyond it. */
export class Stop {
  #isSet = false;
  #set: () => void = () => undefined;
  readonly #told = new Promise<null>((resolve) => (this.#set = () => resolve(null)));

  isSet(): boolean {
    return this.#isSet;
  }

  /** Idempotent. */
  set(): void {
    this.#isSet = true;
    this.#set();
  }

  /** Resolves after so long, or when it is set. */
  async wait(ms: number): Promise<void> {
    if (this.#isSet) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, ms))), this.#told]);
    clearTimeout(timer);
  }

  /** What the work comes to; null when this is set before. */
  async or<T>(work: () => Promise<T>): Promise<T | null> {
    return this.#isSet ? null : Promise.race([work(), this.#told]);
  }
}
