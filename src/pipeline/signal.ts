/** Lets one loop wait until another says that something changed. A notification is never lost between two waits. */
export class Signal {
  #set = false;
  #waiting: (() => void) | null = null;

  notify(): void {
    this.#set = true;
    this.#waiting?.();
  }

  /** Resolves at the next `notify`, at once if there was one since the last wait, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#set) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#waiting = null;
    }
    this.#set = false;
  }
}
