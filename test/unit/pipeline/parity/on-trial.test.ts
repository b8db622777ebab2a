/**
 * A service on trial beside a recorded history: what it tells is compared, each fact once, with one fault at every call; what is published is as if it
 * were not there.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { sum } from '../../../../src/pipeline/parity/figures.js';
import { parityOf } from '../../../../src/pipeline/parity/reading.js';
import { type Fact, nameOf, OnTrial, storedParity, WITHIN_MS } from '../../../support/ownership/on-trial.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

let world: OnTrial;
const settings = { limits: { transactionsMax: 8, rowsMax: 10_000, changeSetsMax: 1_000 } };

beforeAll(async () => {
  world = await OnTrial.begun('legacy', { settings });
});

const ACCEPTED = 'OrderAcceptedForFulfillment.v1';
const OTHER = { totalAmount: '0.01' };

/** The first is missing, the second differs; one is there that legacy does not know, and each is told twice. */
function spoiled(facts: readonly Fact[]): { readonly expected: string[]; readonly tell: (to: OnTrial) => void } {
  const accepted = facts.filter(({ contract }) => contract === ACCEPTED);
  const [missing, other] = accepted as [Fact, Fact];
  const stranger = { ...other, event: { ...other.event, key: 'nobody' } };
  return {
    expected: [
      ...facts.map((fact) => {
        const is = fact === missing ? 'onlyLegacy' : fact === other ? 'different' : 'equal';
        return nameOf(fact.contract, fact.event.key, is);
      }),
      nameOf(ACCEPTED, 'nobody', 'onlyService'),
    ].sort(),
    tell: (to) => {
      const told = facts.filter((fact) => fact !== missing);
      for (const fact of [...told, ...told]) to.tell(fact, fact === other ? { fields: OTHER } : {});
      to.tell(stranger, { key: 'nobody' });
    },
  };
}

const bare = (rig: Rig) => rig.published().map(({ topic, key, value, headers }) => [topic, key, value, headers]);

describe('what a service tells on trial', () => {
  it('is compared, each fact once, and nothing that is published is another by it', async () => {
    world.again();
    await world.rig.live();
    const without = bare(world.rig);
    world.again();
    const { expected, tell } = spoiled(world.facts);
    tell(world);
    await world.rig.live();
    expect(world.judged()).toEqual(expected);
    expect(bare(world.rig)).toEqual(without);
    expect(world.rig.deadLetters()).toEqual([]);
    expect(world.rig.told.filter(({ kind }) => kind === 'toldFinding')).toEqual([]);
    for (const { owners, owed, told } of world.rig.states().values())
      expect([owners, owed, told]).toEqual([undefined, undefined, undefined]);
    const told = world.rig.told.flatMap((event) =>
      event.kind === 'parity' ? [`${event.capability} ${event.class}`] : [],
    );
    expect(told.sort()).toEqual(expected.map((name) => `fulfilment ${name.split(' ')[2] ?? ''}`).sort());
  });

  it('is counted by class and place, with examples of what is not equal, as the store has it too', async () => {
    world.again();
    const { expected, tell } = spoiled(world.facts);
    tell(world);
    await world.rig.live();
    const counts = { equal: expected.length - 3, onlyLegacy: 1, onlyService: 1, 'different:totalAmount': 1 };
    expect(await world.counts()).toEqual(counts);
    const read = parityOf([await storedParity(world.rig)]);
    expect(sum(read.figures, [], 0)).toMatchObject({ equal: counts.equal, different: 1, accepted: 0 });
    const [different] = read.examples.filter(({ class: is }) => is === 'different');
    expect(different).toMatchObject({
      ...{ aggregate: 'order', contract: ACCEPTED, route: ACCEPTED, signature: 'totalAmount' },
      differences: [{ path: 'totalAmount', service: '"0.01"' }],
    });
    expect(world.rig.published().map(({ value }) => value['eventId'])).toContain(different?.eventId);
  });

  it('waits for the other side while its time is not over', async () => {
    world.again();
    await world.rig.live();
    const isOver = ({ atMs }: Fact): boolean => atMs + WITHIN_MS <= world.lastMs;
    expect(world.judged()).toEqual(
      world.facts
        .filter(isOver)
        .map(({ contract, event }) => nameOf(contract, event.key, 'onlyLegacy'))
        .sort(),
    );
    expect(world.facts.some((fact) => !isOver(fact))).toBe(true);
    for (const fact of world.facts) world.tell(fact);
    await world.rig.live();
    const judged = world.facts.flatMap((fact) => {
      const { contract, event } = fact;
      const all = isOver(fact) ? (['onlyLegacy', 'late'] as const) : (['equal'] as const);
      return all.map((is) => nameOf(contract, event.key, is));
    });
    expect(world.judged()).toEqual(judged.sort());
  });

  it('is compared with the shadow, where nothing is published', async () => {
    const shadow = await OnTrial.begun('shadow');
    for (const fact of shadow.facts) shadow.tell(fact);
    await shadow.rig.live();
    expect(shadow.rig.published()).toEqual([]);
    expect(await shadow.counts()).toEqual({ equal: shadow.facts.length });
  });

  it('is as it has to be, or is found', async () => {
    world.again();
    const [fact] = world.facts as [Fact];
    world.tell(fact, { occurrence: 'another' });
    world.write(fact.event.topic, { key: fact.event.key, value: 'no JSON', headers: {} }, 0);
    await world.rig.live();
    const codes = world.rig.told.flatMap((event) => (event.kind === 'toldFinding' ? [event.finding.code] : []));
    expect(codes).toEqual(['TOLD_NOT_JSON']);
    expect(world.judged().filter((name) => name.endsWith('onlyService'))).toHaveLength(1);
  });
});

describe('with one fault', () => {
  it.each(FAULTS)('%s: each fact is compared once, whichever call it is', async (fault) => {
    world.again();
    const { expected, tell } = spoiled(world.facts);
    tell(world);
    const watched = withFault(world.rig.ports(), NO_FAULT, clearing(world.rig.store));
    await world.rig.live(watched);
    const counts = await world.counts();
    const first = FAULTS.indexOf(fault) + 1;
    for (let call = first; call <= watched.calls.length; call += 4) {
      world.again();
      tell(world);
      const { rig } = world;
      const end = await rig.live(withFault(rig.ports(), { call, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') expect(await rig.live()).toEqual({ kind: 'drained' });
      expect(world.judged(), `call ${call}`).toEqual(expected);
      expect(await world.counts(), `call ${call}`).toEqual(counts);
    }
  });

  it('and after the store was lost, all is as before', async () => {
    world.again();
    await world.rig.live();
    const before = await world.counts();
    world.rig.store = new MemoryStore();
    for (const fact of world.facts) world.tell(fact);
    await world.rig.live();
    const after = await world.counts();
    expect(after['onlyLegacy']).toBe(before['onlyLegacy']);
    expect((after['equal'] ?? 0) + (after['late'] ?? 0)).toBe(world.facts.length);
  });
});

it('each shard compares what is its own', async () => {
  const rigs = Rig.shards(world.records, { ...world.options, shards: 2 });
  [world.rig] = rigs as [Rig];
  const { expected, tell } = spoiled(world.facts);
  tell(world);
  for (const rig of rigs) expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(world.judged()).toEqual(expected);
  expect(await world.counts(rigs)).toEqual({
    equal: expected.length - 3,
    onlyLegacy: 1,
    onlyService: 1,
    'different:totalAmount': 1,
  });
});
