/** Dashboard, recording rules and alerts against the metric catalogue, both ways: nothing is asked for that is not measured. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../../src/metrics/catalogue.js';
import { createMetrics } from '../../../src/metrics/metrics.js';
import { alertRules, dashboardQueries, metricsIn, recordingRules } from '../../support/project/dashboards.js';

const series = METRICS.flatMap(({ name, type }) =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
);
const recorded = recordingRules().map(({ record }) => record);
const rules = [...recordingRules(), ...alertRules()].map(({ expr }) => expr);
const asked = [...dashboardQueries(), ...rules].flatMap(metricsIn);

describe('what dashboards and alerts ask for', () => {
  it('is measured', async () => {
    const clock = { nowMs: () => 0 };
    const scrape = await createMetrics({ clock, version: '1', rulesDigest: 'a' }).render();
    const others = [...scrape.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    const known = new Set([...series, ...recorded, ...others, 'up']);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('uses labels that the metric has', () => {
    const labels = new Map(
      METRICS.flatMap(({ name, labels: own }) => series.filter((one) => one.startsWith(name)).map((one) => [one, own])),
    );
    for (const query of [...dashboardQueries(), ...rules]) {
      for (const [, name = '', matchers = ''] of query.matchAll(/([a-z_:0-9]+)\{([^}]*)\}/g)) {
        const own = labels.get(name);
        if (own === undefined) continue;
        const used = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
        const legal = ['job', 'instance', 'le', ...own];
        expect(
          used.filter((label) => !legal.includes(label)),
          query,
        ).toEqual([]);
      }
    }
  });

  it('leaves out only what is marked diagnostic', () => {
    const used = (name: string): boolean =>
      asked.some((one) => one === name || one.replace(/_(bucket|count|sum)$/, '') === name);
    for (const { name, diagnostic = false } of METRICS) expect(used(name), name).toBe(!diagnostic);
  });
});

describe('the bucket of the latency goal', () => {
  it('exists, because the burn-rate alerts read it', () => {
    const buckets = METRICS.find(({ name }) => name === 'dragoman_event_latency_seconds')?.buckets;
    expect(buckets).toContain(5);
    expect(readFileSync(new URL('../../../dashboards/rules/recording.yml', import.meta.url), 'utf8')).toContain(
      'le="5"',
    );
  });
});
