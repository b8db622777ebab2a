/** How far the time of a source has come, and the clock of a task that comes of it. */
import { describe, expect, it } from 'vitest';
import { AHEAD_MAX_MS, clockOf, SourceTime } from '../../../../src/pipeline/timers/source-time.js';

describe('the time of a source', () => {
  it('is the highest commit time that was handed on', () => {
    const time = new SourceTime(null);
    for (const ms of [10, 30, 20]) time.reach(ms, 100);
    expect(time.ms).toBe(30);
    expect(time.after(29, 100)).toBe(30);
    expect(time.after(31, 100)).toBe(31);
    expect(time.ms).toBe(30);
  });

  it('does not believe a commit time that is more than an hour over the broker’s, and says so once', () => {
    const time = new SourceTime(50);
    time.reach(100 + AHEAD_MAX_MS, 100);
    expect(time.ms).toBe(100 + AHEAD_MAX_MS);
    expect(time.takeRefused()).toBeNull();
    for (let i = 1; i <= 2; i += 1) time.reach(100 + AHEAD_MAX_MS + i, 100);
    expect(time.ms).toBe(100 + AHEAD_MAX_MS);
    expect(time.takeRefused()).toBe(100 + AHEAD_MAX_MS + 1);
    expect(time.takeRefused()).toBeNull();
    time.reach(200, 100);
    time.reach(100 + AHEAD_MAX_MS + 9, 100);
    expect(time.takeRefused()).toBe(100 + AHEAD_MAX_MS + 9);
  });
});

describe('the clock', () => {
  it('is the lowest time, stands while a source has none, and never goes back', () => {
    expect(clockOf(null, [30, 20])).toBe(20);
    expect(clockOf(null, [30, null])).toBeNull();
    expect(clockOf(25, [30, null])).toBe(25);
    expect(clockOf(25, [30, 20])).toBe(25);
    expect(clockOf(25, [])).toBe(25);
  });
});
