/** Runs what was asked for, one run after the other: never two at a time. */
import type { ProviderName } from '../test/stack/stack.js';
import type { Backlog } from './backlog/backlog.js';
import { consume, type ConsumeOptions, type ConsumerResult } from './consumer/consume.js';
import type { EventDifference } from './compare-events.js';
import { drain, type DrainResult } from './drain/drain.js';
import type { DrainRun } from './drain/drain-report.js';
import { profileDrain, type ProfileResult } from './drain/profile.js';
import { latency, type LatencyOptions, type LatencyResult } from './latency/latency.js';
import type { LatencyRun } from './latency/latency-report.js';
import { withGround } from './ground.js';
import type { LimitCase } from './limits/cases.js';
import type { LimitRun } from './limits/limits-report.js';
import { OthersWatch } from './others.js';
import { restore, type RestoreOptions, type RestoreResult } from './restore/restore.js';
import { restoreText } from './restore/restore-report.js';
import { say } from './say.js';
import type { ShardsRun } from './shards/shards-report.js';
import { number } from './table.js';
import { alternating, inRound, type Variant } from './variants.js';

/** The same for every variant. */
export interface Subject {
  readonly backlog: Backlog;
  readonly provider: ProviderName | 'auto';
  readonly resumed: boolean;
  /** Laid over the config. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export async function measureDrain(subject: Subject, all: readonly Variant[], runs: number): Promise<DrainRun[]> {
  const done: DrainRun[] = [];
  for (const { name, build } of alternating(all, runs)) {
    const result = await withGround({ ...subject, build }, (ground) => drain(ground, subject));
    done.push({ variant: name, result });
    say(`drain ${done.length} of ${runs * all.length}, ${name}: ${line(result)}`);
  }
  return done;
}

/** Every number of shards once in each round, forth and back. */
export async function measureShards(
  { backlog, provider, resumed, overrides }: Subject,
  { build }: Variant,
  counts: readonly number[],
  runs: number,
): Promise<ShardsRun[]> {
  const done: ShardsRun[] = [];
  const common = { backlog, provider, build, overrides: { ...partitionsFor(counts), ...overrides } };
  for (const shards of alternating(counts, counts.length === 0 ? 0 : runs)) {
    const others = new OthersWatch(0);
    const result = await withGround({ ...common, shards }, (ground) =>
      drain(ground, { backlog, resumed, processes: shards }),
    );
    done.push({ shards, result, othersProcessors: others.end() });
    const each = result.cpuMicrosPerRowEach.map((micros) => number(micros, 1)).join(' + ');
    say(`${shards} ${shards === 1 ? 'shard' : 'shards'}: ${line(result)} (${each} CPU us/row)`);
  }
  return done;
}

/** Both kinds of effects once in each round, forth and back. */
export async function measureConsumer(
  options: Omit<ConsumeOptions, 'effects'>,
  runs: number,
): Promise<ConsumerResult[]> {
  const done: ConsumerResult[] = [];
  for (const effects of alternating(['batch', 'each'] as const, runs)) {
    const result = await consume({ ...options, effects });
    done.push(result);
    say(
      `consumer, ${effects}: ${number(result.eventsPerSecond)} events/s, ${number(result.cpuMicrosPerEvent, 1)} CPU us`,
    );
  }
  return done;
}

const PARTITIONS_MIN = 6;

/** The same for every number of shards, and a multiple of each. */
function partitionsFor(counts: readonly number[]): Readonly<Record<string, unknown>> {
  let partitions = PARTITIONS_MIN;
  while (counts.some((count) => partitions % count !== 0)) partitions += 1;
  return { journal: { partitions }, topics: { partitions } };
}

/** Every case once in each round, so that cases can be compared as well as variants. */
export async function measureLimits(
  subject: Omit<Subject, 'backlog'>,
  cases: readonly LimitCase[],
  all: readonly Variant[],
  runs: number,
): Promise<LimitRun[]> {
  const done: LimitRun[] = [];
  for (const { name, build } of alternating(all, cases.length === 0 ? 0 : runs)) {
    for (const { name: limit, backlog, late, overrides } of cases) {
      const ground = { ...subject, backlog, build, overrides: { ...overrides, ...subject.overrides } };
      const options = { backlog, resumed: subject.resumed, ...(late === null ? {} : { late }) };
      const others = new OthersWatch(0);
      const result = await withGround(ground, (place) => drain(place, options));
      done.push({ limit, variant: name, result, othersProcessors: others.end() });
      say(`${limit}, ${name}: ${line(result)}`);
    }
  }
  return done;
}

export interface LatencyPlan extends Omit<LatencyOptions, 'backlog' | 'rowsPerSecond' | 'live'> {
  readonly rates: readonly number[];
  readonly live: readonly number[];
}

/** Each rate once for each variant and number of live connections, forth and back. */
export async function measureLatency(
  subject: Subject,
  all: readonly Variant[],
  { rates, live, ...plan }: LatencyPlan,
): Promise<LatencyRun[]> {
  const done: LatencyRun[] = [];
  const cases = live.flatMap((connections) => all.map((variant) => ({ ...variant, connections })));
  for (const [round, rowsPerSecond] of rates.entries()) {
    for (const { name, build, connections } of inRound(cases, round)) {
      const options = { ...plan, rowsPerSecond, backlog: subject.backlog, live: connections };
      const result = await withGround({ ...subject, build }, (ground) => latency(ground, options));
      const variant = connections === 0 ? name : `${name}, ${connections} live`;
      done.push({ variant, result });
      say(`latency ${done.length} of ${rates.length * cases.length}, ${variant}: ${latencyLine(result)}`);
    }
  }
  return done;
}

export async function measureRestore(
  subject: Subject,
  { build }: Variant,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const result = await withGround({ ...subject, build }, (ground) => restore(ground, subject.backlog, options));
  say(restoreText(result));
  return result;
}

export async function measureProfile(subject: Subject, { build }: Variant, keep: string): Promise<ProfileResult> {
  const profile = await withGround({ ...subject, build }, (ground) => profileDrain(ground, subject, keep));
  say(`profile: ${line(profile.result)}`);
  return profile;
}

function latencyLine(result: LatencyResult): string {
  const { rowsPerSecond, latencyMs, measured, cpuMicrosPerRow, peakMemoryMb, othersProcessors } = result;
  const { misattributed, events, troubles } = result;
  return [
    `${number(rowsPerSecond)} rows/s (sent ${number(result.sentRowsPerSecond)})`,
    `p50 ${number(latencyMs.p50)} ms, p90 ${number(latencyMs.p90)}, p99 ${number(latencyMs.p99)}, ` +
      `max ${number(latencyMs.max)} (${number(measured)} events)`,
    `${number(cpuMicrosPerRow, 1)} CPU us/row`,
    `${number(peakMemoryMb)} MB`,
    `others used ${number(othersProcessors, 2)} processors`,
    ...(result.visited === null
      ? []
      : [
          `${result.visited.connections} live connections: ${number(result.visited.contents)} contents, ` +
            `${number(result.visited.bytes / 1_000_000, 1)} MB, ${result.visited.lost} lost`,
        ]),
    eventsLine(events) + (misattributed === 0 ? '' : `, of another transaction ${misattributed}`),
    ...troubles.map((text) => `\n  ${text}`),
  ].join(', ');
}

function eventsLine({ published, expected, missing, twice, unexpected }: EventDifference): string {
  return `events ${published} of ${expected}: missing ${missing}, twice ${twice}, unexpected ${unexpected}`;
}

function line({
  rowsPerSecond,
  cpuMicrosPerRow,
  peakMemoryMb,
  seconds,
  loadSeconds,
  events,
  troubles,
}: DrainResult): string {
  return [
    `${number(rowsPerSecond)} rows/s`,
    `${number(cpuMicrosPerRow, 1)} CPU us/row`,
    `${number(peakMemoryMb)} MB`,
    `${number(seconds, 1)} s (loaded in ${number(loadSeconds, 1)} s)`,
    eventsLine(events),
    ...troubles.map((text) => `\n  ${text}`),
  ].join(', ');
}
