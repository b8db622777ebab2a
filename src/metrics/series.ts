/** The catalogue as prom-client series of one registry, typed by key: a counter is only ever incremented, and so on. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { CATALOGUE, type MetricKey } from './catalogue.js';
import type { MetricDefinition } from './definition.js';

type Definition<K extends MetricKey> = (typeof CATALOGUE)[K];
type Label<K extends MetricKey> = Definition<K>['labels'][number];

type SeriesOf<K extends MetricKey> = Definition<K>['type'] extends 'counter'
  ? Counter<Label<K>>
  : Definition<K>['type'] extends 'gauge'
    ? Gauge<Label<K>>
    : Histogram<Label<K>>;

/** Of every series of a task. */
export interface TaskLabels {
  readonly pipeline: string;
  /** Its number, from 0 on. */
  readonly shard: string;
}

export type Series = { readonly [K in MetricKey]: SeriesOf<K> };

/** Registers every metric of the catalogue; once for each registry. */
export const createSeries = (registry: Registry): Series =>
  Object.fromEntries(
    Object.entries(CATALOGUE).map(([key, metric]) => [key, create(metric, registry)]),
  ) as unknown as Series;

function create(metric: MetricDefinition, registry: Registry): Counter | Gauge | Histogram {
  const base = { name: metric.name, help: metric.help, labelNames: [...metric.labels], registers: [registry] };
  if (metric.type === 'counter') return new Counter(base);
  if (metric.type === 'gauge') return new Gauge(base);
  return new Histogram({ ...base, buckets: [...(metric.buckets ?? [])] });
}
