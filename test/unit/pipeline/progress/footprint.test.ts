/** What a pipeline stood on is compared with what is there when a task starts (SPEC T8). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { Ground, TopicNow } from '../../../../src/pipeline/ports.js';
import {
  checkFootprint,
  decodeFootprint,
  encodeFootprint,
  type Footprint,
} from '../../../../src/pipeline/progress/footprint.js';
import { NO_NAMES } from '../../../../src/pipeline/progress/known-names.js';
import { cellRecord } from '../../../../src/pipeline/state/cells.js';
import { progressRecord } from '../../../../src/pipeline/state/records.js';
import { unparkOf } from '../../../support/pipeline/commands.js';
import { newestFootprint, write } from '../../../support/pipeline/progress.js';
import { readRecording } from '../../../support/recordings.js';
import { type LifeEnd, retailerRules, Rig } from '../../../support/rig.js';

const records = readRecording('postgres/01-lifecycle');
const HEADER = 'legacy.oms.ord_hdr';
const CONTRACT = 'orders.fulfillment';
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

type Topics = ReadonlyMap<string, TopicNow>;
const topics: Topics = new Map([
  [HEADER, { id: 'aaaaaaaaaaaaaaaaaaaaaa', partitions: 1 }],
  [CONTRACT, { id: 'bbbbbbbbbbbbbbbbbbbbbb', partitions: 6 }],
]);
const changed = (topic: string, change: Partial<TopicNow>): Topics =>
  new Map([...topics, [topic, { ...topics.get(topic)!, ...change }]]);

const start = (rig: Rig, now: Topics, accepted: readonly string[] = []): Promise<LifeEnd> => {
  const ground: Ground = {
    topics: () => Promise.resolve(now),
    retention: () => Promise.resolve([]),
    unsafe: () => Promise.resolve([]),
  };
  return rig.live({ ...rig.ports(), ground }, { ...rig.settings(), acceptedTopics: new Set(accepted) });
};

async function played(): Promise<Rig> {
  const rig = new Rig(records, { rules });
  expect(await start(rig, topics)).toEqual({ kind: 'drained' });
  return rig;
}

describe('a start is refused', () => {
  it.each<[string, Topics, string, string]>([
    ['a table topic that was made again', changed(HEADER, { id: 'c'.repeat(22) }), 'TOPIC_RECREATED', HEADER],
    ['a contract topic that was made again', changed(CONTRACT, { id: 'c'.repeat(22) }), 'TOPIC_RECREATED', CONTRACT],
    ['a table topic with more partitions', changed(HEADER, { partitions: 2 }), 'PARTITIONS_CHANGED', HEADER],
    ['a contract topic with more partitions', changed(CONTRACT, { partitions: 12 }), 'PARTITIONS_CHANGED', CONTRACT],
  ])('over %s; an operator may vouch for it', async (_, now, code, topic) => {
    const rig = await played();
    const published = rig.published().length;
    const end = await start(rig, now);
    expect(end).toMatchObject({ kind: 'refused', code });
    expect(end).toHaveProperty('text', expect.stringContaining(`--accept-topics ${topic}`));
    expect(rig.published()).toHaveLength(published);
    expect(
      await start(
        rig,
        now,
        [CONTRACT, HEADER].filter((name) => name !== topic),
      ),
    ).toMatchObject({ code });
    expect(await start(rig, now, [topic])).toEqual({ kind: 'drained' });
  });

  it('over another cluster, whoever vouches', async () => {
    const rig = await played();
    const footprint = encodeFootprint({ ...newestFootprint(rig), cluster: 'elsewhere' });
    write(rig, progressRecord(rig.settings().topics, 'footprint', footprint));
    const end = await start(rig, topics, [...topics.keys()]);
    expect(end).toMatchObject({ kind: 'refused', code: 'CLUSTER_CHANGED' });
    expect(end).toHaveProperty('text', expect.stringContaining('this is memory'));
  });
});

describe('a topic of the pipeline itself that was made again, and grew past its former end', () => {
  it.each([
    ['state', 'what was remembered of orders is gone'],
    ['journal', 'the history of decisions is gone'],
    ['progress', 'how far everything was done is gone'],
  ] as const)('is named before what it holds: %s', async (own, text) => {
    const rig = new Rig(records, { rules });
    const topic = rig.settings().topics[own];
    const madeAs = (id: string): Topics => new Map([...topics, [topic, { id: id.repeat(22), partitions: 6, own }]]);
    expect(await start(rig, madeAs('e'))).toEqual({ kind: 'drained' });
    const { topics: names } = rig.settings();
    write(rig, cellRecord(names.state, { hash: 'order:1', field: '', value: '{}' }));
    write(rig, { topic: names.journal, key: 'order:1', value: '{}', place: '1' });
    const end = await start(rig, madeAs('f'));
    expect(end).toMatchObject({ kind: 'refused', code: 'TOPIC_RECREATED' });
    expect(end).toHaveProperty('text', expect.stringContaining(`The ${own} topic of this pipeline, ${topic}`));
    expect(end).toHaveProperty('text', expect.stringContaining(text));
    expect(await start(rig, madeAs('f'), [topic]), 'what it holds is looked at then').toMatchObject({
      code: 'PROGRESS_LOST',
    });
  });

  it('has its partitions compared with what was committed, whoever vouches', () => {
    const now = (partitions: number): Topics => new Map([['n.p.state', { id: 'e', partitions, own: 'state' }]]);
    const known = { cluster: 'c', topics: now(6) };
    expect(() => checkFootprint(known, { cluster: 'c', topics: now(12) }, new Set())).not.toThrow();
  });
});

describe('a start goes on', () => {
  it('with a topic that is new, and without one that is no longer used', async () => {
    const rig = await played();
    const others = new Map([...topics, ['orders.new', { id: 'd'.repeat(22), partitions: 3 }]]);
    others.delete(CONTRACT);
    expect(await start(rig, others)).toEqual({ kind: 'drained' });
  });
});

describe('the footprint', () => {
  it('is written with the first Kafka transaction, and then when it changes only', async () => {
    const rig = new Rig(records.slice(0, -40), { rules });
    await start(rig, topics);
    rig.play(records.slice(-40));
    await start(rig, topics);
    const count = (): number =>
      rig.log.records(`${rig.settings().topics.progress}/0`).filter(({ key }) => key === 'footprint').length;
    expect(count()).toBe(1);
    expect(newestFootprint(rig)).toMatchObject({ cluster: 'memory', topics });
    rig.command(unparkOf('1'));
    await start(rig, new Map([...topics, ['orders.new', { id: 'd'.repeat(22), partitions: 3 }]]));
    expect(count()).toBe(2);
    expect(newestFootprint(rig).topics.get('orders.new')).toEqual({ id: 'd'.repeat(22), partitions: 3 });
  });

  it('keeps topics that are gone: one that comes back as another is refused', async () => {
    const rig = new Rig(records.slice(0, -40), { rules });
    await start(rig, topics);
    rig.play(records.slice(-40));
    await start(rig, new Map([...topics].filter(([topic]) => topic !== CONTRACT)));
    expect(newestFootprint(rig).topics.get(CONTRACT)).toEqual(topics.get(CONTRACT));
    expect(await start(rig, changed(CONTRACT, { id: 'c'.repeat(22) }))).toMatchObject({ code: 'TOPIC_RECREATED' });
  });

  it('is read as it was written, with a thousand topics too, and in one form', () => {
    const many = Array.from({ length: 1_000 }, (_, i): [string, TopicNow] => [
      `legacy.inventory.t${i}`,
      { id: `${i}`.padStart(22, 'x'), partitions: 12 },
    ]);
    const footprint: Footprint = {
      cluster: 'ZHJhZ29tYW4tc3RhY2stMQ',
      topics: new Map(many),
      names: { ...NO_NAMES, aggregate: { order: '' }, gone: ['old'] },
      qualifier: null,
      shards: 3,
    };
    const text = encodeFootprint(footprint);
    expect(decodeFootprint(text)).toEqual(footprint);
    expect(encodeFootprint({ ...footprint, topics: new Map([...footprint.topics].reverse()) })).toBe(text);
    expect(() => checkFootprint(footprint, footprint, new Set())).not.toThrow();
  });

  it('of before there were shards is that of one', () => {
    const { shards, ...before } = JSON.parse(
      encodeFootprint({ cluster: 'c', topics: new Map(), names: NO_NAMES, qualifier: null, shards: 7 }),
    ) as Record<string, unknown>;
    expect(shards).toBe(7);
    expect(decodeFootprint(JSON.stringify(before)).shards).toBe(1);
  });
});
