/**
 * Three markets move to a new order service one after the other, and one moves back, under load. Dragoman and the service are killed in the middle of
 * moves and between them, Redis is emptied. Each event is published once, by the system in which its order began; a team that reads them sees nothing else.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { cutoverCounts, detailsOf, MOVE_MAX_MS, wrongCounts } from '../cutover/result.js';
import { runCutover, type Story } from '../cutover/run-cutover.js';
import type { Scene } from '../scene.js';
import { teamBeside, teamResult } from '../shipping/beside.js';
import type { ShippingTeam } from '../shipping/team.js';
import type { Scenario } from './scenario.js';

const RATE = 200;
const BASELINE_MS = 3_000;
const QUIET_MS = 5_000;
/** Before the instant of a move, and at it: the command is for two seconds later. */
const KILLED_AFTER_MS = 1_900;

export const cutover: Scenario = async ({ rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    let team: ShippingTeam | undefined;
    const options = {
      ...{ rate, connections, seed, baselineMs: BASELINE_MS, story },
      beforeConnector: async (scene: Scene) => {
        team = await teamBeside(scene, seed, tools, true); // what happens to consumers is another scenario
      },
    };
    const result = await runCutover(options, tools);
    const consumers = await teamResult(team!, result.verdict);
    const isQuick = result.moves.seen.every(
      ({ isDisturbed, stoodMs, atMs }) => isDisturbed || stoodMs - atMs < MOVE_MAX_MS,
    );
    const saysSomething = result.owners.byService > 0 && result.dragoman.kills > 0 && result.service.kills > 0;
    const isRight = Object.values(wrongCounts(result)).every((count) => count === 0) && consumers.right;
    return {
      counts: cutoverCounts(result, consumers.counts),
      right: isRight && isQuick && saysSomething,
      verdict: result.verdict,
      details: { ...consumers.found, ...detailsOf(result) },
    };
  }),
];

async function story({ moves, service, keeper, flush, say }: Story): Promise<void> {
  const killDragoman = async (): Promise<void> => {
    await keeper.kill();
    say('kill -9 of Dragoman');
  };
  const killService = async (): Promise<void> => {
    await service.kill();
    say('kill -9 of the order service');
  };
  await delay(QUIET_MS);
  await moves.move('DE', 'service');
  await service.untilDoor('DE', true);
  say('DE is with the service; nothing was killed');
  await delay(QUIET_MS);
  await killService();
  await flush();
  say('FLUSHALL of Redis');
  await delay(QUIET_MS);
  await moves.move('FR', 'service', async () => {
    await delay(KILLED_AFTER_MS);
    await killDragoman();
    await keeper.current.untilRunning();
    await moves.untilFenced('FR');
    await killDragoman();
  });
  await service.untilDoor('FR', true);
  say('FR is with the service; Dragoman was killed at the move');
  await delay(QUIET_MS);
  await moves.move('IT', 'service', async () => {
    await moves.untilFenced('IT');
    await killService();
  });
  await service.untilDoor('IT', true);
  say('IT is with the service, which was killed as it took over');
  await delay(QUIET_MS);
  await killDragoman();
  await flush();
  await keeper.current.untilRunning();
  await delay(QUIET_MS);
  await moves.move('DE', 'legacy', async () => {
    await moves.untilAsked('DE');
    await killService();
    await killDragoman();
  });
  await service.untilDoor('DE', false);
  say('DE is with legacy again; both were killed when the service was asked');
  await delay(QUIET_MS);
  await killService();
  await killDragoman();
  await keeper.current.untilRunning();
  await delay(QUIET_MS);
  await moves.move('PL', 'service');
  await service.untilDoor('PL', true);
  await delay(QUIET_MS);
  await moves.move('PL', 'legacy');
  await service.untilDoor('PL', false);
  say('PL has moved there and back; nothing was killed');
  await flush();
}
