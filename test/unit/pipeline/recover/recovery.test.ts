/** From assignment to reading: the order of calls (SPEC T4), copies instead of decisions (T5), and what is refused (T5, T8). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { touchedRows } from '../../../../src/changeset/owners.js';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { copyJournal } from '../../../../src/pipeline/recover/copying.js';
import { recover } from '../../../../src/pipeline/recover/recovery.js';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import { decodeMarker, encodeMarker } from '../../../../src/pipeline/state/marker.js';
import type { Committed, Sink } from '../../../../src/pipeline/ports.js';
import { decodeProgress, encodeProgress } from '../../../../src/pipeline/state/progress.js';
import { clearing, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { retailerRules, Rig } from '../../../support/rig.js';

const records = readRecording('postgres/01-lifecycle');
const GROUP = 'dragoman.orders';
const settings = { limits: { transactionsMax: 8, rowsMax: 10_000, changeSetsMax: 1_000 } };
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

async function played(): Promise<Rig> {
  const rig = new Rig(records, { rules, settings });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

/** Every state in the store, by aggregate. */
async function stored(rig: Rig): Promise<Record<string, string | null>> {
  const keys = [...new Set(rig.journal().map(({ aggregate, id }) => `${aggregate}:${id}`))].sort();
  const texts = await rig.store.loadStates((await rig.store.marker()) ?? '', keys);
  return Object.fromEntries(keys.map((key, i) => [key, texts[i] ?? null]));
}

/** States as the journal has them: the last entry of each aggregate. */
const journalled = (rig: Rig): Record<string, unknown> =>
  Object.fromEntries(
    rig.journal().map(({ aggregate, id, state }) => [`${aggregate}:${id}`, JSON.parse(JSON.stringify(state))]),
  );

describe('T4: before a task reads', () => {
  it('it fences, then reads the committed offsets, then the marker, then brings the store forward', async () => {
    const rig = await played();
    rig.store.clear();
    const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
    await rig.live(ports);
    const [first, second, ...rest] = ports.calls;
    expect([first, second]).toEqual(['fence', 'committed']);
    expect(new Set(rest.slice(0, 2))).toEqual(new Set(['journalEnd', 'marker']));
    expect(rest.slice(2).filter((name) => name !== 'readJournal' && name !== 'save')).toEqual(['parked']);
    expect(rest.lastIndexOf('save')).toBeLessThan(rest.indexOf('parked'));
  });
});

describe('T5: the store is copied out of the journal', () => {
  it('whole when the marker is missing', async () => {
    const rig = await played();
    const before = await stored(rig);
    rig.store.clear();
    await rig.live();
    expect(await stored(rig)).toEqual(before);
    expect(rig.told.findLast(({ kind }) => kind === 'restored')).toMatchObject({
      whole: true,
      states: Object.keys(before).length,
    });
    for (const [key, state] of Object.entries(journalled(rig)))
      expect(JSON.parse(before[key] ?? 'null')).toEqual(state);
  });

  it('from the marker on when it is behind', async () => {
    const rig = new Rig(records, { rules, settings });
    const undisturbed = withFault(new Rig(records, { rules, settings }).ports(), NO_FAULT, () => undefined);
    await new Rig(records, { rules, settings }).live(undisturbed);
    const lastSave = undisturbed.calls.lastIndexOf('save') + 1;
    await rig.live(withFault(rig.ports(), { call: lastSave, fault: 'process ends before the call' }, () => undefined));
    await rig.live();
    const restored = rig.told.findLast(({ kind }) => kind === 'restored');
    expect(restored).toMatchObject({ whole: false });
    expect(restored).toHaveProperty(
      'states',
      expect.toSatisfy((n: number) => n > 0 && n < rig.journal().length / 2),
    );
    expect(await stored(rig)).toEqual(await stored(await played()));
  });

  it('without asking any rule', async () => {
    const rig = await played();
    const before = await stored(rig);
    rig.store.clear();
    const withoutFacts = { ...rules.rules, aggregates: new Map(), contracts: [], topics: [] };
    const named = [...rules.rules.aggregates.values()].flatMap(({ name, facts }) => [
      name,
      ...facts.map((f) => f.name),
    ]);
    const settings = { ...rig.settings(), rules: withoutFacts, acceptedNames: new Set(named) };
    expect(await rig.live(rig.ports(), settings)).toEqual({ kind: 'drained' });
    expect(await stored(rig)).toEqual(before);
  });
});

describe('T5: a journal that is handed over with an older record behind a newer one', () => {
  it('is not copied: the store never says that it is complete, and nothing is published twice', async () => {
    const rig = await played();
    const events = rig.published().length;
    rig.store.clear();
    const { sink } = rig.ports();
    async function* twice(from: readonly number[], to: readonly number[]): ReturnType<Sink['readJournal']> {
      for await (const chunk of sink.readJournal(from, to)) yield chunk;
      for await (const chunk of sink.readJournal(from, to)) yield chunk.slice(0, 1);
    }
    await expect(
      recover({
        ...rig.ports(),
        ...{ rules: rules.rules, qualifier: null },
        clock: { nowMs: () => 0 },
        observe: () => undefined,
        sink: replaced(rig.ports().sink, { readJournal: twice }),
      }),
    ).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
    expect(await rig.store.marker()).not.toBe(
      encodeMarker({ cluster: sink.clusterId, journal: await sink.journalEnd() }),
    );
    await rig.live();
    expect(rig.published()).toHaveLength(events);
    for (const [key, state] of Object.entries(journalled(rig)))
      expect(JSON.parse((await stored(rig))[key] ?? 'null')).toEqual(state);
  });
});

describe('T5: the row index is copied too', () => {
  it.each([
    ['out of memory for a short piece of journal', Infinity],
    ['out of the states in the store for a long one', 0],
  ])('%s', async (_, indexInMemoryMax) => {
    const rig = await played();
    const marker = (await rig.store.marker()) ?? '';
    const rows = [...new Set(rig.journal().flatMap((entry) => touchedRows(entry, rules.rules)))];
    expect(rows.length).toBeGreaterThan(5);
    const owners = await rig.store.loadOwners(marker, rows);
    const copy = new MemoryStore();
    const { sink } = rig.ports();
    const to = await sink.journalEnd();
    const ports = { sink, store: copy, rules: rules.rules, clock: { nowMs: () => 0 }, observe: () => undefined };
    const plan = { from: to.map(() => 0), to, current: null, target: marker, whole: true };
    await copyJournal(ports, plan, indexInMemoryMax);
    expect(await copy.loadOwners(marker, rows)).toEqual(owners);
    expect(await copy.parked()).toEqual(await rig.store.parked());
  });

  it('also when the store was somewhere before, with rows that have gone to others since', async () => {
    const rig = await played();
    const marker = (await rig.store.marker()) ?? '';
    const rows = [...new Set(rig.journal().flatMap((entry) => touchedRows(entry, rules.rules)))];
    const owners = await rig.store.loadOwners(marker, rows);
    const stale = new MemoryStore();
    const nowhere = encodeMarker({ cluster: 'memory', journal: [0, 0] });
    const elsewhere = new Map(rows.map((row) => [row, 'order:0']));
    await stale.save(null, nowhere, { states: new Map(), owners: elsewhere, parked: new Map() });
    const { sink } = rig.ports();
    const ports = { sink, store: stale, rules: rules.rules, clock: { nowMs: () => 0 }, observe: () => undefined };
    const plan = { from: [0, 0], to: await sink.journalEnd(), current: nowhere, target: marker, whole: false };
    await copyJournal(ports, plan, 0);
    expect(await stale.loadOwners(marker, rows)).toEqual(owners);
  });

  it('and tells how far it is every two seconds', async () => {
    const rig = await played();
    const told: PipelineEvent[] = [];
    let nowMs = 0;
    const clock = { nowMs: () => (nowMs += 1_100) };
    const { sink } = rig.ports();
    const to = await sink.journalEnd();
    const ports = {
      sink,
      store: new MemoryStore(),
      rules: rules.rules,
      clock,
      observe: (e: PipelineEvent) => told.push(e),
    };
    await copyJournal(ports, { from: [0, 0], to, current: null, target: 'x', whole: true });
    const progress = told.filter(({ kind }) => kind === 'restoring');
    expect(progress.at(-1)).toMatchObject({ share: 1, leftSeconds: 0, whole: true });
    expect(progress.length).toBeGreaterThan(0);
  });
});

describe('T5: a store that follows another journal is refused', () => {
  it.each<[string, (marker: string) => string]>([
    ['of another cluster', (marker) => encodeMarker({ ...decodeMarker(marker), cluster: 'elsewhere' })],
    ['that was longer', (marker) => encodeMarker({ ...decodeMarker(marker), journal: [9_999, 9_999] })],
    ['with another number of partitions', (marker) => encodeMarker({ ...decodeMarker(marker), journal: [0] })],
  ])('%s', async (_, change) => {
    const rig = await played();
    const published = rig.published().length;
    const marker = (await rig.store.marker()) ?? '';
    await rig.store.save(marker, change(marker), { states: new Map(), owners: new Map(), parked: new Map() });
    const end = await rig.live();
    expect(end).toMatchObject({ kind: 'refused', code: 'MARKER_AHEAD' });
    expect(end).toHaveProperty('text', expect.stringContaining('delete the keys of this pipeline to rebuild them'));
    expect(rig.published()).toHaveLength(published);
  });

  it('and so is a marker that is not ours', async () => {
    const rig = await played();
    await rig.store.save(await rig.store.marker(), '17', { states: new Map(), owners: new Map(), parked: new Map() });
    expect(await rig.live()).toMatchObject({ kind: 'refused', code: 'REDIS_UNSUITABLE' });
  });
});

describe('T8: what a writer read before it was fenced', () => {
  it('is no reason to refuse: it looks again', async () => {
    const rig = new Rig(records, { rules, settings });
    const { sink } = rig.ports();
    const committed = async (): Promise<Committed> => {
      const answer = await sink.committed();
      // Stopped here, while another owner does all the work.
      if (rig.published().length === 0) expect(await rig.live()).toEqual({ kind: 'drained' });
      return answer;
    };
    const ports = { ...rig.ports(), sink: replaced(sink, { committed }) };
    expect(await rig.live(ports)).toEqual({ kind: 'drained' });
    expect(rig.published()).toEqual((await played()).published());
    const failures = rig.told.flatMap((event) => (event.kind === 'failed' ? [event.code] : []));
    expect(failures).toEqual(['COMMIT_UNCERTAIN']);
  });
});

describe('T8: records that are gone are refused, never skipped', () => {
  const commitOffsets = (rig: Rig, change: (offset: number) => number, metadata?: string): void => {
    const known = rig.log.committed(GROUP)!;
    const offsets = new Map([...known.offsets].map(([partition, offset]) => [partition, change(offset)]));
    rig.log.commit(GROUP, [], { offsets, metadata: metadata ?? known.metadata });
  };

  it('offsets after the end of their partition', async () => {
    const rig = await played();
    commitOffsets(rig, (offset) => offset + 1);
    const end = await rig.live();
    expect(end).toMatchObject({ kind: 'refused', code: 'OFFSETS_LOST' });
    expect(end).toHaveProperty('text', expect.stringContaining('Going on would lose orders'));
  });

  it('offsets before the beginning of their partition: records expired unread', async () => {
    const rig = await played();
    const { source } = rig.ports();
    const bounds = async () =>
      new Map(
        [...(await source.bounds())].map(([partition, { end }]) => [partition, { first: end + 5, end: end + 5 }]),
      );
    const ports = { ...rig.ports(), source: replaced(source, { bounds }) };
    expect(await rig.live(ports)).toMatchObject({ kind: 'refused', code: 'OFFSETS_LOST' });
  });

  it.each(['', '{}', 'set by a tool'])('offsets that somebody else committed, with metadata %j', async (metadata) => {
    const rig = await played();
    commitOffsets(rig, (offset) => offset, metadata);
    expect(await rig.live()).toMatchObject({ kind: 'refused', code: 'OFFSETS_LOST' });
  });

  it('a journal with decisions whose offsets are gone', async () => {
    const rig = await played();
    const sink = replaced(rig.ports().sink, { committed: () => Promise.resolve({ offsets: null, metadata: null }) });
    const end = await rig.live({ ...rig.ports(), sink });
    expect(end).toMatchObject({ kind: 'refused', code: 'OFFSETS_LOST' });
    expect(end).toHaveProperty('text', expect.stringContaining('would repeat every event'));
  });

  it.each<[string, readonly number[]]>([
    ['is empty again', [0, 0]],
    ['has another number of partitions', [500, 500, 0]],
  ])('a journal that %s', async (_, end) => {
    const rig = await played();
    rig.store.clear();
    const sink = replaced(rig.ports().sink, { journalEnd: () => Promise.resolve(end) });
    expect(await rig.live({ ...rig.ports(), sink })).toMatchObject({ kind: 'refused', code: 'JOURNAL_LOST' });
    expect(await rig.store.marker()).toBeNull();
  });
});

describe('what travels with the offsets', () => {
  it('is read as it was written', async () => {
    const rig = await played();
    const progress = decodeProgress(rig.log.committed(GROUP)?.metadata ?? '');
    expect(progress.digest).toBe(rules.digest);
    expect(decodeProgress(encodeProgress(progress))).toEqual(progress);
  });

  it('is refused when it is longer than Kafka allows', async () => {
    const rig = await played();
    const progress = decodeProgress(rig.log.committed(GROUP)?.metadata ?? '');
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`source-${i}`, progress.frontiers.legacy!]));
    expect(() => encodeProgress({ ...progress, frontiers: many })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
