/**
 * Waiting for what has a pace of its own. A clock alone cannot tell a busy machine from a broken one: the first is slow, the second
 * stands still. So the time that is given counts from the last sign of life, and only a multiple of it ends everything.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface Waiting {
  readonly holds: () => boolean | Promise<boolean>;
  /** Anything that differs from one look to the next while there is progress. */
  readonly signs: () => unknown;
  /** So long without another sign. */
  readonly quietMaxMs: number;
  readonly pollMs?: number;
}

/** Signs alone keep nobody waiting for longer than so many times the quiet time. */
export const PATIENCE_FACTOR = 5;
const POLL_MS = 100;

/** @returns false when nothing moved for too long, or for all the signs it never came true. */
export async function patiently({ holds, signs, quietMaxMs, pollMs = POLL_MS }: Waiting): Promise<boolean> {
  const begunMs = performance.now();
  let movedMs = begunMs;
  let known: unknown;
  for (;;) {
    if (await holds()) return true;
    const seen = await signs();
    const nowMs = performance.now();
    if (seen !== known) movedMs = nowMs;
    known = seen;
    if (nowMs - movedMs > quietMaxMs || nowMs - begunMs > PATIENCE_FACTOR * quietMaxMs) return false;
    await delay(pollMs);
  }
}
