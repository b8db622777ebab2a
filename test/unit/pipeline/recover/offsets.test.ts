/** From where a pipeline reads on: from its own progress. What its group has, or a partition does not have any more, is compared (SPEC T8). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { CommittedOffsets, Sink } from '../../../../src/pipeline/ports.js';
import { decodeProgress, encodeProgress } from '../../../../src/pipeline/progress/progress.js';
import { moveOffsets, newestProgress } from '../../../support/pipeline/progress.js';
import { readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { GROUP, retailerRules, Rig } from '../../../support/rig.js';

const records = readRecording('postgres/01-lifecycle');
const HEADER = 'legacy.oms.ord_hdr';
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

const undisturbed = async (): Promise<Rig> => played(records);

async function played(some = records): Promise<Rig> {
  const rig = new Rig(some, { rules, shapedBy: records });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

/** Something is left to read. */
async function halfPlayed(): Promise<Rig> {
  const rig = await played(records.slice(0, -40));
  rig.play(records.slice(-40));
  return rig;
}

const withCommitted = (rig: Rig, committed: Sink['committed']) => {
  const ports = rig.ports();
  return { ...ports, sink: replaced(ports.sink, { committed }) };
};

describe('offsets that a tool moved', () => {
  it.each([-1, 1])('by %i are refused: nothing is read again, nothing is left out', async (by) => {
    const rig = await halfPlayed();
    const published = rig.published().length;
    moveOffsets(rig, (offset) => offset + by);
    const end = await rig.live();
    expect(end).toMatchObject({ kind: 'refused', code: 'OFFSETS_MOVED' });
    expect(end).toHaveProperty(
      'text',
      expect.stringMatching(/this pipeline committed \d+: a tool moved it.*--accept-topics legacy\./s),
    );
    expect(rig.published()).toHaveLength(published);
  });

  it('are passed over where an operator vouches for the topics: it goes on at the progress', async () => {
    const rig = await halfPlayed();
    moveOffsets(rig, () => 0);
    const acceptedTopics = new Set(newestTopics(rig));
    expect(await rig.live(rig.ports(), { ...rig.settings(), acceptedTopics: new Set([HEADER]) })).toMatchObject({
      code: 'OFFSETS_MOVED',
    });
    expect(await rig.live(rig.ports(), { ...rig.settings(), acceptedTopics })).toEqual({ kind: 'drained' });
    expect(rig.published()).toEqual((await undisturbed()).published());
    expect(toldOffsets(rig)).toEqual(newestProgress(rig).offsets);
    expect(await rig.live()).toEqual({ kind: 'drained' });
  });

  it('set before the first start are not followed', async () => {
    const rig = new Rig(records, { rules });
    rig.log.commit(GROUP, { records: [], offsets: new Map([[`${HEADER}/0`, 3]]), metadata: '' });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(rig.published()).toEqual((await undisturbed()).published());
  });
});

const toldOffsets = (rig: Rig): ReadonlyMap<string, number> =>
  new Map([...rig.log.committed(GROUP)].map(([partition, { offset }]) => [partition, offset]));

const newestTopics = (rig: Rig): string[] =>
  [...newestProgress(rig).offsets.keys()].map((name) => name.slice(0, name.lastIndexOf('/')));

describe('offsets that expired', () => {
  it.each<[string, (offsets: CommittedOffsets) => CommittedOffsets]>([
    ['all of them', () => new Map()],
    ['of one partition', (offsets) => new Map([...offsets].filter(([name]) => name !== `${HEADER}/0`))],
  ])('are no matter: %s', async (_, left) => {
    const rig = await halfPlayed();
    const known = rig.log.committed(GROUP);
    expect(await rig.live(withCommitted(rig, () => Promise.resolve(left(known))))).toEqual({ kind: 'drained' });
    expect(rig.published()).toEqual((await undisturbed()).published());
  });
});

describe('records that are gone', () => {
  it('are refused when they expired unread', async () => {
    const rig = await halfPlayed();
    const partition = `${HEADER}/0`;
    rig.log.expire(partition, rig.log.end(partition));
    const end = await rig.live();
    expect(end).toMatchObject({ kind: 'refused', code: 'OFFSETS_LOST' });
    expect(end).toHaveProperty('text', expect.stringContaining('Going on would lose orders'));
  });

  it('are refused when the partition ends before what was read', async () => {
    const rig = await played();
    const { source } = rig.ports();
    const bounds = async () =>
      new Map([...(await source.bounds())].map(([name, { first, end }]) => [name, { first, end: end - 1 }]));
    expect(await rig.live({ ...rig.ports(), source: replaced(source, { bounds }) })).toMatchObject({
      kind: 'refused',
      code: 'OFFSETS_LOST',
    });
  });
});

describe('the progress', () => {
  it('is read as it was written', async () => {
    const progress = newestProgress(await played());
    expect(progress.digest).toBe(rules.digest);
    expect(progress.offsets.size).toBeGreaterThan(5);
    expect(decodeProgress(encodeProgress(progress))).toEqual(progress);
  });

  it('keeps offsets of any partitions, in any order, of topics with any name', async () => {
    const progress = newestProgress(await played());
    const offsets = new Map([
      ['b/2', 7],
      ['a.b/0', 0],
      ['b/0', 3],
      ['constructor/1', 5],
      ['toString/0', 1],
    ]);
    expect(decodeProgress(encodeProgress({ ...progress, offsets })).offsets).toEqual(offsets);
  });

  it('numbers Kafka transactions one after the other, over restarts too', async () => {
    const rig = await halfPlayed();
    rig.store.clear();
    await rig.live();
    const numbers = rig.log
      .records(`${rig.settings().topics.progress}/0`)
      .flatMap(({ key, value }) => (key === 'progress' ? [decodeProgress(value ?? '').commit] : []));
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    expect(numbers.length).toBeGreaterThan(1);
  });
});
