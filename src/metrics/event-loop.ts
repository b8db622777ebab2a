/**
 * The longest stretch in which the event loop did nothing else: no heartbeat, no probe, no answer of a broker. A histogram of delays hides
 * the one that hurt, and one that each scrape empties shows two readers halves; so it is remembered for a while.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Stretches are told to within so much. */
const RESOLUTION_MS = 2;
/** A stretch is remembered for one to two of these. */
const WINDOW_MS = 30_000;

export class EventLoop {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #former = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(windowMs = WINDOW_MS) {
    this.#delays.enable();
    this.#timer = setInterval(() => this.#turn(), windowMs).unref();
  }

  /** Of this window and the one before it. */
  get longestSeconds(): number {
    return Math.max(this.#former, this.#longest());
  }

  end(): void {
    clearInterval(this.#timer);
    this.#delays.disable();
  }

  #turn(): void {
    this.#former = this.#longest();
    this.#delays.reset();
  }

  /** What is measured is the time from one look to the next. */
  #longest(): number {
    const { count, max } = this.#delays;
    return count === 0 ? 0 : Math.max(0, max / 1e6 - RESOLUTION_MS) / 1_000;
  }
}
