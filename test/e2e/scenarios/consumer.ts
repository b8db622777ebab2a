/**
 * A team reads the events with the consumer kit (docs/examples/shipping), and Dragoman and the team's processes are killed again and again. In
 * the end the team's own table has one row for each event of the oracle.
 */
import { countsOf, isRight } from '../report.js';
import { runWithFaults } from '../run-faults.js';
import type { Scene } from '../scene.js';
import { teamBeside, teamResult } from '../shipping/beside.js';
import type { ShippingTeam } from '../shipping/team.js';
import type { Scenario } from './scenario.js';

const ORDERS = 1_000;
const RATE = 250;
const BASELINE_MS = 3_000;
const ROUNDS_MIN = 4;

export const consumer: Scenario = async ({ orders = ORDERS, rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    let team: ShippingTeam | undefined;
    const options = {
      ...{ orders, rate, connections, seed, keyChanges: false, baselineMs: BASELINE_MS },
      ...{ faults: ['dragoman'] as const, roundsMin: ROUNDS_MIN },
      beforeConnector: async (scene: Scene) => {
        team = await teamBeside(scene, seed, tools);
      },
    };
    const result = await runWithFaults(options, tools);
    const { counts, right, saysSomething, found } = await teamResult(team!, result.verdict);
    return {
      counts: { ...countsOf(result), ...counts },
      right: isRight(result) && right && saysSomething,
      verdict: result.verdict,
      details: found,
    };
  }),
];
