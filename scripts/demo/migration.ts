/**
 * The show of a migration, on real servers: a market moves from the legacy system to a new order service and back again while orders live, and Dragoman and the
 * service are killed in the middle of it. It is the run of `npm run e2e -- --scenario cutover` in small, told in plain words.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { wrongCounts } from '../../test/e2e/cutover/result.js';
import { type CutoverResult, runCutover, type Story } from '../../test/e2e/cutover/run-cutover.js';
import { SERVICE } from '../../test/e2e/cutover/settings.js';
import { Ground } from '../../test/e2e/ground.js';
import { count, type Line, wrapAll } from './lines.js';
import { say, type Screen } from './screen.js';

export interface MigrationSettings {
  readonly provider: 'auto' | 'docker' | 'native';
  readonly screen: Screen;
  /** Aborted: everything is taken down. */
  readonly signal: AbortSignal;
}

const MARKET = 'DE';
/** Row changes per second, so that a small machine follows. */
const PACE = { rate: 80, connections: 4, seed: 7, baselineMs: 3_000 };
const LOOK_MS = 6_000;

/** @returns null: it was interrupted. Else whether everything is as the oracle expects. */
export async function runMigration({ provider, screen, signal }: MigrationSettings): Promise<boolean | null> {
  const tell = (text: string, role: Line['role'] = 'plain'): void =>
    screen.show([
      '',
      ...wrapAll([{ role, text }], screen.width).map((line) => screen.paint(line.role, line.text.trimStart())),
    ]);
  const ground = new Ground(provider, say);
  const interrupted = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));
  let result: CutoverResult | undefined;
  const running = ground.use({}, async (tools) => {
    result = await runCutover({ ...PACE, story: (story) => tellStory(story, tell) }, tools);
    const right = isRight(result);
    return { counts: {}, right, verdict: result.verdict };
  });
  running.catch(() => undefined); // after an interruption it fails, because its servers go
  try {
    const ended = await Promise.race([running, interrupted]);
    if (ended === null || result === undefined) return null;
    for (const { role, text } of endingLines(result)) tell(text, role);
    return ended.right;
  } finally {
    await ground.end();
  }
}

const isRight = (result: CutoverResult): boolean => Object.values(wrongCounts(result)).every((wrong) => wrong === 0);

type Tell = (text: string, role?: Line['role']) => void;

async function tellStory(story: Story, tell: Tell): Promise<void> {
  const { moves, service, keeper } = story;
  const sides = (): string => {
    const all = [...moves.arrived.values()];
    const own = all.filter((producer) => producer === `service:${SERVICE}`).length;
    return `So far ${count(all.length - own, 'event')} by Dragoman, ${own} by the new service.`;
  };
  tell(`Orders live in the legacy system, and Dragoman publishes what becomes of them. ${sides()}`);
  await delay(LOOK_MS);
  const there = moves.move(MARKET, 'service');
  tell(`An operator moves one market: dragoman routes move fulfilment market=${MARKET} --to service`, 'title');
  const moved = await there;
  await service.untilDoor(MARKET, true);
  tell(
    `Market ${MARKET} has moved, ${seconds(moved.stoodMs - moved.sentMs)} after the command, which asks for two seconds later: in each of the ` +
      `${moves.partitions} partitions of the topic stands a record that says so. In front of it Dragoman speaks, behind it the service, for orders that ` +
      'begin with it; what began in the legacy system ends there.',
  );
  await delay(LOOK_MS);
  tell(sides());
  tell('kill -9 of Dragoman', 'bad');
  const killedMs = Date.now();
  await keeper.kill();
  await keeper.current.untilRunning();
  tell(`Dragoman is back after ${seconds(Date.now() - killedMs)}, and goes on where its last Kafka transaction ended.`);
  await delay(LOOK_MS);
  tell(sides());
  tell(`The market goes back: dragoman routes back fulfilment market=${MARKET}`, 'title');
  await moves.move(MARKET, 'legacy', async () => {
    await moves.untilAsked(MARKET);
    await service.kill();
    tell('The service is asked to hand it over, and kill -9 of the service at that very moment.', 'bad');
  });
  await service.untilDoor(MARKET, false);
  tell(
    'The service came back, closed its door, and wrote its own record into each partition. Dragoman has read all of them, and speaks again. Orders that ' +
      'began with the service are still told of by the service.',
  );
  await delay(LOOK_MS);
  tell(`${sides()} Now nothing new happens, until all of it is published.`);
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

function endingLines(result: CutoverResult): Line[] {
  const { verdict, owners, ordersOfService, dragoman, service } = result;
  const { expected, committed } = verdict;
  const wrong = Object.entries(wrongCounts(result));
  const lived =
    `${count(result.workload.orders, 'order')} lived, ${ordersOfService} of them began in the service. Dragoman was killed ` +
    `${count(dragoman.kills, 'time')}, the service ${count(service.kills, 'time')}.`;
  const published =
    `${expected.length} events must be published, says the oracle, which knows neither of the two systems. Kafka's own consumer finds ` +
    `${committed.length} in the topic: ${committed.length - owners.byService} by Dragoman, ${owners.byService} by the service.`;
  const counts = wrong.map(([name, number]) => `${number} ${name}`).join(', ');
  return [
    { role: 'title', text: 'Summary' },
    { role: 'plain', text: lived },
    { role: 'plain', text: published },
    { role: isRight(result) ? 'good' : 'bad', text: `${counts}.` },
  ];
}
