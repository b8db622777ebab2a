/**
 * Drain: the whole backlog is in Kafka, then one Dragoman process starts, or one for each shard. From the moment at which the first task runs
 * to the moment at which the broker appends the last event; counted by a reader of its own afterwards, so that it takes no processor time
 * from the run.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { type Backlog, expectedEvents } from '../backlog/backlog.js';
import { BenchError } from '../bench-error.js';
import { compareEvents, type EventDifference, isSame } from '../compare-events.js';
import { DragomanProcess } from '../../test/dragoman/process.js';
import { Processes } from '../dragoman/processes.js';
import type { Ground } from '../ground.js';
import { NAMESPACE } from '../dragoman/config-file.js';
import { say } from '../say.js';
import { endOffsets, stampOnAppend, withAdmin } from '../kafka/cluster.js';
import { loadBacklog, type Part, partOf } from '../kafka/load-backlog.js';
import { fillLate, type LateTable } from '../kafka/late-table.js';
import { readWritten, type Written } from './written.js';
import { type ReadEvent, readEvents } from '../kafka/read-events.js';

export interface DrainResult {
  readonly rows: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Of all processes. */
  readonly cpuMicrosPerRow: number;
  /** Of each. */
  readonly cpuMicrosPerRowEach: readonly number[];
  /** Of the largest process. */
  readonly peakMemoryMb: number | null;
  /** From the start of the processes to the start of reading. */
  readonly startSeconds: number;
  readonly loadSeconds: number;
  readonly events: EventDifference;
  readonly written: Written;
  /** Warnings and errors in Dragoman's log, the first few. */
  readonly troubles: readonly string[];
}

export interface DrainTimes {
  readonly spawnedMs: number;
  readonly runningMs: number;
  readonly lastEventMs: number;
}

export interface DrainOptions {
  readonly backlog: Backlog;
  /** Dragoman ran before, took the first transactions and was stopped; else this is the first start of all. */
  readonly resumed: boolean;
  readonly nodeFlags?: readonly string[];
  /** As many as there are shards; default: 1. */
  readonly processes?: number;
  /** Records of one table that come only while Dragoman runs. */
  readonly late?: LateTable;
  /** Called when Dragoman has ended. */
  readonly afterwards?: (ground: Ground, times: DrainTimes) => Promise<void>;
}

const POLL_MS = 250;
const QUIET_MS = 1_500;
const STALLED_MS = 30_000;
/** Slowest rate that is waited for. */
const ROWS_PER_MS_MIN = 1;
/** Lets the broker write what it was given before anything is measured. */
const SETTLE_MS = 2_000;
/** Transactions of the run before: enough for some events. */
const TRANSACTIONS_BEFORE = 100;

/** @throws BenchError EVENTS_LATE, BROKER_REFUSED; ProcessError*/
export async function drain(
  ground: Ground,
  { backlog, resumed, nodeFlags = [], processes: count = 1, late, afterwards }: DrainOptions,
): Promise<DrainResult> {
  const { broker, contracts, build, config } = ground;
  await withAdmin(broker, (admin) => stampOnAppend(admin, contracts));
  const expected = expectedEvents(backlog);
  const done = resumed ? await runBefore(ground, backlog, TRANSACTIONS_BEFORE) : undefined;
  const loadSeconds = await loadBacklog(broker, backlog, { from: done ?? [], without: late?.topic });
  await delay(SETTLE_MS);
  const dragoman = new Processes({ configFile: config, entry: [...nodeFlags, build.entry], count });
  try {
    const runningMs = await dragoman.untilRunning();
    const filling = late === undefined ? Promise.resolve() : fillLate(broker, backlog, late);
    filling.catch(() => undefined); // seen below
    const published = await untilDrained({ ground, dragoman, rows: backlog.rows, expected: expected.length });
    await filling;
    const memory = dragoman.peakMemoryMb;
    await dragoman.stop();
    const lastEventMs = published.reduce((last, { timestampMs }) => Math.max(last, timestampMs), runningMs);
    await afterwards?.(ground, { spawnedMs: dragoman.spawnedMs, runningMs, lastEventMs });
    const ignored = new Set(backlog.poison?.orders);
    const events = compareEvents(
      expected,
      published.filter(({ orderId }) => !ignored.has(orderId)),
    );
    if (!isSame(events)) say(`the end of Dragoman's log:\n${dragoman.lastWords}`);
    const written = await readWritten(broker, backlog, contracts);
    const seconds = (lastEventMs - runningMs) / 1_000;
    const each = dragoman.cpuMsTo(lastEventMs).map((cpuMs) => (cpuMs * 1_000) / backlog.rows);
    return {
      rows: backlog.rows,
      seconds,
      rowsPerSecond: seconds > 0 ? backlog.rows / seconds : 0,
      cpuMicrosPerRow: each.reduce((sum, one) => sum + one, 0),
      cpuMicrosPerRowEach: each,
      peakMemoryMb: memory,
      startSeconds: (runningMs - dragoman.spawnedMs) / 1_000,
      loadSeconds,
      events,
      written,
      troubles: dragoman.troubles,
    };
  } finally {
    await dragoman.stop();
  }
}

/** Dragoman takes the first transactions and is stopped. @returns what it took of each partition. */
export async function runBefore(ground: Ground, backlog: Backlog, transactions: number): Promise<Part> {
  const { broker, build, config, contracts } = ground;
  const part = partOf(backlog, transactions);
  await loadBacklog(broker, backlog, { to: part });
  const dragoman = new DragomanProcess({ configFile: config, entry: [build.entry] });
  try {
    await dragoman.untilRunning();
    const deadlineMs = Date.now() + STALLED_MS;
    await withAdmin(broker, (admin) => untilQuiet(admin, { contracts, dragoman, deadlineMs, expected: 1 }));
  } finally {
    await dragoman.stop();
  }
  return part;
}

/** One process or several. */
type Living = Pick<Processes, 'assertAlive' | 'lastWords'>;

interface Draining {
  readonly ground: Ground;
  readonly dragoman: Living;
  readonly rows: number;
  readonly expected: number;
}

/** Waits until all events are there and nothing more comes; then reads them. What is missing after that is a finding. */
async function untilDrained({ ground, dragoman, rows, expected }: Draining): Promise<ReadEvent[]> {
  const { broker, contracts } = ground;
  const deadlineMs = Date.now() + 60_000 + rows / ROWS_PER_MS_MIN;
  return withAdmin(broker, async (admin) => {
    for (;;) {
      const written = await untilQuiet(admin, { contracts, dragoman, deadlineMs, expected });
      const events = await readEvents(broker, contracts);
      if (events.length >= expected || written === 'stalled') return events;
    }
  });
}

/** For how long a number has not changed. */
class Quiet {
  #last = -1;
  #changedMs = Date.now();

  see(value: number): void {
    if (value !== this.#last) [this.#last, this.#changedMs] = [value, Date.now()];
  }

  get forMs(): number {
    return Date.now() - this.#changedMs;
  }
}

interface Quieting {
  readonly contracts: readonly string[];
  readonly dragoman: Living;
  readonly deadlineMs: number;
  readonly expected: number;
}

async function untilQuiet(
  admin: Admin,
  { contracts, dragoman, deadlineMs, expected }: Quieting,
): Promise<'full' | 'stalled'> {
  const own = (await admin.listTopics()).filter((topic) => topic.startsWith(`${NAMESPACE}.`));
  const quiet = { events: new Quiet(), all: new Quiet() };
  for (; ; await delay(POLL_MS)) {
    dragoman.assertAlive();
    const events = await endOffsets(admin, contracts);
    quiet.events.see(events);
    // While a snapshot is read there are no events, however well it goes.
    quiet.all.see(events + (await endOffsets(admin, own)));
    if (events >= expected && quiet.events.forMs > QUIET_MS) return 'full';
    if (quiet.all.forMs > STALLED_MS) return 'stalled';
    if (Date.now() > deadlineMs)
      throw new BenchError('EVENTS_LATE', `the backlog is not drained in time\n${dragoman.lastWords}`);
  }
}
