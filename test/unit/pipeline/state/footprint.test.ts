/** What a pipeline stood on is compared with what is there when a task starts (SPEC T8). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { Ground, TopicNow } from '../../../../src/pipeline/ports.js';
import { checkFootprint, footprints, type Footing } from '../../../../src/pipeline/recover/footprint.js';
import { decodeProgress, encodeProgress } from '../../../../src/pipeline/state/progress.js';
import { readRecording } from '../../../support/recordings.js';
import { type LifeEnd, retailerRules, Rig, type RigPorts } from '../../../support/rig.js';

const records = readRecording('postgres/01-lifecycle');
const GROUP = 'dragoman.orders';
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

const start = (
  rig: Rig,
  now: Topics,
  accepted: readonly string[] = [],
  change: (ports: RigPorts) => void = () => undefined,
): Promise<LifeEnd> => {
  const ground: Ground = {
    topics: () => Promise.resolve(now),
    retention: () => Promise.resolve([]),
    unsafe: () => Promise.resolve([]),
  };
  const ports = { ...rig.ports(), ground };
  change(ports);
  return rig.live(ports, { ...rig.settings(), acceptedTopics: new Set(accepted) });
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
    const known = rig.log.committed(GROUP)!;
    const progress = decodeProgress(known.metadata);
    const footprint = { ...progress.footprint!, cluster: 'elsewhere' };
    const metadata = encodeProgress({ ...progress, footprint });
    rig.log.commit(GROUP, [], { offsets: known.offsets, metadata });
    const end = await start(rig, topics, [...topics.keys()]);
    expect(end).toMatchObject({ kind: 'refused', code: 'CLUSTER_CHANGED' });
    expect(end).toHaveProperty('text', expect.stringContaining('this is memory'));
  });

  it.each([-1, 1])('over an offset that a tool moved by %i and whose metadata it kept', async (by) => {
    const rig = new Rig(records.slice(0, -40), { rules });
    await start(rig, topics);
    rig.play(records.slice(-40));
    const known = rig.log.committed(GROUP)!;
    const offsets = new Map(known.offsets).set(`${HEADER}/0`, known.offsets.get(`${HEADER}/0`)! + by);
    rig.log.commit(GROUP, [], { ...known, offsets });
    const end = await start(rig, topics);
    expect(end).toMatchObject({ kind: 'refused', code: 'OFFSETS_LOST' });
    expect(end).toHaveProperty('text', expect.stringContaining(`The committed offsets of ${HEADER}`));
  });

  it('over the offset of one partition that expired alone', async () => {
    const rig = await played();
    const known = rig.log.committed(GROUP)!;
    const offsets = new Map([...known.offsets].filter(([partition]) => partition !== `${HEADER}/0`));
    const expired = (ports: RigPorts): void => {
      ports.sink.committed = () => Promise.resolve({ ...known, offsets });
    };
    expect(await start(rig, topics, [], expired)).toMatchObject({ kind: 'refused', code: 'OFFSETS_LOST' });
  });

  it('over offsets that somebody set before the first start', async () => {
    const rig = new Rig(records, { rules });
    rig.log.commit(GROUP, [], { offsets: new Map([[`${HEADER}/0`, 3]]), metadata: '' });
    expect(await start(rig, topics)).toMatchObject({ kind: 'refused', code: 'OFFSETS_LOST' });
  });
});

describe('a start goes on', () => {
  it('with a topic that is new, and without one that is no longer used', async () => {
    const rig = await played();
    const others = new Map([...topics, ['orders.new', { id: 'd'.repeat(22), partitions: 3 }]]);
    others.delete(CONTRACT);
    expect(await start(rig, others)).toEqual({ kind: 'drained' });
  });

  it('from progress that knows no footprint', async () => {
    const rig = await played();
    const { offsets, metadata } = rig.log.committed(GROUP)!;
    const { footprint, ...older } = decodeProgress(metadata);
    expect(footprint?.topics).toContain(':aaaaaa:1:');
    rig.log.commit(GROUP, [], { offsets, metadata: encodeProgress(older) });
    expect(await start(rig, changed(HEADER, { id: 'c'.repeat(22) }))).toEqual({ kind: 'drained' });
  });
});

it('fits into the metadata of an offset with a hundred topics', () => {
  const many = Array.from({ length: 100 }, (_, i) => `legacy.inventory.table_with_a_long_name_${i}`);
  const footing: Footing = {
    cluster: 'ZHJhZ29tYW4tc3RhY2stMQ',
    topics: new Map(many.map((topic, i) => [topic, { id: `${i}`.padStart(22, 'x'), partitions: 12 }])),
    offsets: new Map(many.map((topic, i) => [`${topic}/0`, 1_000_000_000 + i])),
  };
  const footprint = footprints(footing)(footing.offsets);
  expect(JSON.stringify(footprint).length).toBeLessThan(2_800);
  expect(() => checkFootprint(footprint, footing, new Set())).not.toThrow();
});
