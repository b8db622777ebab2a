/** The metrics of one process: a registry, an observer for each task, and the text that Prometheus scrapes. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type PipelineShard, taskName } from '../domain/shard.js';
import type { Observer } from '../pipeline/events.js';
import type { Clock } from '../pipeline/ports.js';
import { EventLoop } from './event-loop.js';
import { metricsObserver, type PipelineWatch } from './metrics-observer.js';
import { createSeries, type TaskLabels } from './series.js';

export interface MetricsOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly rulesDigest: string;
  /** Also measure process and event loop. Default true; once for each process. */
  readonly processMetrics?: boolean;
}

export interface Metrics {
  readonly contentType: string;
  /** An observer for one task; the same one when asked again. */
  observer(task: PipelineShard): Observer;
  /** Says how the transactions of a source are rebuilt. */
  setSequencing(task: PipelineShard, source: string, mode: string): void;
  /** Says from when on a deprecated contract may not be sent any more. */
  setSunset(contract: { readonly event: string; readonly version: number }, sunsetMs: number): void;
  /** The text of a scrape, with ages as of now. */
  render(): Promise<string>;
}

/** Gauges of prom-client that end in `_total`, which Prometheus keeps for counters. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export function createMetrics({ clock, version, rulesDigest, processMetrics = true }: MetricsOptions): Metrics {
  const registry = new Registry();
  const series = createSeries(registry);
  const watches = new Map<string, PipelineWatch>();
  series.build.set({ version, rules_digest: rulesDigest }, 1);
  const loop = processMetrics ? new EventLoop() : null;
  if (processMetrics) {
    collectDefaultMetrics({ register: registry });
    for (const name of MISNAMED) registry.removeSingleMetric(name);
  }
  return {
    contentType: registry.contentType,
    observer(task) {
      const name = taskName(task.pipeline, task.shard);
      const watch = watches.get(name) ?? metricsObserver(series, labelsOf(task), clock);
      watches.set(name, watch);
      return watch.observe;
    },
    setSequencing: (task, source, mode) => series.sequencing.set({ ...labelsOf(task), source, mode }, 1),
    setSunset: ({ event, version: major }, sunsetMs) =>
      series.contractSunset.set({ event, version: String(major) }, sunsetMs / 1_000),
    render() {
      for (const watch of watches.values()) watch.refresh();
      if (loop !== null) series.eventLoopLongest.set(loop.longestSeconds);
      return registry.metrics();
    },
  };
}

const labelsOf = ({ pipeline, shard }: PipelineShard): TaskLabels => ({ pipeline, shard: String(shard.index) });
