/** What the doctor says of the clock of timers. */
import { describe, expect, it } from 'vitest';
import { type ClockSource, judgeClock } from '../../../../src/cli/doctor/clock.js';

const HOUR = 60 * 60 * 1_000;
const NOW_MS = Date.UTC(2026, 10, 29, 12);
const source = (name: string, hoursAgo: number | null, more: Partial<ClockSource> = {}): ClockSource => ({
  ...{ name, timeMs: hoursAgo === null ? null : NOW_MS - hoursAgo * HOUR, aheadMs: null },
  ...{ heartbeatTopic: `__debezium-heartbeat.${name}`, heartbeatMs: null, ...more },
});
const judged = (clockMs: number | null, ...sources: ClockSource[]) =>
  judgeClock({ pipeline: 'orders', clockMs, sources, nowMs: NOW_MS });

describe('the clock of timers', () => {
  it('is well within an hour, and names the source that is furthest behind', () => {
    expect(judged(NOW_MS - HOUR, source('a', 0.5), source('b', 1))).toMatchObject([
      {
        level: 'ok',
        check: 'CLOCK_SOURCES',
        seen: 'the clock of timers stands at 2026-11-29T11:00:00.000Z, that of b',
      },
    ]);
  });

  it('that stands is told with since when, because of which source, and what to do', () => {
    const [line] = judged(NOW_MS - 5 * HOUR, source('a', 0), source('b', 5, { heartbeatMs: NOW_MS - 4 * HOUR }));
    expect(line).toMatchObject({ level: 'warn', about: 'orders' });
    expect(line?.seen).toContain('stands at 2026-11-29T07:00:00.000Z: b has come to 2026-11-29T07:00:00.000Z');
    expect(line?.seen).toContain('newest heartbeat is 240 min old');
    expect(line?.todo).toContain('heartbeat.action.query');
  });

  it('has not begun while no transaction of a source came, however far others are', () => {
    const [line] = judged(null, source('a', 0), source('new', null));
    expect(line?.seen).toContain('has not begun: no transaction of new came so far; there is no heartbeat in');
  });

  it('stands where a source that is new has none yet, though it stood well', () => {
    expect(judged(NOW_MS, source('a', 0), source('new', null, { heartbeatTopic: null }))).toMatchObject([
      { level: 'warn', seen: expect.stringContaining('its heartbeats are not looked for') as string },
    ]);
  });

  it('does not follow commit times from the future: that fails, by source', () => {
    expect(judged(NOW_MS, source('a', 0, { aheadMs: NOW_MS + 9 * HOUR }))).toMatchObject([
      { level: 'fail', about: 'orders: a', seen: expect.stringContaining('2026-11-29T21:00:00.000Z') as string },
      { level: 'ok' },
    ]);
  });
});
