/** The shipping team beside a run: opened with the legacy database, and what its table must have in the end. */
import { join } from 'node:path';
import { projectDirectory } from '../../stack/directories.js';
import type { Scene } from '../scene.js';
import type { RunTools } from '../tools.js';
import type { Verdict } from '../verdict.js';
import { compareEffects, type EffectDifferences, expectedSteps } from './effects.js';
import { ShippingTeam } from './team.js';

/** Fewer would prove little. */
const KILLS_MIN = 5;

export async function teamBeside(
  { endpoints, legacy }: Scene,
  seed: number,
  { directory, cleanup, say }: RunTools,
  isCalm = false,
): Promise<ShippingTeam> {
  const url = new URL(legacy.url);
  url.pathname = `${url.pathname}_shipping`;
  const team = await ShippingTeam.open({
    ...{ brokers: endpoints.kafka.bootstrapServers, url: url.href, seed, say, isCalm },
    contracts: join(projectDirectory, 'rules', 'contracts', 'published'),
    logFile: `${directory}/shipping.log`,
  });
  cleanup.add(() => team.close());
  return team;
}

export interface TeamResult {
  readonly counts: Readonly<Record<string, number>>;
  /** Enough happened to it. */
  readonly saysSomething: boolean;
  /** What may not be is not. */
  readonly right: boolean;
  readonly found: EffectDifferences;
}

/** No more troubles; once it has done what is expected of it. */
export async function teamResult(team: ShippingTeam, { expected: events }: Verdict): Promise<TeamResult> {
  const expected = expectedSteps(events);
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
  const counts = {
    'effects expected': expected.length,
    'effects in the table': steps.length,
    ...differences,
    'kill -9 of a consumer': team.faults['kill -9'],
    'consumers frozen for longer than their session': team.faults.frozen,
    'SIGTERM of a consumer': team.faults.SIGTERM,
    'records that were read again': team.told.get('EVENT_READ_AGAIN') ?? 0,
  };
  const saysSomething = team.faults['kill -9'] >= KILLS_MIN && team.faults.frozen > 0;
  return { counts, saysSomething, right: Object.values(differences).every((count) => count === 0), found };
}
