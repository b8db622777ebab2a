/** What a conversion does not begin, or does not end: nothing of it counts then, and the version before goes on where it was. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { converted, formerPipeline } from '../../../support/pipeline/former.js';
import { replaced } from '../../../support/replaced.js';
import { GROUP, retailerRules, type Rig } from '../../../support/rig.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

type Ports = Parameters<typeof converted>[2];
type Fixture = Parameters<NonNullable<Parameters<typeof formerPipeline>[2]>>[0];

async function expectRefused(rig: Rig, code: string, text: string, ports: Ports = {}): Promise<void> {
  const committed = rig.log.committed(GROUP);
  await expect(converted(rig, rules, ports)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(text) as unknown,
  });
  expect(rig.log.records(`${rig.settings().topics.progress}/0`)).toEqual([]);
  expect(rig.log.committed(GROUP)).toEqual(committed);
}

/** Before anything is written. */
async function expectNothingWritten(rig: Rig, code: string, text: string, ports: Ports = {}): Promise<void> {
  await expectRefused(rig, code, text, ports);
  expect(rig.stored().size).toBe(0);
}

const withMetadata =
  (change: (metadata: string) => string) =>
  (fixture: Fixture): Fixture => ({
    ...fixture,
    committed: { ...fixture.committed, metadata: change(fixture.committed.metadata) },
  });

describe('a start without a conversion', () => {
  it('is refused by the name of the command, before anything is written', async () => {
    const { rig } = formerPipeline('lifecycle', rules);
    const published = rig.published();
    const end = await rig.live();
    expect(end).toMatchObject({ kind: 'refused', code: 'STATE_FORMER' });
    expect(end).toHaveProperty('text', expect.stringContaining('run `dragoman state convert`'));
    expect(rig.published()).toEqual(published);
    expect(rig.stored().size).toBe(0);
    expect(await rig.store.marker()).toBeNull();
  });
});

describe('a progress topic that was emptied after the conversion', () => {
  async function emptied(): Promise<Rig> {
    const { rig, rest } = formerPipeline('lifecycle', rules);
    await converted(rig, rules);
    rig.play(rest);
    await rig.live();
    const partition = `${rig.settings().topics.progress}/0`;
    rig.log.expire(partition, rig.log.end(partition));
    return rig;
  }

  it('is no pipeline to be converted: a start says what is lost', async () => {
    const rig = await emptied();
    const published = rig.published();
    expect(await rig.live()).toMatchObject({ kind: 'refused', code: 'PROGRESS_LOST' });
    expect(rig.published()).toEqual(published);
  });

  it('is not converted again, which would undo what was decided since', async () => {
    const rig = await emptied();
    const stored = rig.stored();
    await expectRefused(rig, 'PROGRESS_LOST', 'was converted already');
    expect(rig.stored()).toEqual(stored);
  });
});

describe('the newest record of an aggregate', () => {
  const spoiled = (change: (value: string) => string) =>
    formerPipeline('poison', rules, (fixture) => {
      const [first = [], ...others] = fixture.journal;
      const last = first.at(-1);
      if (last === undefined) throw new Error('the first partition has no record');
      return { ...fixture, journal: [[...first.slice(0, -1), { ...last, value: change(last.value) }], ...others] };
    }).rig;
  const withState = (value: string, change: object): string => {
    const entry = JSON.parse(value) as { readonly state: object };
    return JSON.stringify({ ...entry, state: { ...entry.state, ...change } });
  };

  it.each<[string, (value: string) => string, string, string]>([
    ['is cut', (value) => value.slice(0, -10), 'STATE_DAMAGED', 'is not what the version before wrote'],
    ['is empty', () => '', 'STATE_DAMAGED', 'is not what the version before wrote'],
    ['is no decision', () => '[]', 'STATE_DAMAGED', 'is not what the version before wrote'],
    [
      'has no state',
      () => '{"aggregate":"order","id":"1","outcome":"applied","digest":""}',
      'STATE_DAMAGED',
      'state: ',
    ],
    ['has a count below 0', (value) => withState(value, { sequence: -1 }), 'STATE_DAMAGED', 'state.sequence'],
    ['has a state of another version', (value) => withState(value, { sequences: {} }), 'STATE_DAMAGED', 'sequences'],
    ['is of another aggregate', (value) => value.replaceAll(/"id":"\d+"/g, '"id":"1"'), 'STATE_DAMAGED', 'order:1'],
    ['is of an unknown version', (value) => `{"v":3,${value.slice(1)}`, 'STATE_DAMAGED', 'is of version 3'],
    ['is of this version', (value) => `{"v":2,${value.slice(1)}`, 'PROGRESS_LOST', 'was converted already'],
  ])('that %s ends it', async (_, change, code, text) => {
    await expectRefused(spoiled(change), code, text);
  });

  it('is named by its place and key', async () => {
    await expectRefused(
      spoiled(() => 'x'),
      'STATE_DAMAGED',
      'in partition 0 of the journal, offset',
    );
  });

  it('that is larger than the state topic takes, in one cell, ends it', async () => {
    const { rig } = formerPipeline('poison', rules);
    const sink = replaced(rig.ports().sink, { recordBytesMax: () => 400 });
    await expectRefused(rig, 'AGGREGATE_TOO_LARGE', 'Raise max.message.bytes', { sink });
  });
});

describe('committed offsets', () => {
  it.each<[string, (metadata: string) => string]>([
    ['without text', () => ''],
    ['of another program', () => 'x'],
    ['of an unknown version', (metadata) => metadata.replace('"v":1', '"v":9')],
    ['of a version that kept no names', (metadata) => metadata.replace('"names"', '"other"')],
  ])('%s are refused', async (_, change) => {
    const { rig } = formerPipeline('lifecycle', rules, withMetadata(change));
    await expectNothingWritten(rig, 'OFFSETS_LOST', 'From where to go on is not known');
  });

  it('that expired are refused', async () => {
    const { rig } = formerPipeline('lifecycle', rules);
    const committed = () => Promise.resolve({ offsets: new Map<string, number>(), metadata: null });
    await expectNothingWritten(rig, 'OFFSETS_LOST', 'they expired', { committed });
  });

  it('that a tool moved are refused, until somebody vouches for the topic', async () => {
    const moved = (fixture: Fixture): Fixture => ({
      ...fixture,
      committed: { ...fixture.committed, offsets: { ...fixture.committed.offsets, 'legacy.oms.ord_hdr/0': 0 } },
    });
    const { rig } = formerPipeline('lifecycle', rules, moved);
    await expectNothingWritten(rig, 'OFFSETS_MOVED', 'The committed offsets of legacy.oms.ord_hdr');
    const accepted = { topics: new Set(['legacy.oms.ord_hdr']), names: new Set<string>() };
    expect(await converted(rig, rules, { accepted })).toMatchObject({ kind: 'converted' });
  });
});

describe('what it stood on', () => {
  it('on another cluster is refused', async () => {
    const change = withMetadata((metadata) => metadata.replace('"cluster":"memory"', '"cluster":"another"'));
    const { rig } = formerPipeline('lifecycle', rules, change);
    await expectNothingWritten(rig, 'CLUSTER_CHANGED', 'on cluster another; this is memory');
  });

  it.each([
    ['TOPIC_RECREATED', 'made again', 'zzzzzzAA', 1],
    ['PARTITIONS_CHANGED', 'had 1 partitions and has 4', 'abcdefgh', 4],
  ])('%s is seen', async (code, text, id, partitions) => {
    const topic = 'legacy.oms.ord_hdr';
    const known = withMetadata((metadata) =>
      metadata.replace(
        /1wo7iq1::|1dfkbb3::|1u2z7k0::|v7wloj::|11q4qv7::|1nb2vds::|y5veeg::/g,
        (name) => `${name.slice(0, -2)}:abcdef:1`,
      ),
    );
    const { rig } = formerPipeline('lifecycle', rules, known);
    const topics = () => Promise.resolve(new Map([[topic, { id, partitions }]]));
    const ground = { topics, retention: () => Promise.resolve([]), unsafe: () => Promise.resolve([]) };
    await expectNothingWritten(rig, code, text, { ground });
  });

  it.each<[string, (rig: Rig, journal: string) => void, string]>([
    ['was cut by retention', (rig, journal) => rig.log.expire(`${journal}/1`, 3), 'begins at offset 3'],
    [
      'has another number of partitions',
      (rig, journal) => rig.log.createTopic(journal, 3),
      'another number of partitions',
    ],
  ])('a journal that %s is refused', async (_, change, text) => {
    const { rig } = formerPipeline('lifecycle', rules);
    change(rig, rig.settings().topics.journal);
    await expectNothingWritten(rig, 'JOURNAL_LOST', text);
  });

  it('rules that call things otherwise are refused', async () => {
    const change = withMetadata((metadata) => metadata.replace(/"names":"....../, '"names":"abcdef'));
    const { rig } = formerPipeline('lifecycle', rules, change);
    await expectNothingWritten(rig, 'RULES_RENAMED', '--accept-names hash:abcd');
  });
});

describe('nothing', () => {
  it('to convert is said', async () => {
    const { rig } = formerPipeline('lifecycle', rules, (fixture) => ({ ...fixture, journal: [[], []] }));
    const committed = () => Promise.resolve({ offsets: new Map<string, number>(), metadata: null });
    await expectNothingWritten(rig, 'COMMAND_REFUSED', 'There is nothing to convert', { committed });
  });
});
