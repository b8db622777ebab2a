/** Whatever stands in a contract topic: it is told once, with its code and its place, changes nothing, and what comes after it is taken up. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Ground } from '../../../../src/pipeline/ports.js';
import { CutOver, type Told } from '../../../support/ownership/cut-over.js';
import { handover, handoverBy, toldBy, type Written } from '../../../support/ownership/service-events.js';
import { Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

let begun: CutOver;
beforeAll(async () => {
  begun = await CutOver.begun('immediate');
});

/** All is the service's from the move on, and it has told nothing. */
async function served(): Promise<{ readonly world: CutOver; readonly owed: readonly Told[] }> {
  const world = begun.again();
  await world.rig.live();
  world.move('service', 0);
  world.play(0);
  await world.rig.live();
  return { world, owed: world.owed() };
}

const changed = (told: Told, value: object, headers: Readonly<Record<string, string>> = {}): Written => {
  const written = toldBy(told.event, { occurrence: told.occurrence, epoch: 1 });
  const fields = { ...(JSON.parse(written.value) as object), ...value };
  return { ...written, value: JSON.stringify(fields), headers: { ...written.headers, ...headers } };
};
const OTHER_ID = 'b5f1b4f2-5d8d-5d0e-9d0d-3d8f3b8f1f11';

describe('a record that is not as it should be', () => {
  it.each<[string, (told: Told) => Written]>([
    ['TOLD_NOT_JSON', (told) => ({ ...changed(told, {}), value: '{"eventId":' })],
    ['TOLD_INVALID', (told) => changed(told, { occurredAt: 'yesterday' })],
    ['TOLD_ID_WRONG', (told) => changed(told, { eventId: OTHER_ID }, { ce_id: OTHER_ID })],
    ['INTRUDER_EPOCH', (told) => changed(told, {}, { ce_ownershipepoch: '0' })],
    ['INTRUDER_EPOCH', (told) => changed(told, {}, { ce_ownershipepoch: '7' })],
    [
      'TOLD_UNKNOWN_VERSION',
      (told) => changed(told, { schemaVersion: 9 }, { ce_type: `${String(told.event.value['eventType'])}.v9` }),
    ],
    ['HANDOVER_UNREADABLE', (told) => changed(told, {}, { ce_type: 'dragoman.ownership.v1' })],
    [
      'HANDOVER_UNREADABLE',
      ({ contract }) => {
        const written = handoverBy('service:orders', handover({ contract, epoch: 2 }));
        return { ...written, value: written.value.replace('"context":{}', '"context":{"market":"\\ud800"}') };
      },
    ],
  ])('%s', async (code, written) => {
    const { world, owed } = await served();
    const [first] = owed;
    if (first === undefined) throw new TypeError('nothing is owed');
    const states = world.rig.states();
    world.write(first.event.topic, written(first));
    await world.rig.live();
    expect(world.findings()).toEqual([code]);
    expect(world.rig.states()).toEqual(states);
    const [letter] = world.rig.deadLetters();
    expect(letter?.headers).toMatchObject({
      'dragoman.dlq.error.code': code,
      'dragoman.dlq.origin.topic': first.event.topic,
    });
    expect(letter?.value).not.toContain(String(first.event.value['correlationId']));
    for (const told of owed) world.tell(told, { epoch: 1 });
    await world.rig.live();
    expect(world.findings()).toEqual([code]);
    expect(world.owed()).toEqual([]);
  });

  it('has a number that is not the next: it is told, and counts as published', async () => {
    const { world, owed } = await served();
    const [first, second] = owed.filter(({ event }) => event.value['sequence'] === 1);
    if (first === undefined || second === undefined) throw new TypeError('too little is owed');
    world.tell(first, { epoch: 1, sequence: 3 });
    await world.rig.live();
    expect(world.findings()).toEqual(['TOLD_SEQUENCE_GAP']);
    const state = world.rig.states().get(`order:${first.event.key}`);
    expect(state?.sequences[first.contract]).toBe(3);
    expect(world.owed().map(({ event }) => event)).not.toContain(first.event);
    const found = world.rig.journal().flatMap(({ told }) => told?.finding?.code ?? []);
    expect(found).toEqual(['TOLD_SEQUENCE_GAP']);
  });

  it('is of an order that nobody knows: that is none, it begins the order', async () => {
    const { world, owed } = await served();
    const [first] = owed;
    if (first === undefined) throw new TypeError('nothing is owed');
    world.tell(first, { epoch: 1, key: 'born-there', sequence: 1 });
    await world.rig.live();
    expect(world.findings()).toEqual([]);
    expect(world.rig.states().get('order:born-there')).toMatchObject({
      rows: {},
      told: { [first.contract]: { [first.occurrence]: 1 } },
    });
  });
});

it('each shard takes up what is told of its own orders', async () => {
  const { world } = await served();
  const shards = Rig.shards([], { ...world.options, shards: 2, shapedBy: world.records });
  const [one] = shards as [Rig, Rig];
  const both = async (): Promise<void> => {
    for (const rig of shards) expect(await rig.live()).toEqual({ kind: 'drained' });
  };
  await both();
  const move = { contracts: world.contracts, selector: { context: {} }, to: 'service', epoch: 0 };
  const at = '2026-11-21T09:52:40.700Z';
  const head = { id: OTHER_ID, pipeline: 'orders', kind: 'route.move', by: 'ops', reason: 'a test', at };
  one.command({ ...head, arguments: { ...move, at } });
  one.play(world.records);
  await both();
  for (const { event, occurrence } of world.owed()) {
    const { key, value, headers } = toldBy(event, { occurrence, epoch: 1 });
    const partition = `${event.topic}/${one.log.partitionOf(event.topic, key)}`;
    one.log.append(partition, { timestampMs: 0, key, value, headers });
  }
  await both();
  for (const rig of shards) {
    const found = rig.told.flatMap((each) => (each.kind === 'toldFinding' ? [each.finding.code] : []));
    expect(found).toEqual([]);
    expect([...rig.states().values()].filter(({ owed }) => owed !== undefined)).toEqual([]);
    expect(rig.journal().some(({ outcome }) => outcome === 'told')).toBe(true);
  }
});

describe('an ownership topic that was deleted', () => {
  const OWNERSHIP = 'dragoman.ownership';
  const records = ({ rig }: CutOver): string[] =>
    rig.log.records(`${OWNERSHIP}/0`).map(({ key, value }) => `${key ?? ''} ${value ?? ''}`);
  /** What stands on it: another one at each look. */
  const ground = (): Ground => {
    let looks = 0;
    return {
      topics: () => Promise.resolve(new Map([[OWNERSHIP, { id: String((looks += 1)), partitions: 1, isCopy: true }]])),
      retention: () => Promise.resolve([]),
      unsafe: () => Promise.resolve([]),
    };
  };

  it('and made again is written anew while the pipeline runs, and ends nothing', async () => {
    const { world } = await served();
    const before = records(world);
    const announced = before.slice(-begun.contracts.length);
    expect(await world.rig.live({ ...world.rig.ports(), ground: ground() })).toEqual({ kind: 'drained' });
    const written = records(world).slice(before.length);
    expect(written.length).toBe(2 * begun.contracts.length);
    expect(written.slice(-announced.length).sort()).toEqual(announced.toSorted());
  });
});
