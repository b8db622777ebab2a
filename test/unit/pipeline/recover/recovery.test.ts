/** From assignment to reading: the order of calls (SPEC T4), cells copied instead of decisions made (T5), and which store is built upon. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { WHOLE } from '../../../../src/domain/shard.js';
import type { Ends, Marker, Sink, StateStore } from '../../../../src/pipeline/ports.js';
import { MARKER_AGE_MAX_MS, recover } from '../../../../src/pipeline/recover/recovery.js';
import { decodeMarker, encodeMarker, type MarkerContent } from '../../../../src/pipeline/state/marker.js';
import { clearing, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { retailerRules, Rig, type RigOptions } from '../../../support/rig.js';
import { hashesInStore } from '../../../support/stored.js';

const records = readRecording('postgres/01-lifecycle');
const settings = { limits: { transactionsMax: 8, rowsMax: 10_000, changeSetsMax: 1_000 } };
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

async function played(options: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = new Rig(records, { rules, settings, ...options });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

/** The store holds what the state topic says, and nothing else. */
async function expectWhole(rig: Rig): Promise<void> {
  const topic = rig.stored();
  expect(topic.size).toBeGreaterThan(5);
  expect(await hashesInStore(rig.store, topic.keys())).toEqual(topic);
}

const restored = (rig: Rig) => rig.told.filter(({ kind }) => kind === 'restored');

const marker = async (rig: Rig): Promise<Marker> => (await rig.store.marker()) ?? '';

const change = async (rig: Rig, changed: (content: MarkerContent) => MarkerContent): Promise<void> => {
  const now = await marker(rig);
  await rig.store.save(now, encodeMarker(changed(decodeMarker(now))), []);
};

describe('T4: before a task reads', () => {
  it('it fences, then looks for progress, then for what there is, and then brings the store forward', async () => {
    const rig = await played();
    rig.store.clear();
    const { calls, ...ports } = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
    await rig.live(ports);
    expect(calls.slice(0, 2)).toEqual(['fence', 'progress']);
    expect(new Set(calls.slice(2, 5))).toEqual(new Set(['begins', 'ends', 'marker']));
    const rest = calls.filter((name) => !['read', 'walk', 'copy'].includes(name)).slice(5);
    expect(rest.slice(0, 4)).toEqual(['committed', 'beginRestore', 'endRestore', 'scanFields']);
    expect(calls.lastIndexOf('copy')).toBeLessThan(calls.indexOf('endRestore'));
  });

  it('nothing is copied when the store stands where the state topic ends', async () => {
    const rig = await played();
    const { calls, ...ports } = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
    await rig.live(ports);
    expect(calls).not.toContain('beginRestore');
    expect(restored(rig)).toHaveLength(1); // of the first start, when there was nothing
  });
});

describe('T5: the store is copied out of the state topic', () => {
  it('whole when the marker is missing', async () => {
    const rig = await played();
    rig.store.clear();
    await rig.live();
    await expectWhole(rig);
    const aggregates = [...rig.states().keys()];
    expect(restored(rig).at(-1)).toMatchObject({
      whole: true,
      states: expect.toSatisfy((n: number) => n >= aggregates.length) as number,
    });
  });

  it('from the marker on when it is behind', async () => {
    const rig = new Rig(records, { rules, settings });
    const undisturbed = new Rig(records, { rules, settings });
    const watched = withFault(undisturbed.ports(), NO_FAULT, () => undefined);
    await undisturbed.live(watched);
    const lastSave = watched.calls.lastIndexOf('save') + 1;
    await rig.live(withFault(rig.ports(), { call: lastSave, fault: 'process ends before the call' }, () => undefined));
    await rig.live();
    const last = restored(rig).at(-1);
    expect(last).toMatchObject({ whole: false });
    expect(last).toHaveProperty(
      'states',
      expect.toSatisfy((n: number) => n > 0 && n < rig.states().size),
    );
    await expectWhole(rig);
    expect(rig.stored()).toEqual(undisturbed.stored());
  });

  it('without asking any rule', async () => {
    const rig = await played();
    const before = rig.stored();
    rig.store.clear();
    const withoutFacts = { ...rules.rules, aggregates: new Map(), contracts: [], topics: [] };
    const named = [...rules.rules.aggregates.values()].flatMap(({ name, facts }) => [
      name,
      ...facts.map((f) => f.name),
    ]);
    const settings = { ...rig.settings(), rules: withoutFacts, acceptedNames: new Set(named) };
    expect(await rig.live(rig.ports(), settings)).toEqual({ kind: 'drained' });
    expect(rig.stored()).toEqual(before);
    await expectWhole(rig);
  });

  it('on from where it was, when a restore was broken off', async () => {
    const rig = await played();
    rig.store.clear();
    const watched = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
    await rig.live(watched);
    rig.store.clear();
    const lastCopy = watched.calls.lastIndexOf('copy') + 1;
    await rig.live(withFault(rig.ports(), { call: lastCopy, fault: 'process ends before the call' }, () => undefined));
    const broken = await marker(rig);
    expect(decodeMarker(broken)).toMatchObject({ restoring: true, state: [0, 0] });
    const begun: Marker[] = [];
    const { store } = rig.ports();
    const beginRestore: StateStore['beginRestore'] = (expected, next, from) => {
      begun.push(next);
      return store.beginRestore(expected, next, from);
    };
    const { calls, ...ports } = withFault(
      { ...rig.ports(), store: replaced(store, { beginRestore }) },
      NO_FAULT,
      () => undefined,
    );
    expect(await rig.live(ports)).toEqual({ kind: 'drained' });
    expect(begun).toEqual([broken]);
    const copies = (all: readonly string[]): number => all.filter((name) => name === 'copy').length;
    expect(copies(calls)).toBeLessThan(copies(watched.calls));
    await expectWhole(rig);
  });

  it('again from where a write in parts began, when it was broken off', async () => {
    const rig = await played();
    const end = rig.stored();
    const progress = decodeMarker(await marker(rig));
    // The last part of the last write is missing: what it would have removed is there still, what it would have written is not.
    const [hash, fields] = [...end].find(([name]) => name.startsWith('order:'))!;
    const cells = [
      { hash, field: [...fields.keys()].at(-1)!, value: null },
      { hash: 'order:of-an-earlier-write', field: '', value: null },
    ];
    const behind = encodeMarker({ ...progress, commit: progress.commit - 1, state: [0, 0], part: 3 });
    await rig.store.save(await marker(rig), behind, cells);
    await rig.live();
    await expectWhole(rig);
    expect(restored(rig).at(-1)).toMatchObject({ whole: false });
    expect(decodeMarker(await marker(rig)).part).toBeUndefined();
  });
});

describe('T5: tombstones do not last for ever, so a store', () => {
  const STRAY = { hash: 'order:4711', field: 'roms.ord_line\t1', value: '["AAAAA",1]' };

  /** A store that stopped before the end, at time 0, and has a row whose tombstone may have gone since. */
  async function behindAt(nowMs: number): Promise<Rig> {
    const former = await played({ nowMs: 0 });
    const now = await marker(former);
    const content = decodeMarker(now);
    await former.store.save(now, encodeMarker({ ...content, commit: content.commit - 1, timeMs: 0, state: [0, 0] }), [
      STRAY,
    ]);
    const rig = new Rig(records, { rules, settings, nowMs });
    rig.goOnFrom(former);
    expect(await rig.live()).toEqual({ kind: 'drained' });
    return rig;
  }

  it('of fifteen days is built upon', async () => {
    const rig = await behindAt(MARKER_AGE_MAX_MS);
    expect(restored(rig)).toMatchObject([{ whole: false }]);
    expect((await hashesInStore(rig.store)).get(STRAY.hash)).toBeDefined();
  });

  it('that is older is cleared and restored whole', async () => {
    const rig = await behindAt(MARKER_AGE_MAX_MS + 1);
    expect(restored(rig)).toMatchObject([{ whole: true }]);
    await expectWhole(rig);
  });

  it('that has everything is never copied, however old it is', async () => {
    const former = await played({ nowMs: 0 });
    const rig = new Rig(records, { rules, settings, nowMs: 100 * MARKER_AGE_MAX_MS });
    rig.goOnFrom(former);
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(restored(rig)).toEqual([]);
    await expectWhole(rig);
  });

  it('of the future too', async () => {
    const rig = await behindAt(-MARKER_AGE_MAX_MS - 1);
    expect(restored(rig)).toMatchObject([{ whole: true }]);
  });
});

describe('T5: a store that follows another state topic is refused', () => {
  it.each<[string, (content: MarkerContent) => MarkerContent]>([
    ['of another cluster', (content) => ({ ...content, cluster: 'elsewhere' })],
    ['that was longer', (content) => ({ ...content, state: content.state.map((offset) => offset + 1) })],
    ['with more Kafka transactions', (content) => ({ ...content, commit: content.commit + 1 })],
    ['with another number of partitions', (content) => ({ ...content, state: content.state.slice(1) })],
    ['while it is restored', (content) => ({ ...content, cluster: 'elsewhere', restoring: true })],
  ])('%s', async (_, changed) => {
    const rig = await played();
    const published = rig.published().length;
    await change(rig, changed);
    const end = await rig.live();
    expect(end).toMatchObject({ kind: 'refused', code: 'MARKER_AHEAD' });
    expect(end).toHaveProperty('text', expect.stringContaining('delete the keys of this pipeline to rebuild them'));
    expect(rig.published()).toHaveLength(published);
  });

  it.each(['17', '{}', '{"v":1,"cluster":"memory","journal":[0,0]}'])(
    'and so is a marker that is not ours: %s',
    async (text) => {
      const rig = await played();
      await rig.store.save(await marker(rig), text, []);
      expect(await rig.live()).toMatchObject({ kind: 'refused', code: 'REDIS_UNSUITABLE' });
    },
  );
});

describe('T8: what a writer read before it was fenced', () => {
  it('is no reason to refuse: it looks again', async () => {
    const rig = new Rig(records, { rules, settings });
    const { sink } = rig.ports();
    const progress: Sink['progress'] = async () => {
      const answer = await sink.progress();
      // Stopped here, while another owner does all the work.
      if (rig.published().length === 0) expect(await rig.live()).toEqual({ kind: 'drained' });
      return answer;
    };
    const ports = { ...rig.ports(), sink: replaced(sink, { progress }) };
    expect(await rig.live(ports)).toEqual({ kind: 'drained' });
    expect(rig.published()).toEqual((await played()).published());
    const failures = rig.told.flatMap((event) => (event.kind === 'failed' ? [event.code] : []));
    expect(failures).toEqual(['COMMIT_UNCERTAIN']);
  });
});

it('goes on behind Kafka transactions that were aborted: they leave offsets and no records', async () => {
  const rig = await played();
  const { sink, store } = rig.ports();
  const now = await sink.ends();
  const ends: Ends = { state: now.state.map((offset) => offset + 7), journal: now.journal.map((offset) => offset + 3) };
  const recovered = await recover({
    ...{
      store,
      rules: rules.rules,
      qualifier: null,
      shard: WHOLE,
      clock: { nowMs: () => 0 },
      observe: () => undefined,
    },
    sink: replaced(sink, { ends: () => Promise.resolve(ends) }),
  });
  expect(recovered?.ends).toEqual(ends);
  expect(decodeMarker(recovered?.marker ?? '').state).toEqual(ends.state);
  await expectWhole(rig);
});
