/** How far the time of a source has come, and the clock of a task that comes of it. */
import { describe, expect, it } from 'vitest';
import { AHEAD_MAX_MS, clockOf, SourceTime } from '../../../../src/pipeline/timers/source-time.js';

const BROKER = { nowMs: 100 };

describe('the time of a source', () => {
  it('is the highest commit time that was passed', () => {
    const time = new SourceTime(null, BROKER);
    for (const ms of [10, 30, 20]) time.reach(ms);
    expect(time.ms).toBe(30);
    expect(time.after(29)).toBe(30);
    expect(time.after(31)).toBe(31);
    expect(time.ms).toBe(30);
  });

  it('does not believe a commit time that is more than an hour over the broker’s, and says so once', () => {
    const time = new SourceTime(50, BROKER);
    time.reach(100 + AHEAD_MAX_MS);
    expect(time.ms).toBe(100 + AHEAD_MAX_MS);
    expect(time.refused).toBeNull();
    for (let i = 1; i <= 2; i += 1) time.reach(100 + AHEAD_MAX_MS + i);
    expect(time.ms).toBe(100 + AHEAD_MAX_MS);
    expect(time.aheadMs).toBe(100 + AHEAD_MAX_MS + 1);
    const first = time.refused;
    expect(first).toEqual({ commitTimeMs: 100 + AHEAD_MAX_MS + 1, brokerMs: 100 });
    time.reach(200);
    expect(time.refused).toBe(first);
    expect(time.aheadMs).toBeNull();
    time.reach(100 + AHEAD_MAX_MS + 9);
    expect(time.refused).toMatchObject({ commitTimeMs: 100 + AHEAD_MAX_MS + 9 });
  });

  it('that was not believed before a restart is told again after it, with the instant since when', () => {
    const time = new SourceTime(50, BROKER, 100 + AHEAD_MAX_MS + 1);
    expect(time.refused).toBeNull();
    time.reach(100 + AHEAD_MAX_MS + 5);
    expect(time.refused).toMatchObject({ commitTimeMs: 100 + AHEAD_MAX_MS + 5 });
    expect(time.aheadMs).toBe(100 + AHEAD_MAX_MS + 1);
  });

  it('follows heartbeats forward only, never over the broker’s time by more than an hour, and not before a transaction', () => {
    const time = new SourceTime(50, BROKER);
    expect([40, 50, 60].map((ms) => time.follow(ms))).toEqual([false, false, true]);
    expect(time.follow(100 + AHEAD_MAX_MS + 1)).toBe(false);
    expect(time.ms).toBe(60);
    expect(new SourceTime(null, BROKER).follow(60)).toBe(false);
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
