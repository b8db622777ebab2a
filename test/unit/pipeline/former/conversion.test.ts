/** Pipelines that the version before left go on in this one: nothing twice, nothing lost, and broken off anywhere. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { aggregateRef } from '../../../../src/domain/state/aggregate-state.js';
import { LOOKUP_AGGREGATE } from '../../../../src/domain/tables/feed.js';
import { ROWS } from '../../../../src/pipeline/state/cells.js';
import {
  converted,
  type Former,
  FORMER_NAMES,
  formerPipeline,
  rulesOfFormer,
} from '../../../support/pipeline/former.js';
import { newestProgress } from '../../../support/pipeline/progress.js';
import { replaced } from '../../../support/replaced.js';
import { GROUP, type PublishedRecord, retailerRules, Rig } from '../../../support/rig.js';

type Rules = Awaited<ReturnType<typeof rulesOfFormer>>;

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

/** A pipeline of this version over all of the recording. */
async function wholeRun({ records }: Former, its: Rules): Promise<Rig> {
  const rig = new Rig(records, { rules: its });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

async function goesOn({ rig, rest }: Former): Promise<void> {
  rig.play(rest);
  expect(await rig.live()).toEqual({ kind: 'drained' });
}

const withoutNumber = ({ value, headers, ...record }: PublishedRecord): unknown => ({
  ...record,
  value: { ...value, sequence: null },
  headers: { ...headers, ce_ordersequence: null },
});

const contractOf = ({ key, value }: PublishedRecord): string =>
  `${key} ${String(value['eventType'])}.v${String(value['schemaVersion'])}`;

/** Under each contract that the version before published for an order, numbers go on behind all events of that order; others begin at 1. */
function expectNumbers(published: readonly PublishedRecord[], before: readonly PublishedRecord[]): void {
  const counts = new Map<string, number>();
  for (const { key } of before) counts.set(key, (counts.get(key) ?? 0) + 1);
  const last = new Map<string, number>();
  for (const record of before) last.set(contractOf(record), counts.get(record.key) ?? 0);
  const isBefore = new Set(before.map(({ value }) => value['eventId']));
  for (const record of published) {
    if (isBefore.has(record.value['eventId'])) continue;
    const number = (last.get(contractOf(record)) ?? 0) + 1;
    expect(record.value['sequence'], contractOf(record)).toBe(number);
    expect(Number(record.headers['ce_ordersequence'])).toBe(number);
    last.set(contractOf(record), number);
  }
}

/** But for numbers of events, and for places in the journal; of lookup tables the rows that are there, because they had one position for all. */
const plainStates = (rig: Rig): Record<string, unknown> =>
  Object.fromEntries(
    [...rig.states()].flatMap(([key, state]): [string, unknown][] => {
      if (aggregateRef(key).aggregate === LOOKUP_AGGREGATE)
        return Object.keys(state.rows).length === 0 ? [] : [[key, state.rows]];
      const plain = {
        ...{ ...state, journal: null },
        sequences: Object.keys(state.sequences).sort(),
        fired: Object.entries(state.fired).map(plainFired).sort(),
      };
      return [[key, plain]];
    }),
  );

/** Each row of a lookup table becomes one. */
function countOf({ journal }: Former['fixture']): number {
  const newest = new Map(journal.flat().map(({ key, value }) => [key, value]));
  return [...newest].reduce((count, [key, value]) => {
    if (!key.startsWith('~lookup:')) return count + 1;
    const { state } = JSON.parse(value) as { state: { rows: Record<string, object> } };
    return count + Object.values(state.rows).reduce((sum, rows) => sum + Object.keys(rows).length, 0);
  }, 0);
}

const plainFired = ([fact, occurrences]: [string, Readonly<Record<string, number>>]): string =>
  JSON.stringify([fact, Object.entries(occurrences).map(([occurrence, first]) => [occurrence, first > 0])]);

describe.each(FORMER_NAMES)('%s', (name) => {
  let its: Rules;
  beforeAll(async () => {
    its = await rulesOfFormer(name);
  });

  it('goes on: the events of a run over all of it, but for their numbers, and the same states', async () => {
    const former = formerPipeline(name, its);
    const { rig, fixture } = former;
    const before = rig.published();
    expect(await converted(rig, its)).toMatchObject({ kind: 'converted', aggregates: countOf(fixture), leftovers: 0 });
    await goesOn(former);
    const whole = await wholeRun(former, its);
    expect(rig.published().map(withoutNumber)).toEqual(whole.published().map(withoutNumber));
    expectNumbers(rig.published(), before);
    expect(rig.parked()).toEqual(whole.parked());
    expect(plainStates(rig)).toEqual(plainStates(whole));
    expect(rig.stored().get(ROWS)).toEqual(whole.stored().get(ROWS));
  });

  it('reads again nothing: the progress is that of the version before', async () => {
    const { rig, fixture } = formerPipeline(name, its);
    await converted(rig, its);
    const progress = newestProgress(rig);
    expect(progress.commit).toBe(1);
    expect(Object.fromEntries(progress.offsets)).toEqual(fixture.committed.offsets);
    const published = rig.published();
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(rig.published()).toEqual(published);
  });
});

/** Cells of a pipeline by hash and field: what a conversion comes to. */
async function convertedAtOnce(name: string): Promise<ReturnType<Rig['stored']>> {
  const { rig } = formerPipeline(name, rules);
  await converted(rig, rules);
  return rig.stored();
}

/** Ends at the commit with this number, before it is made, or after it is and before that is known. */
function endingAt(rig: Rig, number: number, isMade: boolean): ReturnType<Rig['ports']>['sink'] {
  const { sink } = rig.ports();
  let commits = 0;
  return replaced(sink, {
    commit: async (commit) => {
      commits += 1;
      if (commits < number) return sink.commit(commit);
      if (isMade) await sink.commit(commit);
      throw new Error('ended');
    },
  });
}

describe('broken off', () => {
  const RECORDS_MAX = 40;

  it.each(['before a commit is made', 'after it is made'])('at any place, %s, it is run again', async (when) => {
    const isMade = when.startsWith('after');
    const expected = await convertedAtOnce('poison');
    for (let number = 1, isDone = false; !isDone; number += 1) {
      const { rig } = formerPipeline('poison', rules);
      const sink = endingAt(rig, number, isMade);
      isDone = await converted(rig, rules, { sink, recordsMax: RECORDS_MAX }).then(
        () => true,
        () => false,
      );
      if (number === 1) expect(isDone).toBe(false);
      const again = await converted(rig, rules, { recordsMax: RECORDS_MAX });
      const hasCounted = [...rig.log.committed(GROUP).values()].some(({ metadata }) => metadata === 'commit 1');
      expect(hasCounted).toBe(true);
      expect(['converted', 'before']).toContain(again.kind);
      expect(rig.stored()).toEqual(expected);
      if (isDone) expect(number).toBeGreaterThan(3);
    }
  });

  it('twice, and gone on with the version before in between: what is gone since leaves nothing', async () => {
    const former = formerPipeline('lifecycle', rules);
    const { rig } = former;
    await expect(converted(rig, rules, { sink: endingAt(rig, 3, true), recordsMax: RECORDS_MAX })).rejects.toThrow();
    const { topics } = rig.settings();
    const { sink } = rig.ports();
    await sink.fence();
    const stale = { topic: topics.state, key: '["order:gone","rtable\\tkey"]', value: '["x"]', place: 'gone' };
    await sink.commit({ records: [stale], offsets: new Map(), metadata: '', bases: new Map() });
    await expect(converted(rig, rules, { sink: endingAt(rig, 2, true), recordsMax: RECORDS_MAX })).rejects.toThrow();
    expect(await converted(rig, rules, { recordsMax: RECORDS_MAX })).toMatchObject({ kind: 'converted' });
    expect(rig.stored()).toEqual(await convertedAtOnce('lifecycle'));
    await goesOn(former);
  });

  it('a start before it is run again is refused, and says which command is missing', async () => {
    const { rig } = formerPipeline('lifecycle', rules);
    await expect(converted(rig, rules, { sink: endingAt(rig, 2, true), recordsMax: RECORDS_MAX })).rejects.toThrow();
    expect(await rig.live()).toMatchObject({ kind: 'refused', code: 'STATE_FORMER' });
  });
});

describe('run again after it is done', () => {
  it('does nothing, also when the pipeline went on', async () => {
    const former = formerPipeline('lifecycle', rules);
    const { rig } = former;
    await converted(rig, rules);
    const stored = rig.stored();
    expect(await converted(rig, rules)).toEqual({ kind: 'before', commit: 1 });
    expect(rig.stored()).toEqual(stored);
    await goesOn(former);
    const { commit } = newestProgress(rig);
    expect(commit).toBeGreaterThan(1);
    expect(await converted(rig, rules)).toEqual({ kind: 'before', commit });
  });
});

describe('a journal', () => {
  it('of which compaction left the newest record of each aggregate gives the same', async () => {
    const { rig } = formerPipeline('lifecycle', rules, (fixture) => ({
      ...fixture,
      journal: fixture.journal.map((records) =>
        records.filter(({ key }, i) => records.findLastIndex((r) => r.key === key) === i),
      ),
    }));
    await converted(rig, rules);
    expect(rig.stored()).toEqual(await convertedAtOnce('lifecycle'));
  });

  it('stays as it is', async () => {
    const { rig, fixture } = formerPipeline('lifecycle', rules);
    await converted(rig, rules);
    const { journal } = rig.settings().topics;
    const left = rig.log.partitionsOf(journal).map((partition) => rig.log.records(partition));
    expect(left).toMatchObject(fixture.journal);
  });
});
