/**
 * Latency: Dragoman runs, then row changes come at a steady rate. From the Kafka timestamp of a source transaction's rows to the
 * reception of its events by a `read_committed` reader in a process of its own; the append time alone would flatter, because
 * an event cannot be read before its Kafka transaction is committed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Backlog, expectedEvents } from '../backlog/backlog.js';
import { type EventDifference, isSame } from '../compare-events.js';
import { DragomanProcess } from '../../test/dragoman/process.js';
import { cpuAt, peakMemoryMb, type Usage, usageOf } from '../dragoman/usage.js';
import type { Ground } from '../ground.js';
import { OthersWatch } from '../others.js';
import { say } from '../say.js';
import { type Percentiles, percentiles } from '../stats.js';
import { eventLatencies, eventsOf, overTime, sentIn } from './event-latency.js';
import { type Fed, feed } from './feed.js';
import { EventReader } from './reader.js';
import { type Visited, Visitors } from './visitors.js';

export interface LatencyOptions {
  readonly backlog: Backlog;
  readonly rowsPerSecond: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** Live connections to the console that are open meanwhile. */
  readonly live: number;
}

export interface LatencyResult {
  /** As asked for. */
  readonly rowsPerSecond: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** What was really sent, after the warm-up. */
  readonly sentRowsPerSecond: number;
  /** How far sending was behind its plan, after the warm-up; up to 5 ms is as it should be. */
  readonly behindMs: Percentiles;
  /** Events measured: those of transactions sent after the warm-up. */
  readonly measured: number;
  readonly latencyMs: Percentiles;
  /** Of each 10 s: a new broker still compiles itself for a while. */
  readonly latencyMsOverTime: readonly Percentiles[];
  readonly events: EventDifference;
  readonly misattributed: number;
  readonly cpuMicrosPerRow: number;
  readonly peakMemoryMb: number | null;
  /** Processors' worth of work that was not the bench's; well above 0 the figures say little. */
  readonly othersProcessors: number | null;
  /** What the live connections received; null: there were none. */
  readonly visited: Visited | null;
  /** Longest stretch of Dragoman's event loop, in the last 30 to 60 s of the load; null: it tells none. */
  readonly longestStretchMs: number | null;
  /** Warnings and errors in Dragoman's log, the first few. */
  readonly troubles: readonly string[];
}

export const isRight = ({ events, misattributed }: Pick<LatencyResult, 'events' | 'misattributed'>): boolean =>
  isSame(events) && misattributed === 0;

export const PART_SECONDS = 10;
const LONGEST_STRETCH = 'dragoman_event_loop_longest_seconds';
const SAMPLE_MS = 100;
const POLL_MS = 100;
/** After the last expected event: time for one that should not come. */
const QUIET_MS = 1_500;
const STALLED_MS = 15_000;

/** @throws BenchError BROKER_REFUSED, BACKLOG_INVALID, CHILD_FAILED; ProcessError*/
export async function latency(ground: Ground, options: LatencyOptions): Promise<LatencyResult> {
  const { broker, contracts, build, config } = ground;
  const { backlog, rowsPerSecond, warmupSeconds, seconds, live } = options;
  const reader = await EventReader.open({ broker, topics: contracts });
  const dragoman = new DragomanProcess({ configFile: config, entry: [build.entry] });
  const samples: Usage[] = [];
  const sampler = setInterval(() => {
    const usage = usageOf(dragoman.pid);
    if (usage !== null) samples.push(usage);
  }, SAMPLE_MS);
  let visitors: Visitors | null = null;
  try {
    await dragoman.untilRunning();
    if (live > 0) visitors = await Visitors.open({ url: dragoman.httpUrl, connections: live });
    const check = (): void => dragoman.assertAlive();
    const others = new OthersWatch(warmupSeconds * 1_000);
    const fed = await feed({ broker, backlog, rowsPerSecond, seconds: warmupSeconds + seconds, check });
    const othersProcessors = others.end();
    const visited = (await visitors?.visited()) ?? null;
    const [longest] = (await dragoman.metric(LONGEST_STRETCH)).values();
    const expected = eventsOf(fed.transactions, expectedEvents(backlog));
    await untilReceived(reader, dragoman, expected.length);
    const received = await reader.events();
    const memory = peakMemoryMb(dragoman.pid);
    await dragoman.stop();
    const window = windowOf(fed, options);
    const { measured, events, misattributed } = eventLatencies(fed.transactions, expected, received, window);
    if (!isRight({ events, misattributed })) say(`the end of Dragoman's log:\n${dragoman.lastWords}`);
    const sent = sentIn(fed.transactions, window);
    const rows = sent.reduce((sum, transaction) => sum + transaction.rows, 0);
    return {
      ...{ rowsPerSecond, warmupSeconds, seconds },
      sentRowsPerSecond: rows / seconds,
      behindMs: percentiles(sent.map(({ behindMs }) => behindMs)),
      measured: measured.length,
      latencyMs: percentiles(measured.map(({ latencyMs }) => latencyMs)),
      latencyMsOverTime: overTime(measured, window, PART_SECONDS * 1_000),
      ...{ events, misattributed },
      cpuMicrosPerRow: ((cpuAt(samples, window.toMs) - cpuAt(samples, window.fromMs)) * 1_000) / rows,
      peakMemoryMb: memory,
      othersProcessors,
      visited,
      longestStretchMs: longest === undefined ? null : longest * 1_000,
      troubles: dragoman.troubles,
    };
  } finally {
    clearInterval(sampler);
    visitors?.close();
    reader.close();
    await dragoman.stop();
  }
}

function windowOf({ startedMs }: Fed, { warmupSeconds, seconds }: LatencyOptions) {
  const fromMs = startedMs + warmupSeconds * 1_000;
  return { fromMs, toMs: fromMs + seconds * 1_000 };
}

/** Until all are there and nothing more comes, or nothing comes for long: what is missing then is a finding. */
async function untilReceived(reader: EventReader, dragoman: DragomanProcess, expected: number): Promise<void> {
  let count = -1;
  for (let changedMs = Date.now(); ; await delay(POLL_MS)) {
    dragoman.assertAlive();
    if (reader.count !== count) [count, changedMs] = [reader.count, Date.now()];
    const quietMs = Date.now() - changedMs;
    if (quietMs > (count >= expected ? QUIET_MS : STALLED_MS)) return;
  }
}
