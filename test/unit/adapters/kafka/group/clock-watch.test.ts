/** A clock that is set back is noticed; one that runs, or is set forward, is not. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchClock } from '../../../../../src/adapters/kafka/group/clock-watch.js';

const HOUR_MS = 3_600_000;
const setBacks: number[] = [];
let end: () => void;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] });
  setBacks.length = 0;
  end = watchClock({ harmlessMs: 3_000, onSetBack: (byMs) => setBacks.push(byMs) });
});

afterEach(() => {
  end();
  vi.useRealTimers();
});

const setClock = (byMs: number): void => void vi.setSystemTime(Date.now() + byMs);

describe('the watch on the clock', () => {
  it('says nothing while the clock runs, is set forward, or set back by little', () => {
    vi.advanceTimersByTime(60_000);
    setClock(HOUR_MS);
    vi.advanceTimersByTime(60_000);
    setClock(-2_000);
    vi.advanceTimersByTime(60_000);
    expect(setBacks).toEqual([]);
  });

  it('says once by how much it was set back, also from an hour ahead to what is right', () => {
    setClock(-HOUR_MS);
    vi.advanceTimersByTime(60_000);
    expect(setBacks).toEqual([HOUR_MS]);
    setClock(2 * HOUR_MS);
    vi.advanceTimersByTime(60_000);
    setClock(-HOUR_MS);
    vi.advanceTimersByTime(60_000);
    expect(setBacks).toEqual([HOUR_MS, HOUR_MS]);
  });

  it('ends', () => {
    end();
    setClock(-HOUR_MS);
    vi.advanceTimersByTime(60_000);
    expect(setBacks).toEqual([]);
  });
});
