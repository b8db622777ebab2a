/** What a draft comes to: each cell once, entries that lead back to those before them, and none where nothing was decided. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { Commit } from '../../../../src/pipeline/ports.js';
import { journalEntry } from '../../../../src/pipeline/state/journal-entries.js';
import { clearing, withFault } from '../../../support/pipeline/faults.js';
import { readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { retailerRules, Rig, type RigPorts } from '../../../support/rig.js';
import { hdrRow, lineRow, readyRules, SmallSource } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const records = readRecording('postgres/02-interleaved');
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

waitsTakeNoTime();

/** Ports that note what is committed. */
function noting(rig: Rig): { readonly ports: RigPorts; readonly commits: Commit[] } {
  const commits: Commit[] = [];
  const ports = rig.ports();
  const commit = (one: Commit): Promise<number> => {
    commits.push(one);
    return ports.sink.commit(one);
  };
  return { ports: { ...ports, sink: replaced(ports.sink, { commit }) }, commits };
}

describe('a cell', () => {
  it('that several decisions of a draft write is written once, with the last text', async () => {
    const source = new SmallSource();
    for (let i = 0; i < 50; i += 1)
      source.transaction(hdrRow('1', i === 49 ? 'READY' : `S${i}`), lineRow('7', '1', `t${i}`));
    const rig = new Rig(source.records, { rules: readyRules() });
    const { ports, commits } = noting(rig);
    expect(await rig.live(ports)).toEqual({ kind: 'drained' });
    const { state } = rig.settings().topics;
    const drafts = commits.map((commit) => commit.records.filter(({ topic }) => topic === state).map(({ key }) => key));
    for (const keys of drafts) expect(new Set(keys).size).toBe(keys.length);
    expect(Math.max(...drafts.map((keys) => keys.length))).toBeLessThan(10);
    expect(rig.journal()).toHaveLength(50);
    expect(rig.states().get('order:1')?.rows).toMatchObject({
      'oms.hdr': { '1': { sts: 'READY' } },
      'oms.line': { '7': { txt: 't49' } },
    });
  });

  it('has the offset that was expected, in every Kafka transaction of a recording', async () => {
    const rig = new Rig(records, {
      rules,
      settings: { limits: { transactionsMax: 2, rowsMax: 1_000, changeSetsMax: 100 } },
    });
    const { ports, commits } = noting(rig);
    expect(await rig.live(ports)).toEqual({ kind: 'drained' });
    const { state, journal } = rig.settings().topics;
    for (const { records: all, bases } of commits) {
      const own = all.filter(({ topic }) => topic === state || topic === journal);
      expect(new Set(bases.keys())).toEqual(
        new Set(own.map(({ topic, key, place }) => `${topic}/${rig.log.partitionOf(topic, place ?? key)}`)),
      );
    }
    expect(commits.length).toBeGreaterThan(10);
  });
});

/** The entries of each partition with their offsets. */
const entries = (rig: Rig) =>
  rig.log
    .partitionsOf(rig.settings().topics.journal)
    .map((partition) =>
      rig.log
        .records(partition)
        .map(({ offset, key, value }) => ({ offset, key: key ?? '', previous: journalEntry(value ?? '').previous })),
    );

/** Each entry names the sixteen before it of the same aggregate, newest first. @returns how many names there are. */
function expectChained(rig: Rig): number {
  let count = 0;
  for (const ofPartition of entries(rig)) {
    const known = new Map<string, number[]>();
    for (const { offset, key, previous } of ofPartition) {
      const before = known.get(key) ?? [];
      expect(previous, `${key} at ${offset}`).toEqual(before.slice(0, 16));
      known.set(key, [offset, ...before]);
      count += previous.length;
    }
  }
  return count;
}

describe('a journal entry names those before it', () => {
  it('by the offsets that they really have', async () => {
    const rig = new Rig(records, {
      rules,
      settings: { limits: { transactionsMax: 3, rowsMax: 1_000, changeSetsMax: 100 } },
    });
    await rig.live();
    expect(expectChained(rig)).toBeGreaterThan(10);
  });

  it('sixteen at most', async () => {
    const source = new SmallSource();
    for (let i = 0; i < 40; i += 1) source.transaction(hdrRow('1', `S${i}`));
    const rig = new Rig(source.records, {
      rules: readyRules(),
      settings: { limits: { transactionsMax: 7, rowsMax: 1_000, changeSetsMax: 100 } },
    });
    await rig.live();
    expect(expectChained(rig)).toBe((15 * 16) / 2 + (40 - 16) * 16 + 0);
    expect(rig.states().get('order:1')?.journal).toHaveLength(16);
  });

  it.each([
    'process ends before the call',
    'process ends after the call',
    'answer is lost',
    'call fails without effect',
  ] as const)('also when the %s, at any call, and the store is empty afterwards', async (fault) => {
    const settings = { limits: { transactionsMax: 8, rowsMax: 1_000, changeSetsMax: 100 } };
    const undisturbed = new Rig(records, { rules, settings });
    await undisturbed.live();
    const expected = expectChained(undisturbed);
    for (let call = 6; ; call += 7) {
      const rig = new Rig(records, { rules, settings });
      const { calls, ...ports } = withFault(rig.ports(), { call, fault }, clearing(rig.store));
      await rig.live(ports);
      rig.store.clear();
      expect(await rig.live()).toEqual({ kind: 'drained' });
      expect(expectChained(rig)).toBe(expected);
      if (calls.length < call) break;
    }
  });
});

describe('rows of a snapshot that only set a state', () => {
  it('make no entry, and are stored', async () => {
    const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules });
    await rig.live();
    const baselines = rig.told.flatMap((event) =>
      event.kind === 'decided' && event.entry.outcome === 'baseline' ? [event.entry] : [],
    );
    expect(baselines.length).toBeGreaterThan(0);
    expect(rig.journal().filter(({ outcome, verdicts }) => outcome === 'baseline' && verdicts.length === 0)).toEqual(
      [],
    );
    for (const { aggregate, id } of baselines) expect(rig.states().has(`${aggregate}:${id}`)).toBe(true);
  });
});
