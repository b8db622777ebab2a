/** Which check is due, and that only one runs at a time. */
import { describe, expect, it } from 'vitest';
import { type CheckRun, RUN_ALIVE_MS, type RunEnd } from '../../../src/domain/reconciliation/check-run.js';
import { dueCheck, FAILED_AGAIN_MS, runScheduled } from '../../../src/reconcile/schedule.js';
import { after, BEGUN } from '../../support/reconciliation/reports.js';

const NOW = Date.parse(BEGUN);
const HOUR = 3_600_000;

/** @param at seconds after the begin, both. */
const runOf = (check: string, ended: RunEnd | undefined, startedAt: number, at: number): CheckRun => ({
  ...{ check, run: '0f8fad5b-d9cb-469f-a165-70867728950e', n: 3, by: 'dragoman', at: after(at), lastDoneAt: null },
  progress: {
    ...{ startedAt: after(startedAt), position: 'x', done: 1, of: 2, counts: {} },
    ...(ended === undefined ? {} : { ended }),
  },
  ...{ found: 0, closed: 0, beyond: 0 },
});

const source = { check: 'source', everyMs: 24 * HOUR };
const published = { check: 'published', everyMs: HOUR };

describe('a check is due', () => {
  it('at once when it never ran', () => {
    expect(dueCheck([source], [], NOW)).toBe('source');
    expect(dueCheck([], [], NOW)).toBeNull();
  });

  it.each([
    ['that is done: so long after it began', runOf('published', 'done', 0, 600), HOUR],
    ['that was stopped: likewise', runOf('published', 'stopped', 0, 600), HOUR],
    ['that failed: after a while', runOf('published', 'failed', 0, 600), 600_000 + FAILED_AGAIN_MS],
    ['that was broken off: once it is dead', runOf('published', undefined, 0, 600), 600_000 + RUN_ALIVE_MS],
  ])('after a run %s', (_, run, ms) => {
    expect(dueCheck([published], [run], NOW + ms - 1)).toBeNull();
    expect(dueCheck([published], [run], NOW + ms)).toBe('published');
  });

  it('before others the longer it is', () => {
    const runs = [runOf('source', 'done', 0, 1), runOf('published', 'done', 0, 1)];
    expect(dueCheck([source, published], runs, NOW + 25 * HOUR)).toBe('published');
    const late = [runOf('source', 'done', -48 * 3_600, 1), runOf('published', 'done', 0, 1)];
    expect(dueCheck([published, source], late, NOW + 2 * HOUR)).toBe('source');
  });
});

describe('the schedule', () => {
  it('runs what is due, one after the other, asks again after what it could not know, and ends when it is told', async () => {
    const stop = new AbortController();
    const runs: CheckRun[] = [];
    const did: string[] = [];
    let nowMs = NOW;
    let asked = 0;
    await runScheduled(
      [source, published],
      {
        runs: () => {
          asked += 1;
          if (asked === 2) return Promise.reject(new Error('Redis is away'));
          return Promise.resolve(runs);
        },
        run: (check) => {
          did.push(check);
          runs.push(runOf(check, 'done', (nowMs - NOW) / 1_000, (nowMs - NOW) / 1_000 + 1));
          return Promise.resolve();
        },
        failed: (error) => void did.push(String(error)),
        nowMs: () => nowMs,
        sleep: (ms) => {
          nowMs += ms;
          if (nowMs > NOW + 2 * HOUR) stop.abort();
          return Promise.resolve();
        },
      },
      stop.signal,
    );
    expect(did.slice(0, 3)).toEqual(['source', 'Error: Redis is away', 'published']);
    expect(did.filter((name) => name === 'published').length).toBeGreaterThan(0);
    expect(did.filter((name) => name === 'source')).toHaveLength(1);
  });
});
