/** What goes wrong in a run, when, and how it is done. The plan follows from the seed; each kind comes once in every round. */
import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../../legacy-db/workload/random.js';
import { untilConnectorRuns } from './connector-repair.js';
import type { Arrivals } from './arrivals.js';
import type { Boundaries } from './boundaries.js';
import type { Keeper } from './keeper.js';
import type { CommonStack } from './tools.js';

export const FAULT_KINDS = ['dragoman', 'redis', 'flush', 'connect'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export const FAULT_NAMES: Readonly<Record<FaultKind, string>> = {
  dragoman: 'kill -9 of Dragoman',
  redis: 'restart of Redis',
  flush: 'FLUSHALL of Redis',
  connect: 'kill -9 of the Connect worker',
};

export interface PlannedFault<K extends string = FaultKind> {
  readonly kind: K;
  /** Quiet time before it. */
  readonly afterMs: number;
}

const QUIET_MIN_MS = 5_000;
const QUIET_MAX_MS = 10_000;
const STREAM = -2; // a stream of random numbers that the workload does not use
const WRITE_WAIT_MAX_MS = 5_000;
/** After a record was seen: then the next Kafka transaction may be under way, or still this one. */
const MOMENTS_MS = [0, 4, 8, 12, 16, 24] as const;
const END_WAIT_MAX_MS = 60_000;

/** Without end. */
export function* faultPlan<K extends string>(seed: number, kinds: readonly K[]): Generator<PlannedFault<K>> {
  const random = new Random(seed, STREAM);
  while (kinds.length > 0) {
    const round = [...kinds];
    while (round.length > 0) {
      const [kind] = round.splice(random.int(0, round.length - 1), 1) as [K];
      yield { kind, afterMs: random.int(QUIET_MIN_MS, QUIET_MAX_MS) };
    }
  }
}

export interface FaultTargets {
  readonly stack: CommonStack;
  /** Killed in turn. */
  readonly keepers: readonly Keeper[];
  readonly connector: string;
  readonly boundaries: Boundaries;
  /** Nothing is written to the legacy database any more. */
  readonly isQuiet: () => boolean;
  /** Records of the journal as they are written, before they are committed. */
  readonly written: Arrivals;
  readonly say: (line: string) => void;
}

export class Faults {
  readonly done: Record<FaultKind, number> = { dragoman: 0, redis: 0, flush: 0, connect: 0 };
  taskRestarts = 0;
  readonly #targets: FaultTargets;

  constructor(targets: FaultTargets) {
    this.#targets = targets;
  }

  /** One after the other, until `isEnough` says so. */
  async run(plan: Iterable<PlannedFault>, isEnough: () => boolean, signal: AbortSignal): Promise<void> {
    for (const { kind, afterMs } of plan) {
      const until = Date.now() + afterMs;
      while (Date.now() < until && !isEnough()) await delay(100, undefined, { signal });
      if (isEnough()) return;
      const startedMs = Date.now();
      await this.apply(kind);
      this.#targets.say(`${FAULT_NAMES[kind]} (${Date.now() - startedMs} ms)`);
    }
  }

  async apply(kind: FaultKind): Promise<void> {
    const { stack } = this.#targets;
    switch (kind) {
      case 'dragoman':
        await (await this.#killWriting()).current.untilRunning();
        await this.#killWriting(); // it catches up: one Kafka transaction follows the other
        break;
      case 'redis':
        await stack.restart('redis');
        break;
      case 'flush':
        await flushAll(stack.endpoints.redis);
        break;
      case 'connect':
        await this.#killConnect();
        break;
    }
    this.done[kind] += 1;
  }

  /** At some moment of a Kafka transaction. */
  async #killWriting(): Promise<Keeper> {
    const { keepers, written } = this.#targets;
    await written.next(WRITE_WAIT_MAX_MS);
    const kills = keepers.reduce((sum, { counts }) => sum + counts.kills, 0);
    const moment = MOMENTS_MS[kills % MOMENTS_MS.length] ?? 0;
    if (moment > 0) await delay(moment);
    const keeper = keepers[kills % keepers.length]!;
    await keeper.kill();
    return keeper;
  }

  /** The worker tells states from before its death, so RUNNING alone proves nothing: new records do. */
  async #killConnect(): Promise<void> {
    const { stack, connector, boundaries, isQuiet } = this.#targets;
    await stack.kill('connect');
    await delay(300); // what it had committed before is read by now
    const before = boundaries.ends;
    await stack.start('connect');
    const deadline = Date.now() + END_WAIT_MAX_MS;
    do this.taskRestarts += await untilConnectorRuns(stack.endpoints.connect.url, connector);
    while (boundaries.ends === before && !isQuiet() && Date.now() < deadline && (await delay(250, true)));
  }
}

export async function flushAll(endpoint: { readonly host: string; readonly port: number }): Promise<void> {
  const redis = new Redis(endpoint);
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}
