import { afterEach, beforeEach, vi } from 'vitest';

/** In every test of a file: waits between attempts take no time. */
export function waitsTakeNoTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }).setTimerTickMode('nextTimerAsync');
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}
