/**
 * What a service tells, in any interleaving with the rows of the same orders: before them, between them, behind them. Over both owners each fact is
 * published once, under the number that it would have had.
 */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { bare, CutOver, type Told } from '../support/ownership/cut-over.js';
import { choices } from '../support/choices.js';
import { waitsTakeNoTime } from '../support/waits.js';

waitsTakeNoTime();

const OWNERS = ['immediate', 'sticky'] as const;
type Owner = (typeof OWNERS)[number];
const worlds = new Map<Owner, { readonly world: CutOver; readonly all: readonly Told[] }>();
const PHASES = 3;

beforeAll(async () => {
  for (const owner of OWNERS) {
    const world = await CutOver.begun(owner);
    const silent = world.again();
    silent.move('service', 0);
    silent.play(0);
    await silent.rig.live();
    const place = ({ event }: Told): number => world.plain.indexOf(event);
    worlds.set(owner, { world, all: silent.owed().sort((a, b) => place(a) - place(b)) });
  }
});

/** When each is told; what is later of an order under a contract is not told before what is earlier. */
function phased(all: readonly Told[], seed: number): readonly (readonly Told[])[] {
  const random = choices(seed);
  const phases = Array.from({ length: PHASES }, (): Told[] => []);
  const last = new Map<string, number>();
  for (const told of all) {
    const name = `${told.contract} ${told.event.key}`;
    const phase = Math.max(last.get(name) ?? 0, Math.floor(random() * PHASES));
    last.set(name, phase);
    phases[phase]?.push(told);
  }
  return phases;
}

interface Plan {
  readonly owner: Owner;
  /** Shares of the recording, behind the move. */
  readonly first: number;
  readonly second: number;
  readonly seed: number;
  /** What is not told by then is never told: the route comes back. */
  readonly isBack: boolean;
}

async function lived({ owner, first, second, seed, isBack }: Plan): Promise<CutOver> {
  const known = worlds.get(owner);
  if (known === undefined) throw new TypeError('no world');
  const world = known.world.again();
  const [early = [], middle = [], late = []] = phased(known.all, seed);
  const cuts = [first, Math.max(first, second)].map((share) => Math.floor(share * world.records.length));
  const tell = async (some: readonly Told[]): Promise<void> => {
    for (const told of some) world.tell(told, { epoch: 1 });
    await world.rig.live();
  };
  await world.rig.live();
  world.move('service', 0);
  world.play(0, cuts[0]);
  await world.rig.live();
  await tell(early);
  world.play(cuts[0] ?? 0, cuts[1]);
  await tell(middle);
  if (isBack) world.move('legacy', 1);
  world.play(cuts[1] ?? 0);
  if (!isBack) await tell(late);
  await world.rig.live();
  if (isBack) world.handOver(2);
  await world.rig.live();
  return world;
}

it('each fact is published once over both owners, and numbers have no gap', async () => {
  const plan: fc.Arbitrary<Plan> = fc
    .record({
      owner: fc.constantFrom(...OWNERS),
      first: fc.double({ min: 0.75, max: 1, noNaN: true }),
      second: fc.double({ min: 0.75, max: 1, noNaN: true }),
      seed: fc.nat(),
      isBack: fc.boolean(),
    })
    // What began in the service ends there: it has to tell it.
    .map((one) => ({ ...one, isBack: one.isBack && one.owner === 'immediate' }));
  await fc.assert(
    fc.asyncProperty(plan, async (one) => {
      const world = await lived(one);
      expect(world.findings()).toEqual([]);
      expect(world.events().map(bare).sort()).toEqual(world.plain.map(bare).sort());
      expect(world.owed()).toEqual([]);
    }),
    { numRuns: 12 },
  );
});
