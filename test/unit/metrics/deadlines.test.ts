/** What is expected, counted: by fact and outcome, with contexts up to a bound; and how much is overdue now. */
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeadlineTold, Decision } from '../../../src/domain/state/journal-entry.js';
import { CONTEXT_CHARS_MAX, CONTEXTS_MAX, DeadlineWatch } from '../../../src/metrics/deadlines.js';
import { createSeries } from '../../../src/metrics/series.js';
import { Shown } from '../../../src/metrics/shown.js';

let registry: Registry;
let shown: Shown;
let watch: DeadlineWatch;
beforeEach(() => {
  registry = new Registry();
  shown = new Shown();
  watch = new DeadlineWatch(createSeries(registry), { pipeline: 'orders', shard: '0' }, shown);
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
  it('begins with what was, goes up and down, and is taken back with the task', async () => {
    watch.begin(new Map([['OrderReady', 3]]));
    watch.overdue({ fact: 'OrderReady', more: 1 });
    watch.overdue({ fact: 'OrderPaid', more: 1 });
    watch.overdue({ fact: 'OrderPaid', more: -1 });
    expect(await values('dragoman_overdue_facts')).toEqual({ OrderReady: 4, OrderPaid: 0 });
    watch.begin(new Map());
    expect(await values('dragoman_overdue_facts')).toEqual({ OrderReady: 0, OrderPaid: 0 });
    shown.forget();
    expect(await values('dragoman_overdue_facts')).toEqual({});
  });
});
