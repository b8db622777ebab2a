/**
 * A team reads the events with the consumer kit (docs/examples/shipping), and Dragoman and the team's processes are killed again and again. In
 * the end the team's own table has one row for each event of the oracle.
 */
import { join } from 'node:path';
import { projectDirectory } from '../../stack/directories.js';
import { countsOf, isRight } from '../report.js';
import { runWithFaults } from '../run-faults.js';
import type { Scene } from '../scene.js';
import { compareEffects, expectedSteps } from '../shipping/effects.js';
import { ShippingTeam } from '../shipping/team.js';
import type { Scenario } from './scenario.js';

const ORDERS = 1_000;
const RATE = 250;
const BASELINE_MS = 3_000;
const ROUNDS_MIN = 4;
/** Fewer would prove little. */
const KILLS_MIN = 5;

export const consumer: Scenario = async ({ orders = ORDERS, rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    const { directory, cleanup, say } = tools;
    let opened: ShippingTeam | undefined;
    const options = {
      ...{ orders, rate, connections, seed, keyChanges: false, baselineMs: BASELINE_MS },
      ...{ faults: ['dragoman'] as const, roundsMin: ROUNDS_MIN },
      beforeConnector: async ({ endpoints, legacy }: Scene) => {
        const url = new URL(legacy.url);
        url.pathname = `${url.pathname}_shipping`;
        const team = await ShippingTeam.open({
          ...{ brokers: endpoints.kafka.bootstrapServers, url: url.href, seed, say },
          contracts: join(projectDirectory, 'rules', 'contracts', 'published'),
          logFile: `${directory}/shipping.log`,
        });
        cleanup.add(() => team.close());
        opened = team;
      },
    };
    const result = await runWithFaults(options, tools);
    const team = opened!;
    const expected = expectedSteps(result.verdict.expected);
    const steps = await team.settle(expected.length);
    const found = compareEffects(expected, steps);
    const differences = {
      'effects missing': found.missing.length,
      'effects twice': found.twice.length,
      'effects wrong': found.wrong.length,
      'effects out of order': found.outOfOrder.length,
      'records that the consumer parked': await team.parked(),
      'gaps that the consumer saw': team.told.get('SEQUENCE_GAP') ?? 0,
    };
    const own = {
      'effects expected': expected.length,
      'effects in the table': steps.length,
      ...differences,
      'kill -9 of a consumer': team.faults['kill -9'],
      'consumers frozen for longer than their session': team.faults.frozen,
      'SIGTERM of a consumer': team.faults.SIGTERM,
      'records that were read again': team.told.get('EVENT_READ_AGAIN') ?? 0,
    };
    const saysSomething = team.faults['kill -9'] >= KILLS_MIN && team.faults.frozen > 0;
    const right = isRight(result) && Object.values(differences).every((count) => count === 0) && saysSomething;
    return { counts: { ...countsOf(result), ...own }, right, verdict: result.verdict, details: found };
  }),
];
