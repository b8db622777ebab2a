/** All figures of one call, as text for people or as JSON. */
import type { Backlog } from './backlog/backlog.js';
import { drainFigures, type DrainRun, drainText } from './drain/drain-report.js';
import { exactlyOnceCost, exactlyOnceText } from './drain/exactly-once.js';
import { writtenText } from './drain/written-report.js';
import type { ProfileResult } from './drain/profile.js';
import { profileText } from './drain/profile-report.js';
import type { MachineFacts } from './facts.js';
import { type LatencyRun, latencyText } from './latency/latency-report.js';
import type { BenchOptions } from './options.js';
import { LIMIT_GOALS, type LimitRun, limitsText } from './limits/limits-report.js';
import { RESTORE_SECONDS_MAX, restoreText } from './restore/restore-report.js';
import type { RestoreResult } from './restore/restore.js';
import { GOALS, RECORD } from './reference.js';
import { capacities, shardsFigures, SHARDS_GOALS, type ShardsRun, shardsText } from './shards/shards-report.js';
import { number } from './table.js';

export interface Report {
  readonly machine: MachineFacts;
  readonly options: BenchOptions;
  readonly backlog: Backlog;
  readonly drain: readonly DrainRun[];
  readonly latency: readonly LatencyRun[];
  readonly profile: ProfileResult | null;
  readonly limits: readonly LimitRun[];
  /** Drains with and without Kafka transactions. */
  readonly exactlyOnce: readonly DrainRun[];
  readonly shards: readonly ShardsRun[];
  readonly restore: RestoreResult | null;
}

/** Load of one processor's worth above which a warning is printed. */
const LOAD_MAX = 0.5;

export function print(report: Report, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(asJson(report), null, 2)}\n` : `${asText(report)}\n`);
}

function asJson(report: Report): object {
  const { machine, options, backlog, drain, latency, profile, limits, exactlyOnce, shards, restore } = report;
  const { rows, snapshotRows, transactions, bytes, madeInSeconds } = backlog;
  return {
    schema: 'dragoman.bench@1',
    machine,
    options,
    backlog: { rows, snapshotRows, transactions, bytes, madeInSeconds },
    drain: { figures: drainFigures(drain), runs: drain },
    latency: { runs: latency },
    profile,
    limits: { runs: limits },
    exactlyOnce: { cost: exactlyOnceCost(exactlyOnce), figures: drainFigures(exactlyOnce), runs: exactlyOnce },
    shards: { figures: shardsFigures(shards), capacities: capacities(shardsFigures(shards)), runs: shards },
    restore,
    goals: { ...GOALS, limits: LIMIT_GOALS, shards: SHARDS_GOALS, restoreSeconds: RESTORE_SECONDS_MAX },
    record: RECORD,
  };
}

function asText(report: Report): string {
  const { machine, options, backlog, drain, latency, profile, limits, exactlyOnce, shards, restore } = report;
  const { cores, processor, memoryGb, node, platform, versions, loadBefore } = machine;
  const parts = [
    `${cores} processors (${processor}), ${memoryGb} GB, ${platform}; node ${node}, kafka ${versions['kafka'] ?? ''}, ` +
      `debezium ${versions['debezium'] ?? ''}; broker and Redis on the same processors`,
  ];
  if (loadBefore > LOAD_MAX)
    parts.push(`The machine was not idle before: load ${loadBefore}. Do not quote these figures.`);
  parts.push(
    `Backlog, ${options.workload}: ${number(backlog.rows)} row changes, ${number(backlog.snapshotRows)} of them a snapshot, in ${number(backlog.transactions)} source transactions, ` +
      `${number(backlog.bytes / 1e6)} MB, recorded once in ${number(backlog.madeInSeconds)} s`,
  );
  const subject = { rows: backlog.rows, goal: GOALS.drain[options.workload] };
  if (drain.length > 0) parts.push(drainText(drainFigures(drain), subject), writtenText(drain));
  if (latency.length > 0) parts.push(latencyText(latency));
  if (exactlyOnce.length > 0)
    parts.push(drainText(drainFigures(exactlyOnce), subject), exactlyOnceText(exactlyOnceCost(exactlyOnce)));
  if (shards.length > 0) parts.push(shardsText(shards, backlog.rows));
  if (restore !== null) parts.push(restoreText(restore));
  if (limits.length > 0) parts.push(limitsText(limits));
  if (profile !== null) parts.push(profileText(profile));
  return parts.join('\n\n');
}
