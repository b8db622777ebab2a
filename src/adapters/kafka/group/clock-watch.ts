/**
 * Notices that the wall clock was set back. kafkajs 2.2.4 decides by it when a heartbeat is due (consumerGroup.js, `lastRequest`): set
 * back by an hour, it sends none for an hour, the group forgets the member, and nothing tells it.
 */
export interface ClockWatch {
  /** So much is harmless: a heartbeat comes that much later. */
  readonly harmlessMs: number;
  readonly onSetBack: (byMs: number) => void;
}

const LOOK_EVERY_MS = 1_000;

/** @returns how to end it. */
export function watchClock({ harmlessMs, onSetBack }: ClockWatch): () => void {
  let before = aheadOfMonotonicMs();
  const timer = setInterval(() => {
    const now = aheadOfMonotonicMs();
    if (before - now > harmlessMs) onSetBack(before - now);
    before = now;
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The monotonic clock cannot be set. */
const aheadOfMonotonicMs = (): number => Date.now() - performance.now();
