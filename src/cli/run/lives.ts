/**
 * A task that goes on after a fault of ours. The fault stands still with one pipeline (paused, not ready, logged as fatal); the others of
 * this process go on. After a while the task recovers out of Kafka, which heals what was wrong in memory only; another member would
 * do the same and meet the same records.
 */
import { Stop } from '../../pipeline/stop.js';
import type { Task } from '../../pipeline/task.js';

const FAULT_MS = 30_000;

export class Lives {
  readonly #task: Pick<Task, 'run' | 'stop' | 'lose'>;
  readonly #source: { confirmOwned(): Promise<boolean> };
  readonly #waitMs: number;
  readonly #stop = new Stop();

  constructor(
    task: Pick<Task, 'run' | 'stop' | 'lose'>,
    source: { confirmOwned(): Promise<boolean> },
    waitMs = FAULT_MS,
  ) {
    this.#task = task;
    this.#source = source;
    this.#waitMs = waitMs;
  }

  /** Resolves when the task has ended by itself, was stopped, or lost its input. Faults were told to its observer. */
  async run(): Promise<'closed' | 'fenced'> {
    for (;;) {
      try {
        return await this.#task.run();
      } catch {
        await this.#stop.wait(this.#waitMs);
        // The group may be away longer than there is time.
        const isOwned = await this.#stop.or(() => this.#source.confirmOwned().catch(() => true));
        if (isOwned === false) this.#task.lose();
      }
    }
  }

  /** Commits what is decided and ends. */
  stop(): void {
    this.#task.stop();
    this.#stop.set();
  }

  /** The input belongs to another member. */
  lose(): void {
    this.#task.lose();
    this.#stop.set();
  }
}
