/**
 * `npm run bench`: backlog, drain, latency, profile. Figures on stdout (text, or JSON with --json), words on stderr.
 * Exit codes: 0 ok, 1 internal, 2 usage, 3 events missing, twice or unexpected, 5 something needed cannot be had.
 */
import { CommanderError } from 'commander';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectDirectory } from '../test/stack/directories.js';
import { StackError } from '../test/stack/stack-error.js';
import { BenchError } from './bench-error.js';
import type { Backlog } from './backlog/backlog.js';
import { provideBacklog } from './backlog/make-backlog.js';
import type { Workload, WorkloadKind } from './backlog/workload.js';
import { isSame } from './compare-events.js';
import { machineFacts } from './facts.js';
import { build as built } from './dragoman/build.js';
import { reconcile } from './reconcile/reconcile.js';
import { isReconciled, reconcileText } from './reconcile/reconcile-report.js';
import { benchCommand, type BenchOptions, optionsOf } from './options.js';
import { limitCases } from './limits/cases.js';
import { letRulesThrow } from './poison/throwing-rules.js';
import { isRestored } from './restore/restore-report.js';
import { print, type Report } from './report.js';
import { retailer } from './retailer/workload.js';
import { say } from './say.js';
import { isRight } from './latency/latency.js';
import { consumerText, isConsumed } from './consumer/consumer-report.js';
import {
  measureConsumer,
  measureDrain,
  measureLatency,
  measureLimits,
  measureProfile,
  measureRestore,
  measureShards,
} from './measure.js';
import { tpcc } from './tpcc/workload.js';
import { exactlyOnceVariants, variants } from './variants.js';

const EXIT = { ok: 0, internal: 1, usage: 2, findings: 3, unreachable: 5 } as const;

const WORKLOADS: Readonly<Record<WorkloadKind, (rows: number) => Workload>> = { retailer, tpcc };

async function bench(options: BenchOptions): Promise<number> {
  if (options.consumer !== null) return benchConsumer(options.consumer, options);
  if (options.reconcile !== null) return benchReconcile(options.reconcile, options);
  const cache = join(projectDirectory, '.cache', 'bench');
  const builds = join(cache, `build-${process.pid}`);
  try {
    const machine = await machineFacts();
    const workload = WORKLOADS[options.workload](options.rows);
    const build = { directory: builds, control: options.control, rules: workload.rules };
    const all = await variants(build, options.against);
    if (options.poison) for (const { build } of all) await letRulesThrow(build.rules);
    const { provider } = options;
    const provide = (wanted: Workload): Promise<Backlog> => provideBacklog({ workload: wanted, provider, cache, say });
    const backlog = await provide(workload);
    const cases = await limitCases(options, backlog, provide);
    const subject = { backlog, provider, resumed: options.resumed, overrides: options.config };
    const [first] = all;
    const report: Report = {
      machine,
      options,
      backlog,
      profile:
        options.profile && options.restore === null && first
          ? await measureProfile(
              { ...subject, backlog: cases.at(-1)?.backlog ?? backlog },
              first,
              join(cache, 'profiles'),
            )
          : null,
      limits: options.profile ? [] : await measureLimits(subject, cases, all, options.runs),
      drain: options.drain ? await measureDrain(subject, all, options.runs) : [],
      exactlyOnce: options.exactlyOnceCost
        ? await measureDrain(subject, await exactlyOnceVariants(build), options.runs)
        : [],
      shards: first ? await measureShards(subject, first, options.shards, options.runs) : [],
      restore:
        options.restore !== null && first
          ? await measureRestore(subject, first, {
              aggregates: options.restore,
              profiles: options.profile ? join(cache, 'profiles') : null,
            })
          : null,
      latency: options.latency ? await measureLatency(subject, all, options) : [],
    };
    print(report, options.json);
    return isAllRight(report) ? EXIT.ok : EXIT.findings;
  } finally {
    await rm(builds, { recursive: true, force: true });
  }
}

/** Needs no backlog, no rules and no build. */
async function benchConsumer(events: number, options: BenchOptions): Promise<number> {
  const machine = await machineFacts();
  const results = await measureConsumer({ events, provider: options.provider }, options.runs);
  const json = { schema: 'dragoman.bench@1', machine, options, consumer: results };
  process.stdout.write(`${options.json ? JSON.stringify(json, null, 2) : consumerText(results)}\n`);
  return results.every(isConsumed) ? EXIT.ok : EXIT.findings;
}

/** Makes its orders itself. */
async function benchReconcile(
  orders: number,
  { provider, config: overrides, ...options }: BenchOptions,
): Promise<number> {
  const machine = await machineFacts();
  const directory = join(projectDirectory, '.cache', 'bench', `build-${process.pid}`);
  try {
    const build = await built({ name: 'a', checkout: projectDirectory, directory, rules: null });
    const result = await reconcile({ orders, provider, overrides, build });
    const json = { schema: 'dragoman.bench@1', machine, options, reconcile: result };
    process.stdout.write(`${options.json ? JSON.stringify(json, null, 2) : reconcileText(result)}\n`);
    return isReconciled(result) ? EXIT.ok : EXIT.findings;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function isAllRight({ drain, exactlyOnce, shards, restore, profile, latency, limits }: Report): boolean {
  const drains = [
    ...[...drain, ...exactlyOnce, ...shards, ...limits].map(({ result }) => result),
    ...(profile ? [profile.result] : []),
  ];
  return (
    drains.every(({ events }) => isSame(events)) &&
    latency.every(({ result }) => isRight(result)) &&
    (restore === null || isRestored(restore))
  );
}

function exitCodeOf(error: unknown): number {
  if (error instanceof StackError) return EXIT.unreachable;
  return error instanceof BenchError && error.code === 'USAGE' ? EXIT.usage : EXIT.internal;
}

async function main(argv: readonly string[]): Promise<number> {
  const command = benchCommand().exitOverride();
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    return error instanceof CommanderError && error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  try {
    return await bench(optionsOf(command.opts()));
  } catch (error) {
    const code = exitCodeOf(error);
    say(error instanceof Error ? ((code === EXIT.usage ? null : error.stack) ?? error.message) : String(error));
    return code;
  }
}

process.exitCode = await main(process.argv.slice(2));
