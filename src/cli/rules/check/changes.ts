/** Waits for changes of rules. What changes while nobody waits is not lost: the next one who does is told at once. */
import { type FSWatcher, watch } from 'node:fs';

/** An editor writes a file in several steps: all of them are one change. */
const SETTLED_MS = 50;

export class Changes {
  readonly #watcher: FSWatcher;
  readonly #signal: AbortSignal | undefined;
  #isChanged = false;
  #wake: () => void = () => undefined;

  /** @param signal ends the waiting. */
  constructor(folder: string, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#watcher = watch(folder, { recursive: true }, (_, file) => {
      if (file?.endsWith('.ts') !== true) return;
      this.#isChanged = true;
      this.#wake();
    });
    signal?.addEventListener('abort', () => this.#wake());
  }

  /** @returns whether there was one; false: it was ended. */
  async next(): Promise<boolean> {
    while (!this.#isChanged && this.#signal?.aborted !== true)
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    if (this.#signal?.aborted === true) {
      this.#watcher.close();
      return false;
    }
    await new Promise((settled) => setTimeout(settled, SETTLED_MS));
    this.#isChanged = false;
    return true;
  }
}
