/** What is ready waits for more, so that one Kafka transaction has more in it: less to do for each row, and later events. */
import type { Signal } from '../signal.js';

/**
 * @param ms at most so long, from now on; 0: not at all.
 * @param work notified whenever `isWorthIt` may have changed.
 * @param isWorthIt no more when no more would fit, or when something else has to be done at once.
 */
export async function linger(ms: number, work: Signal, isWorthIt: () => boolean): Promise<void> {
  const untilMs = performance.now() + ms;
  for (let leftMs = ms; leftMs > 0 && isWorthIt(); leftMs = untilMs - performance.now()) await work.wait(leftMs);
}
