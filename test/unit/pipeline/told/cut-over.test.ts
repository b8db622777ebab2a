/**
 * A capability goes to a service and comes back, in the midst of a recorded history: each fact is published once over both owners, under the same
 * id and number as if there were one; with one fault at every call around what was told.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { bare, CutOver, MOVED_AT } from '../../../support/ownership/cut-over.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import type { PublishedRecord } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

let immediate: CutOver;
let sticky: CutOver;

beforeAll(async () => {
  immediate = await CutOver.begun('immediate');
  sticky = await CutOver.begun('sticky');
});

const isWhole = (world: CutOver, where = ''): void => {
  expect(world.findings(), where).toEqual([]);
  expect(world.events().map(bare).sort(), where).toEqual(world.plain.map(bare).sort());
  expect(
    [...world.rig.states().values()].filter(({ owed }) => owed !== undefined),
    where,
  ).toEqual([]);
};

/** To the service: its records are there, and something is its own to tell. */
async function atService(world: CutOver, cut: number): Promise<void> {
  await world.rig.live();
  world.move('service', 0);
  world.play(0, cut);
  await world.rig.live();
  expect(world.owed().length).toBeGreaterThan(0);
}

describe('what the service tells', () => {
  it('is not owed any more, whoever it is that owns', async () => {
    for (const world of [immediate.again(), sticky.again()]) {
      await atService(world, world.records.length);
      for (const told of world.owed()) world.tell(told, { epoch: 1 });
      await world.rig.live();
      isWhole(world);
      const entries = world.rig.journal().filter(({ outcome }) => outcome === 'told');
      expect(entries.length).toBeGreaterThan(3);
      for (const { told, events } of entries) {
        expect(told).toMatchObject({ producer: 'service:orders', epoch: 1 });
        expect(told?.place).toBeDefined();
        expect(events).toBeUndefined();
      }
    }
  });

  it('may come before its rows', async () => {
    const world = immediate.again();
    await atService(world, world.records.length);
    const all = world.owed();
    const early = immediate.again();
    const half = Math.floor(world.records.length * 0.8);
    await early.rig.live();
    early.move('service', 0);
    early.play(0, half);
    await early.rig.live();
    for (const told of all) early.tell(told, { epoch: 1 });
    await early.rig.live();
    early.play(half);
    await early.rig.live();
    isWhole(early);
    const reasons = early.rig
      .journal()
      .flatMap(({ verdicts }) =>
        verdicts.flatMap((verdict) => (verdict.verdict === 'withheld' ? [verdict.reason] : [])),
      );
    expect(reasons.filter((reason) => reason.startsWith('The new service published it')).length).toBeGreaterThan(0);
  });

  it('twice changes nothing', async () => {
    const world = immediate.again();
    await atService(world, world.records.length);
    const all = world.owed();
    for (const told of [...all, ...all]) world.tell(told, { epoch: 1 });
    await world.rig.live();
    expect(world.findings()).toEqual([]);
    const again = world.rig.told.filter((event) => event.kind === 'duplicates' && event.cause === 'told-again');
    expect(again).toHaveLength(all.length);
  });

  it('is read once more from where it was, also when the store is lost', async () => {
    const world = immediate.again();
    await atService(world, world.records.length);
    const [first, ...rest] = world.owed();
    if (first === undefined) throw new TypeError('nothing is owed');
    world.tell(first, { epoch: 1 });
    await world.rig.live();
    world.rig.store.clear();
    for (const told of rest) world.tell(told, { epoch: 1 });
    await world.rig.live();
    isWhole(world);
  });
});

describe('what stood in the topic before', () => {
  it('is none of a service', async () => {
    const world = immediate.again();
    const [event] = world.plain;
    if (event === undefined) throw new TypeError('nothing is published');
    world.tell({ contract: '', occurrence: '', event }, { epoch: 0 });
    await world.rig.live();
    expect(world.findings()).toEqual([]);
    world.tell({ contract: '', occurrence: '', event }, { epoch: 0 });
    await world.rig.live();
    expect(world.findings()).toEqual(['INTRUDER_ROUTE']);
  });
});

/** The way back: the service tells some, and hands over; the rest is owed. */
async function backAgain(world: CutOver, tellsEvery: number): Promise<void> {
  const cut = Math.floor(world.records.length * 0.8);
  await atService(world, cut);
  for (const [i, told] of world.owed().entries()) if (i % tellsEvery === 0) world.tell(told, { epoch: 1 });
  world.move('legacy', 1, MOVED_AT);
  world.play(cut);
  await world.rig.live();
  world.handOver(2);
}

describe('the way back', () => {
  it.each([1, 2, 1_000])('every %i. is told: what was never told is published, once', async (tellsEvery) => {
    const world = immediate.again();
    await backAgain(world, tellsEvery);
    expect(world.owed().length).toBeGreaterThan(0);
    await world.rig.live();
    isWhole(world);
  });

  it('waits for every partition', async () => {
    const world = immediate.again();
    await backAgain(world, 1);
    const [topic = ''] = world.options.rules.rules.topics;
    const whole = world.rig.log.records(`${topic}/1`);
    expect(whole.length).toBeGreaterThan(0);
    await world.rig.live();
    expect(world.events().filter(({ headers }) => headers['ce_producer'] !== 'service:orders').length).toBeGreaterThan(
      0,
    );
  });

  it('puts what was never told before what happens next', async () => {
    const limits = { transactionsMax: 1, rowsMax: 10_000, changeSetsMax: 1 };
    const ofKeys = (events: readonly PublishedRecord[]): string[] =>
      events
        .map((event, at) => ({ event, at }))
        .sort((a, b) => (a.event.key < b.event.key ? -1 : a.event.key > b.event.key ? 1 : a.at - b.at))
        .map(({ event }) => bare(event));
    for (const back of [0.8, 0.88]) {
      const world = immediate.again({ settings: { limits } });
      const cut = Math.floor(world.records.length * back);
      await atService(world, cut);
      world.move('legacy', 1, MOVED_AT);
      await world.rig.live();
      world.handOver(2);
      world.play(cut);
      await world.rig.live();
      isWhole(world);
      expect(ofKeys(world.events())).toEqual(ofKeys(world.plain));
    }
  });

  it('of orders that began in the service leaves them there', async () => {
    const world = sticky.again();
    await backAgain(world, 2);
    await world.rig.live();
    const left = world.owed();
    expect(left.length).toBeGreaterThan(0);
    for (const told of left) world.tell(told, { epoch: 2 });
    await world.rig.live();
    isWhole(world);
  });

  it('and once more forward: the service goes on with its own by what it has read so far, and with nothing else', async () => {
    const world = sticky.again();
    await backAgain(world, 2);
    world.move('service', 2, new Date(Date.parse(MOVED_AT) + 1_000).toISOString());
    await world.rig.live();
    const left = world.owed();
    expect(left.length).toBeGreaterThan(0);
    for (const told of left) world.tell(told, { epoch: 2 });
    await world.rig.live();
    expect(world.findings()).toEqual([]);
    isWhole(world);
    const legacys = world.plain.find(({ key }) => !left.some(({ event }) => event.key === key));
    if (legacys === undefined) throw new TypeError("nothing is legacy's");
    world.tell({ contract: '', occurrence: '', event: legacys }, { epoch: 2 });
    await world.rig.live();
    expect(world.findings()).toEqual(['INTRUDER_ROUTE']);
  });

  it('of a zombie: what it publishes afterwards is found, and counts as nothing', async () => {
    const world = immediate.again();
    await backAgain(world, 2);
    await world.rig.live();
    isWhole(world);
    const last = world.plain.at(-1);
    if (last === undefined) throw new TypeError('nothing is published');
    const before = world.rig.states();
    world.tell({ contract: '', occurrence: '', event: last }, { epoch: 1 });
    await world.rig.live();
    expect(world.findings()).toEqual(['INTRUDER_EPOCH']);
    expect(world.rig.states()).toEqual(before);
    expect(world.rig.deadLetters().at(-1)?.headers['dragoman.dlq.error.code']).toBe('INTRUDER_EPOCH');
  });

  it('without the service: what it never told is published, or not, as the operator says', async () => {
    for (const publishOwed of [true, false]) {
      const world = immediate.again();
      const cut = Math.floor(world.records.length * 0.8);
      await atService(world, cut);
      const [first] = world.owed();
      if (first === undefined) throw new TypeError('nothing is owed');
      world.tell(first, { epoch: 1 });
      world.move('legacy', 1, MOVED_AT);
      world.play(cut);
      await world.rig.live();
      expect(world.owed().length).toBeGreaterThan(0);
      for (const contract of world.contracts) world.takeOver(contract, 2, publishOwed);
      await world.rig.live();
      expect(world.owed()).toEqual([]);
      if (publishOwed) isWhole(world);
      else expect(world.events().length).toBeLessThan(world.plain.length);
    }
  });
});

describe('at whichever call', () => {
  it.each(FAULTS)('%s: of the life that takes up what was told, and of the way back', async (fault) => {
    const told = async (): Promise<CutOver> => {
      const world = immediate.again();
      await backAgain(world, 2);
      return world;
    };
    const watched = await told();
    const ports = withFault(watched.rig.ports(), NO_FAULT, clearing(watched.rig.store));
    await watched.rig.live(ports);
    isWhole(watched, 'undisturbed');
    for (const [i, name] of ports.calls.entries()) {
      const world = await told();
      const where = `${fault}: call ${i + 1} (${name})`;
      const end = await world.rig.live(withFault(world.rig.ports(), { call: i + 1, fault }, clearing(world.rig.store)));
      if (end.kind === 'crashed') expect(await world.rig.live(), where).toEqual({ kind: 'drained' });
      isWhole(world, where);
    }
  });
});
