/**
 * An order that is parked while its route comes and goes: what its service told of it stands in the topic, so it counts from then on, whatever of the
 * order waits. Each fact is published once over both owners all the same.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CompiledAggregate } from '../../../../src/rules/compile.js';
import { bare, CutOver, type Told } from '../../../support/ownership/cut-over.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

/** The order over which rules throw. */
let spoiled: string | null = null;

const whole = (id: unknown): void => {
  if (id === spoiled) throw new Error('spoiled');
};

const spoilable = (aggregate: CompiledAggregate): CompiledAggregate => ({
  ...aggregate,
  bornIn: (view) => {
    whole((view as { readonly header?: { readonly ord_no?: unknown } | null }).header?.ord_no);
    return null;
  },
  facts: aggregate.facts.map((fact) => ({
    ...fact,
    publications: fact.publications.map(({ map, ...publication }) => ({
      ...publication,
      map: ((about, tools) => {
        whole(about.id);
        return map(about, tools);
      }) satisfies typeof map,
    })),
  })),
});

async function worldOf(owner: 'immediate' | 'sticky'): Promise<CutOver> {
  const world = await CutOver.begun(owner);
  const { rules, ...loaded } = world.options.rules;
  const aggregates = new Map([...rules.aggregates].map(([name, each]) => [name, spoilable(each)]));
  return world.again({ rules: { ...loaded, rules: { ...rules, aggregates } } });
}

/** All that a service has to tell, of each order. */
async function toTell(world: CutOver): Promise<ReadonlyMap<string, readonly Told[]>> {
  await world.rig.live();
  world.move('service', 0);
  world.play(0);
  await world.rig.live();
  const all = world.owed();
  return new Map(all.map(({ event: { key } }) => [key, all.filter(({ event }) => event.key === key)]));
}

function unpark(world: CutOver, id: string): void {
  const head = { id: randomUUID(), pipeline: 'orders', by: 'ops', reason: 'mended', at: '2026-11-21T09:56:00.000Z' };
  world.rig.command({ ...head, kind: 'unpark', arguments: { aggregate: 'order', id } });
}

describe('what a service tells of an order that is parked', () => {
  it.each([
    ['immediate', 0],
    ['immediate', 0.85],
    ['sticky', 0],
  ] as const)(
    'counts at once, also of what is not decided, or open whose it is: %s, parked from %d on',
    async (owner, share) => {
      spoiled = null;
      const first = await worldOf(owner);
      const all = await toTell(first.again());
      let parked = 0;
      for (const [key, own] of all) {
        if (parked === 2) break;
        spoiled = null;
        const world = first.again();
        const cut = Math.floor(world.records.length * share);
        await world.rig.live();
        world.move('service', 0);
        world.play(0, cut);
        await world.rig.live();
        spoiled = key;
        world.play(cut);
        await world.rig.live();
        if (world.rig.parked()[`order:${key}`] === undefined) continue;
        parked += 1;
        const told = owner === 'sticky' ? [...all.values()].flat() : own;
        for (const each of told) world.tell(each, { epoch: 1 });
        world.move('legacy', 1);
        await world.rig.live();
        world.handOver(2);
        await world.rig.live();
        spoiled = null;
        unpark(world, key);
        await world.rig.live();
        expect(world.findings()).toEqual([]);
        expect(world.events().map(bare).sort()).toEqual(world.plain.map(bare).sort());
        expect([...world.rig.states().values()].filter(({ owed, parked: waits }) => owed ?? waits)).toEqual([]);
      }
      expect(parked).toBe(2);
    },
  );
});
