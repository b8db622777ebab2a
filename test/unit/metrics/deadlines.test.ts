/** What is expected, counted: by fact and outcome, with contexts up to a bound; how much is overdue now, and since when. */
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeadlineTold, Decision } from '../../../src/domain/state/journal-entry.js';
import { CONTEXT_CHARS_MAX, Contexts, CONTEXTS_MAX } from '../../../src/metrics/contexts.js';
import { DeadlineWatch } from '../../../src/metrics/deadlines.js';
import { createSeries } from '../../../src/metrics/series.js';
import { Shown } from '../../../src/metrics/shown.js';

let registry: Registry;
let shown: Shown;
let watch: DeadlineWatch;
beforeEach(() => {
  registry = new Registry();
  shown = new Shown();
  watch = new DeadlineWatch(
    createSeries(registry),
    { pipeline: 'orders', shard: '0' },
    { shown, contexts: new Contexts() },
  );
});

const decided = (became: DeadlineTold['became'], context?: Decision['context']): void =>
  watch.decided({
    deadlines: [{ fact: 'OrderReady', dueAt: '2026-11-21T10:00:00.000Z', became }],
    ...(context === undefined ? {} : { context }),
  } as unknown as Decision);

async function values(name: string): Promise<Record<string, number>> {
  const { values: all = [] } = (await registry.getMetricsAsJSON()).find((metric) => metric.name === name) ?? {};
  return Object.fromEntries(
    all.map(({ labels, value }) => [[labels['fact'], labels['outcome'], labels['context']].join(' ').trim(), value]),
  );
}

describe('what is expected', () => {
  it('is counted by fact, outcome and context; a name that is null has no value', async () => {
    decided('awaited');
    decided('overdue', { market: 'DE', channel: null });
    decided('overdue', { market: 'DE', channel: null });
    watch.decided({} as Decision);
    expect(await values('dragoman_expected_facts_total')).toEqual({
      'OrderReady awaited': 1,
      'OrderReady overdue market=DE,channel=': 2,
    });
  });

  it('tells so many contexts apart, and not long ones', async () => {
    for (let i = 0; i < CONTEXTS_MAX + 5; i += 1) decided('overdue', { market: `m${i}` });
    decided('overdue', { market: 'm0' });
    decided('late', { market: 'x'.repeat(CONTEXT_CHARS_MAX) });
    const counted = await values('dragoman_expected_facts_total');
    expect(Object.keys(counted)).toHaveLength(CONTEXTS_MAX + 2);
    expect(counted).toMatchObject({
      'OrderReady overdue market=m0': 2,
      'OrderReady overdue other': 5,
      'OrderReady late other': 1,
    });
  });
});

describe('what is overdue now', () => {
  const HOUR_MS = 3_600_000;
  const START_MS = Date.parse('2026-11-21T10:30:00Z');
  const NOW_MS = START_MS + 10 * HOUR_MS;
  const overdue = (fact: string, hours: number, more: 1 | -1 = 1): void =>
    watch.overdue({ fact, dueMs: START_MS + hours * HOUR_MS, more });
  const shownAt = async (nowMs = NOW_MS) => {
    watch.refresh(nowMs);
    return [await values('dragoman_overdue_facts'), await values('dragoman_oldest_overdue_fact_seconds')];
  };

  it('goes up and down, with the age of the oldest', async () => {
    for (const hours of [1, 2, 5]) overdue('OrderReady', hours);
    overdue('OrderPaid', 3);
    expect(await shownAt()).toEqual([
      { OrderReady: 3, OrderPaid: 1 },
      { OrderReady: 9 * 3_600, OrderPaid: 7 * 3_600 },
    ]);
    overdue('OrderReady', 1, -1);
    overdue('OrderPaid', 3, -1);
    expect(await shownAt()).toEqual([
      { OrderReady: 2, OrderPaid: 0 },
      { OrderReady: 8 * 3_600, OrderPaid: 0 },
    ]);
  });

  it('is at most an hour too old, where others of that hour are left', async () => {
    overdue('OrderReady', 1);
    overdue('OrderReady', 1.4);
    overdue('OrderReady', 1, -1);
    expect((await shownAt())[1]).toEqual({ OrderReady: 9 * 3_600 });
    overdue('OrderReady', 1.4, -1);
    expect((await shownAt())[1]).toEqual({ OrderReady: 0 });
  });

  it('is told anew by each life of a task, and taken back with it', async () => {
    overdue('OrderReady', 1);
    watch.begin();
    expect(await shownAt()).toEqual([{ OrderReady: 0 }, { OrderReady: 0 }]);
    overdue('OrderReady', 2);
    expect(await shownAt()).toEqual([{ OrderReady: 1 }, { OrderReady: 8 * 3_600 }]);
    shown.forget();
    watch.forget();
    expect(await shownAt()).toEqual([{}, {}]);
  });
});
