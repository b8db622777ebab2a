/** The time of the broker, as far as it is known: our own, and how far the last Kafka transaction was ahead of it. */
import type { Clock } from '../ports.js';

export class BrokerClock {
  readonly #clock: Clock;
  #aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A Kafka transaction was answered. */
  answered(brokerMs: number): void {
    this.#aheadMs = brokerMs - this.#clock.nowMs();
  }

  get nowMs(): number {
    return this.#clock.nowMs() + this.#aheadMs;
  }
}
