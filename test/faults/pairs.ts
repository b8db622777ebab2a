/**
 * Two nemeses at once. The second one strikes while the first one is under way, again and again until that is over: a fault that
 * meets what another one has left half done.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { NemesisName } from './nemeses.js';
import type { Arena, Nemesis } from './nemesis.js';

/** They do not touch the same processes, or can bear it. */
export const PAIRS = [
  ['broker-rolling-restart', 'redis-failover'],
  ['rolling-deployment-table', 'dragoman-kill'],
  ['leader-moves', 'redis-flush'],
  ['broker-kill', 'connect-kill'],
  ['coordinator-moves', 'dragoman-kill'],
  ['broker-rolling-restart', 'rolling-deployment-table'],
  ['redis-failover', 'rolling-deployment'],
  ['connector-offsets-back', 'dragoman-zombie'],
  ['kafka-stall', 'redis-kill'],
  ['rebalance-storm', 'broker-kill'],
] as const satisfies readonly (readonly [NemesisName, NemesisName])[];

type Joined<P> = P extends readonly [infer A extends string, infer B extends string] ? `${A}+${B}` : never;
export type PairName = Joined<(typeof PAIRS)[number]>;

export const PAIR_NAMES = PAIRS.map((pair) => pair.join('+') as PairName);

export interface PairStrike {
  readonly times: number;
  /** For so long both were under way. */
  readonly togetherMs: number;
}

const FIRST_WAIT_MIN_MS = 300;
const FIRST_WAIT_MAX_MS = 2_500;
const SECOND_TIMES_MAX = 3;

/** Resolves when both are over, and everything is there again. @throws what either of them throws, when both are over. */
export async function strikeBoth(first: Nemesis, second: Nemesis, arena: Arena): Promise<PairStrike> {
  const { random } = arena;
  const whole = timed(first.strike(arena));
  const seconds: Strike[] = [];
  do {
    await Promise.race([whole.over, delay(random.int(FIRST_WAIT_MIN_MS, FIRST_WAIT_MAX_MS))]);
    if (whole.endedMs !== undefined) break;
    const strike = timed(second.strike(arena));
    seconds.push(strike);
    await strike.over;
  } while (seconds.length < SECOND_TIMES_MAX);
  await whole.over;
  const times = await Promise.all([whole, ...seconds].map(({ times: injected }) => injected));
  return {
    times: times.reduce((sum, one) => sum + one, 0),
    togetherMs: seconds.reduce((sum, strike) => sum + commonMs(whole, strike), 0),
  };
}

interface Strike {
  readonly times: Promise<number>;
  /** Resolves at its end, however it ends. */
  readonly over: Promise<unknown>;
  readonly startedMs: number;
  endedMs: number | undefined;
}

function timed(times: Promise<number>): Strike {
  const strike: Strike = {
    times,
    startedMs: performance.now(),
    endedMs: undefined,
    over: times.catch(() => undefined).then(() => (strike.endedMs = performance.now())),
  };
  return strike;
}

const commonMs = (a: Strike, b: Strike): number =>
  Math.max(0, Math.min(a.endedMs ?? 0, b.endedMs ?? 0) - Math.max(a.startedMs, b.startedMs));
