/** A real event loop, really stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { EventLoop } from '../../../src/metrics/event-loop.js';

const WINDOW_MS = 1_000;
let loop: EventLoop | null = null;
afterEach(() => loop?.end());

function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

describe('the longest stretch of the event loop', () => {
  it('is remembered over one window, and forgotten after two', async () => {
    loop = new EventLoop(WINDOW_MS);
    await sleep(50);
    busy(1_500);
    await sleep(WINDOW_MS / 2);
    expect(loop.longestSeconds).toBeGreaterThan(1.4);
    await expect.poll(() => loop?.longestSeconds, { timeout: 20_000, interval: 100 }).toBeLessThan(1);
  });
});
