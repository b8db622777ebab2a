/** `repair.republish`: what was published is published once more, byte for byte, marked, in the journal; whatever cannot be is refused with a code. */
import { describe, expect, it } from 'vitest';
import { REPEAT_HEADER } from '../../../../../src/domain/repair/headers.js';
import { commandOf, outcomes, results } from '../../../../support/pipeline/commands.js';
import {
  isRepeat,
  targetsOf,
  placedEvents,
  plain,
  recordsIn,
  REPAIR,
  republishOf,
} from '../../../../support/repair/repairs.js';
import { Rig, type RigOptions } from '../../../../support/rig.js';
import {
  hdrRow,
  readyRules,
  SMALL_SOURCE_MS,
  SmallSource,
  type WrittenRow,
} from '../../../../support/sources/ready-orders.js';
import { replaced } from '../../../../support/replaced.js';
import { waitsTakeNoTime } from '../../../../support/waits.js';

const TOPIC = 'orders.out';
const AUDIENCE = 'orders.billing';
const STRANGER = '9a1de64c-3c5c-5f3b-8f27-6d0c0b1f1a3e';
const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });

waitsTakeNoTime();

const source = (): SmallSource =>
  new SmallSource()
    .transaction(hdrRow('1', 'READY', 'Ada'))
    .transaction(hdrRow('2', 'READY', 'Ben'), hdrRow('3', 'OPEN', 'Cyd'))
    .transaction(update(hdrRow('1', 'DONE', 'Ada')))
    .transaction(update(hdrRow('3', 'READY', 'Cyd')));

async function made(options: Partial<RigOptions> = {}): Promise<Rig> {
  const settings = { audiences: new Set([AUDIENCE]) };
  const rules = readyRules();
  const rig = new Rig(source().records, { rules, settings, nowMs: SMALL_SOURCE_MS + 1_000, ...options });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(recordsIn(rig, TOPIC)).toHaveLength(3);
  return rig;
}

const live = async (rig: Rig): Promise<void> => expect(await rig.live()).toEqual({ kind: 'drained' });
const textOf = (rig: Rig): string => outcomes(rig).at(-1)?.text ?? '';

async function refusedWith(rig: Rig, sent: object, code: string): Promise<void> {
  const before = [recordsIn(rig, TOPIC).length, recordsIn(rig, AUDIENCE).length];
  rig.command(sent);
  await live(rig);
  expect(results(rig).at(-1)).toBe('refused');
  expect(textOf(rig)).toMatch(new RegExp(`^${code}: `));
  expect([recordsIn(rig, TOPIC).length, recordsIn(rig, AUDIENCE).length]).toEqual(before);
}

describe('what was published', () => {
  it.each([{ isPersonal: true } as const, {}])('comes once more as it was, marked: %o', async (spoiled) => {
    const rig = await made({ rules: readyRules(spoiled) });
    const before = recordsIn(rig, TOPIC).map(plain);
    rig.command(republishOf(targetsOf(placedEvents(rig))));
    await live(rig);
    expect(results(rig)).toEqual(['applied']);
    const repeats = recordsIn(rig, TOPIC).filter(isRepeat);
    expect(repeats.map(({ headers }) => headers[REPEAT_HEADER])).toEqual([REPAIR, REPAIR, REPAIR]);
    const inOrder = <T extends { readonly key: string | null }>(all: readonly T[]): T[] =>
      all.toSorted((a, b) => (String(a.key) < String(b.key) ? -1 : 1));
    expect(inOrder(repeats.map(plain))).toEqual(inOrder(before));
    expect(rig.told.filter(({ kind }) => kind === 'repaired')).toEqual([{ kind: 'repaired', topic: TOPIC, events: 3 }]);
    expect(rig.told.flatMap((event) => (event.kind === 'committed' ? event.published : []))).toHaveLength(3);
  });

  it('goes into an audience topic, and there alone', async () => {
    const rig = await made();
    const [first] = placedEvents(rig);
    rig.command(republishOf(targetsOf([first!]), { to: AUDIENCE }));
    await live(rig);
    expect(recordsIn(rig, TOPIC).filter(isRepeat)).toEqual([]);
    const [repeat] = recordsIn(rig, AUDIENCE);
    expect(plain(repeat!)).toEqual(plain(recordsIn(rig, TOPIC).find(({ key }) => key === first!.id)!));
  });

  it('has an entry in the chain of its aggregate, which tells of the repair, and changes nothing else', async () => {
    const rig = await made();
    const before = rig.states().get('order:1')!;
    const [first] = placedEvents(rig).filter(({ id }) => id === '1');
    rig.command(republishOf(targetsOf([first!]), { to: AUDIENCE }));
    await live(rig);
    const entry = rig.journal().find(({ outcome }) => outcome === 'repeated');
    expect(entry).toMatchObject({
      ...{ aggregate: 'order', id: '1', rows: [], verdicts: [], previous: before.journal },
      repair: { repair: REPAIR, to: AUDIENCE, events: [first!.event] },
      command: { kind: 'repair.republish', by: 'ada', reason: 'the rule is corrected', result: 'applied' },
    });
    const { journal, lastCommand, ...after } = rig.states().get('order:1')!;
    expect(journal).toHaveLength(before.journal!.length + 1);
    expect(lastCommand?.result).toBe('applied');
    expect(after).toEqual(Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'journal')));
  });

  it('comes once by one command, however often that is read, and again by another one', async () => {
    const rig = await made();
    const sent = republishOf(targetsOf(placedEvents(rig)));
    rig.command(sent);
    rig.command(sent);
    await live(rig);
    expect(results(rig)).toEqual(['applied', 'repeated']);
    expect(recordsIn(rig, TOPIC).filter(isRepeat)).toHaveLength(3);
    rig.command({ ...sent, id: '5f0c3a52-6f0e-4c1a-9a63-0a3f8c1b2d4e' });
    await live(rig);
    expect(recordsIn(rig, TOPIC).filter(isRepeat)).toHaveLength(6);
  });

  it('comes again while its aggregate is parked, or retired', async () => {
    const rules = readyRules({ retire: { when: () => true, after: '1 day' } });
    const rig = await made({ rules, nowMs: SMALL_SOURCE_MS + 100 * 24 * 3_600_000 });
    const more = source().transaction({ table: 'hdr', op: 'u', key: '2', row: { id: 2, sts: null, note: 'Ben' } });
    more.later(3 * 24 * 3_600_000).transaction(hdrRow('4', 'OPEN'));
    rig.play(more.records.filter((record) => !source().records.some((old) => old.value === record.value)));
    await live(rig);
    expect(rig.parked()).toEqual({ 'order:2': 'ROW_INVALID' });
    expect(rig.states().get('order:1')).toMatchObject({ isStub: true });
    rig.command(republishOf(targetsOf(placedEvents(rig).filter(({ id }) => id !== '3'))));
    await live(rig);
    expect(results(rig)).toEqual(['applied']);
    expect(recordsIn(rig, TOPIC).filter(isRepeat)).toHaveLength(2);
    expect(rig.states().get('order:1')).toMatchObject({ isStub: true });
    expect(rig.parked()).toEqual({ 'order:2': 'ROW_INVALID' });
  });
});

describe('refused is', () => {
  it('a topic that is no audience', async () => {
    const rig = await made();
    const targets = targetsOf(placedEvents(rig));
    await refusedWith(rig, republishOf(targets, { to: TOPIC }), 'REPAIR_AUDIENCE_UNKNOWN');
    await refusedWith(rig, republishOf(targets, { to: 'elsewhere' }), 'REPAIR_AUDIENCE_UNKNOWN');
  });

  it('an audience topic that is not there', async () => {
    const rig = await made({ settings: { audiences: new Set(['gone']) } });
    rig.log.createTopic('gone', 0);
    await refusedWith(rig, republishOf(targetsOf(placedEvents(rig)), { to: 'gone' }), 'REPAIR_TOPIC_MISSING');
  });

  it('an event that was never published', async () => {
    const rig = await made();
    const [target] = targetsOf(placedEvents(rig));
    await refusedWith(rig, republishOf([{ ...target!, events: [STRANGER] }]), 'REPAIR_NEVER_PUBLISHED');
    expect(rig.states().get(`order:${target!.id}`)?.lastCommand?.result).toBe('refused');
    expect(rig.journal().at(-1)?.command?.text ?? rig.journal().find(({ command }) => command)?.command?.text).toMatch(
      /^REPAIR_NEVER_PUBLISHED/,
    );
  });

  it('an aggregate that nobody knows, and an entry of another one', async () => {
    const rig = await made();
    const [target] = targetsOf(placedEvents(rig));
    await refusedWith(rig, republishOf([{ ...target!, id: '99' }]), 'REPAIR_AGGREGATE_UNKNOWN');
    const other = targetsOf(placedEvents(rig)).find(({ id }) => id !== target!.id)!;
    await refusedWith(
      rig,
      republishOf([{ ...target!, entries: other.entries.map((at) => at + 1_000) }]),
      'REPAIR_EXPIRED',
    );
  });

  it('what the journal does not have any more', async () => {
    const rig = await made();
    const targets = targetsOf(placedEvents(rig));
    const { journal } = rig.settings().topics;
    for (const partition of rig.log.partitionsOf(journal)) rig.log.expire(partition, rig.log.end(partition));
    await refusedWith(rig, republishOf(targets), 'REPAIR_EXPIRED');
  });

  it.each([{ isPersonal: true } as const, {}])('what was forgotten: %o', async (spoiled) => {
    const rig = await made({ rules: readyRules(spoiled) });
    const targets = targetsOf(placedEvents(rig).filter(({ id }) => id === '1'));
    rig.command(commandOf({ kind: 'forget', arguments: { aggregate: 'order', id: '1' } }));
    await live(rig);
    await refusedWith(rig, republishOf(targets), 'REPAIR_FORGOTTEN');
  });

  it('a record that is too large for its topic', async () => {
    const rig = await made();
    const ports = rig.ports();
    const recordBytesMax = (topic: string): number => (topic === TOPIC ? 200 : 1_000_000);
    const small = { ...ports, sink: replaced(ports.sink, { recordBytesMax }) };
    rig.command(republishOf(targetsOf(placedEvents(rig))));
    expect(await rig.live(small)).toEqual({ kind: 'drained' });
    expect(textOf(rig)).toMatch(/^REPAIR_TOO_LARGE/);
  });

  it('one of several: the others are published', async () => {
    const rig = await made();
    const [first, second, third] = targetsOf(placedEvents(rig));
    rig.command(republishOf([first!, { ...second!, events: [STRANGER] }, third!]));
    await live(rig);
    expect(results(rig)).toEqual(['applied']);
    expect(textOf(rig)).toContain('Refused: 1 aggregate, the first for REPAIR_NEVER_PUBLISHED');
    expect(recordsIn(rig, TOPIC).filter(isRepeat)).toHaveLength(2);
  });
});

it('shards repair each its own, and what is none of theirs they pass over', async () => {
  const shards = Rig.shards(source().records, { rules: readyRules(), shards: 3 });
  for (const shard of shards) expect(await shard.live()).toEqual({ kind: 'drained' });
  const all = shards.flatMap((shard) => placedEvents(shard));
  const targets = targetsOf([...new Map(all.map((one) => [one.event, one])).values()]);
  shards[0]!.command(republishOf(targets));
  for (const shard of shards) expect(await shard.live()).toEqual({ kind: 'drained' });
  const repeats = recordsIn(shards[0]!, TOPIC).filter(isRepeat);
  expect(repeats.map(({ key }) => key).toSorted()).toEqual(['1', '2', '3']);
  expect(shards.flatMap(results).every((result) => result === 'applied')).toBe(true);
});
