/**
 * kill -9 of the Connect worker again and again, at random moments, and of Dragoman between. Twice: with exactly-once, where
 * Kafka holds every row once, and without it, with offsets stored rarely, where long replays come and Dragoman must drop them.
 */
import { Random } from '../../../legacy-db/workload/random.js';
import type { PlannedFault } from '../faults.js';
import type { Ground, Outcome } from '../ground.js';
import { countsOf, isRight } from '../report.js';
import { runWithFaults, type RunResult } from '../run-faults.js';
import type { Scenario, ScenarioFlags } from './scenario.js';

const ORDERS = 450;
const RATE = 120;
const BASELINE_MS = 2_000;
const OFFSETS_EVERY_MS = 10_000;
/**
 * A connector that is killed before its first offsets are stored does not know of its snapshot and takes another one, and what
 * was committed between the two is streamed by nobody: that is scenario resnapshot.
 */
const FIRST_KILL_MS = OFFSETS_EVERY_MS + 3_000;
const STREAM = -3; // a stream of random numbers that nobody else uses

export const connectorCrash: Scenario = async (flags, ground) => [
  await ground.use({}, async (tools) => outcomeOf('exactly-once on', await runWithFaults(optionsOf(flags), tools))),
  await withoutExactlyOnce(flags, ground),
];

function withoutExactlyOnce(flags: ScenarioFlags, ground: Ground): Promise<Outcome> {
  const connectProperties = {
    'exactly.once.source.support': 'disabled',
    'offset.flush.interval.ms': String(OFFSETS_EVERY_MS),
  };
  const connector = { 'exactly.once.support': 'requested' };
  return ground.use({ connectProperties }, async (tools) =>
    outcomeOf(
      'exactly-once off, offsets stored every 10 s',
      await runWithFaults({ ...optionsOf(flags), connector }, tools),
    ),
  );
}

function optionsOf({ orders = ORDERS, rate = RATE, connections, seed }: ScenarioFlags) {
  const plan = faultsOf(seed);
  const faults = { plan, faults: [], roundsMin: 0 };
  return { orders, rate, connections, seed, keyChanges: false, baselineMs: BASELINE_MS, ...faults };
}

function faultsOf(seed: number): PlannedFault[] {
  const random = new Random(seed, STREAM);
  const quiet = (): number => random.int(4_000, 12_000);
  return [
    { kind: 'connect', afterMs: FIRST_KILL_MS + random.int(0, OFFSETS_EVERY_MS) },
    { kind: 'connect', afterMs: quiet() },
    { kind: 'dragoman', afterMs: quiet() },
    { kind: 'connect', afterMs: quiet() },
  ];
}

function outcomeOf(title: string, result: RunResult): Outcome {
  return { title, counts: countsOf(result), right: isRight(result), verdict: result.verdict };
}
