/** What has to be ended, last thing first, whatever happens: at the end, after an error, on Ctrl-C. */
type Step = () => Promise<unknown>;

export class Cleanup {
  readonly #steps: Step[] = [];
  #running: Promise<void> | undefined;

  add(step: Step): void {
    this.#steps.push(step);
  }

  get hasBegun(): boolean {
    return this.#running !== undefined;
  }

  /** Every step is tried; a second call waits for the first. */
  run(): Promise<void> {
    return (this.#running ??= this.#runAll());
  }

  async #runAll(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error: unknown) => process.stderr.write(`while cleaning up: ${String(error)}\n`));
    }
  }
}
