/**
 * Whether a task can be counted on. One that waits for a person is tried again and again, and each try runs for a moment: it counts as
 * running again when something was committed, or when it has run for longer than a try takes.
 */
import type { PipelineEvent, TaskState } from '../../pipeline/events.js';
import type { Clock } from '../../pipeline/ports.js';

/** From `running` on; without rows to read nothing is committed, and nothing is refused either. */
const TRY_MS = 10_000;
const FINE: readonly TaskState[] = ['running', 'fenced', 'closed'];

export class Standing {
  readonly #clock: Clock;
  #state: TaskState = 'assigned';
  #reason: string | null = null;
  #sinceMs = 0;
  /** What refused the last try; null once that is over. */
  #refused: string | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  observe(event: PipelineEvent): void {
    if (event.kind === 'state') {
      [this.#state, this.#reason, this.#sinceMs] = [event.state, event.reason, this.#clock.nowMs()];
    } else if (event.kind === 'failed') {
      this.#refused = event.disposition === 'refuse' ? `${event.code}: ${event.text}` : null;
    } else if (event.kind === 'committed' && event.result === 'committed') this.#refused = null;
  }

  /** True, or why not. */
  readiness(): true | string {
    if (!FINE.includes(this.#state)) return `${this.#state}${this.#reason === null ? '' : ` (${this.#reason})`}`;
    const isTry = this.#state === 'running' && this.#clock.nowMs() - this.#sinceMs < TRY_MS;
    return isTry && this.#refused !== null ? `tried again (${this.#refused})` : true;
  }
}
