/** Panels and queries of the dashboard, in the few forms that it has. */
import { type PanelSpec, type Query, SELECTOR } from './panel.js';

/** `sum by (label) (rate(metric))`, per second. */
export const perSecond = (metric: string, by: string, legend: string): Query => ({
  expr: `sum by (${by}) (rate(${metric}{${SELECTOR}}[$__rate_interval]))`,
  legend,
});

/** The same of the shard that is fastest: what each of them counts, because each reads all, is not added up. */
export const ofFastest = (metric: string, by: string, legend: string): Query => ({
  expr: `max by (${by}) (sum by (shard, ${by}) (rate(${metric}{${SELECTOR}}[$__rate_interval])))`,
  legend,
});

/** How many in the interval of one point of the graph. */
export const howMany = (metric: string, by: string, legend: string): Query => ({
  expr: `sum by (${by}) (increase(${metric}{${SELECTOR}}[$__rate_interval]))`,
  legend,
});

export const quantile = (q: number, metric: string, by: string, legend: string): Query => ({
  expr: `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{${SELECTOR}}[$__rate_interval])))`,
  legend: `${legend} p${q * 100}`,
});

export const most = (metric: string, by: string, legend: string): Query => ({
  expr: `max by (${by}) (${metric}{${SELECTOR}})`,
  legend,
});

export const graph = (title: string, unit: string, description: string, ...queries: readonly Query[]): PanelSpec => ({
  kind: 'timeseries',
  title,
  unit,
  description,
  queries,
});

export const single = (
  title: string,
  unit: string,
  description: string,
  expr: string,
  alarm?: [number, number],
): PanelSpec => ({
  kind: 'stat',
  title,
  unit,
  description,
  queries: [{ expr, legend: title }],
  ...(alarm === undefined ? {} : { alarm }),
});
