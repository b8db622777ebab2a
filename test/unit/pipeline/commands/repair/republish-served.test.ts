/** Repairs where a contract is moved to a service: what is the service's now is left to it, and what Dragoman repeats is no intruder. */
import { beforeAll, describe, expect, it } from 'vitest';
import { conformOfRig } from '../../../../support/ownership/conformed.js';
import { CutOver } from '../../../../support/ownership/cut-over.js';
import { outcomes, results } from '../../../../support/pipeline/commands.js';
import { isRepeat, targetsOf, placedEvents, recordsIn, republishOf } from '../../../../support/repair/repairs.js';
import { waitsTakeNoTime } from '../../../../support/waits.js';

const AUDIENCE = 'orders.billing';

waitsTakeNoTime();

let immediate: CutOver;
let sticky: CutOver;

beforeAll(async () => {
  const settings = { audiences: new Set([AUDIENCE]) };
  immediate = await CutOver.begun('immediate', 'legacy', { settings });
  sticky = await CutOver.begun('sticky', 'legacy', { settings });
});

/** Legacy has published, then the service has the routes and tells what is its own. */
async function served(world: CutOver): Promise<CutOver> {
  await world.rig.live();
  world.move('service', 0);
  world.play(0);
  await world.rig.live();
  for (const told of world.owed()) world.tell(told, { epoch: 1 });
  await world.rig.live();
  expect(world.findings()).toEqual([]);
  expect(placedEvents(world.rig).length).toBeGreaterThan(3);
  return world;
}

const topicsOf = (world: CutOver): readonly string[] => world.options.rules.rules.topics;
const repeatsIn = (world: CutOver): number =>
  topicsOf(world)
    .flatMap((topic) => recordsIn(world.rig, topic))
    .filter(isRepeat).length;

describe('where a service speaks now', () => {
  it('nothing goes into the contract topic, unless an operator says why', async () => {
    const world = await served(immediate.again());
    const all = placedEvents(world.rig);
    world.rig.command(republishOf(targetsOf(all)));
    await world.rig.live();
    expect(results(world.rig).at(-1)).toBe('refused');
    expect(outcomes(world.rig).at(-1)?.text).toMatch(/^REPAIR_OF_SERVICE: The service publishes it/);
    expect(repeatsIn(world)).toBe(0);
    world.rig.command(republishOf(targetsOf(all), { override: 'the service cannot' }));
    await world.rig.live();
    expect(results(world.rig).at(-1)).toBe('applied');
    expect(repeatsIn(world)).toBe(all.length);
    expect(world.findings()).toEqual([]);
    expect(conformOfRig(world.rig, topicsOf(world))).toEqual([]);
  });

  it('an audience topic takes it', async () => {
    const world = await served(immediate.again());
    const all = placedEvents(world.rig);
    world.rig.command(republishOf(targetsOf(all), { to: AUDIENCE }));
    await world.rig.live();
    expect(results(world.rig).at(-1)).toBe('applied');
    expect([recordsIn(world.rig, AUDIENCE).length, repeatsIn(world)]).toEqual([all.length, 0]);
  });

  it('what the service told is its own to publish again', async () => {
    const world = await served(immediate.again());
    const entry = world.rig.journal().find(({ outcome }) => outcome === 'told')!;
    const [offset] = world.rig.states().get(`${entry.aggregate}:${entry.id}`)!.journal!;
    const target = { aggregate: entry.aggregate, id: entry.id, entries: [offset!], events: [entry.told!.eventId] };
    world.rig.command(republishOf([target], { to: AUDIENCE }));
    await world.rig.live();
    expect(outcomes(world.rig).at(-1)?.text).toMatch(/^REPAIR_NEVER_PUBLISHED/);
  });
});

it('what legacy goes on with beside the service is repaired, and nobody takes it for an intruder', async () => {
  const world = await served(sticky.again());
  const all = placedEvents(world.rig);
  world.rig.command(republishOf(targetsOf(all)));
  await world.rig.live();
  expect(results(world.rig).at(-1)).toBe('applied');
  expect(repeatsIn(world)).toBe(all.length);
  expect(world.findings()).toEqual([]);
  expect(conformOfRig(world.rig, topicsOf(world))).toEqual([]);
  const told = world.rig.told.filter((event) => event.kind === 'duplicates' && event.cause === 'told-again');
  expect(told).toEqual([]);
});
