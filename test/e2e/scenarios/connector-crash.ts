/**
 * kill -9 of the Connect worker again and again, at random moments, and of Dragoman between. Twice: with exactly-once, where
 * Kafka holds every row once, and without it, with offsets stored rarely, where long replays come and Dragoman must drop them.
 */
import type { FaultKind } from '../faults.js';
import type { Ground, Outcome } from '../ground.js';
import { countsOf, isRight } from '../report.js';
import { runWithFaults, type RunResult } from '../run-faults.js';
import type { Scenario, ScenarioFlags } from './scenario.js';

const ORDERS = 400;
const RATE = 200;
const BASELINE_MS = 2_000;
const FAULTS: readonly FaultKind[] = ['connect', 'connect', 'dragoman'];
/** Each kill of the worker stops the stream for about 10 seconds. */
const ROUNDS_MIN = 2;

export const connectorCrash: Scenario = async (flags, ground) => [
  await ground.use({}, async (tools) => outcomeOf('exactly-once on', await runWithFaults(optionsOf(flags), tools))),
  await withoutExactlyOnce(flags, ground),
];

function withoutExactlyOnce(flags: ScenarioFlags, ground: Ground): Promise<Outcome> {
  const connectProperties = { 'exactly.once.source.support': 'disabled', 'offset.flush.interval.ms': '25000' };
  const connector = { 'exactly.once.support': 'requested' };
  return ground.use({ connectProperties }, async (tools) =>
    outcomeOf(
      'exactly-once off, offsets stored every 25 s',
      await runWithFaults({ ...optionsOf(flags), connector }, tools),
    ),
  );
}

const optionsOf = ({ orders = ORDERS, rate = RATE, connections, seed }: ScenarioFlags) => ({
  orders,
  rate,
  connections,
  seed,
  keyChanges: false,
  baselineMs: BASELINE_MS,
  faults: FAULTS,
  roundsMin: ROUNDS_MIN,
});

function outcomeOf(title: string, result: RunResult): Outcome {
  return { title, counts: countsOf(result), right: isRight(result), verdict: result.verdict };
}
