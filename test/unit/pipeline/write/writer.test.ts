/** Reading, deciding and committing at the same time (SPEC T3): what is under way, what waits, and how a writer ends. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { DragomanError } from '../../../../src/errors.js';
import type { RawBatch, Sink, Source, StateStore } from '../../../../src/pipeline/ports.js';
import { envelopeOf, readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { retailerRules, Rig } from '../../../support/rig.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

const afterTurns = (turns: number): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(() => (turns <= 1 ? resolve() : void afterTurns(turns - 1).then(resolve)));
  });

/** A commit whose answer takes some turns of the event loop, as over a network. */
const slowCommits = (sink: Sink, turns: number): Sink =>
  replaced(sink, {
    commit: async (commit) => {
      await afterTurns(turns);
      return sink.commit(commit);
    },
  });

/** Gives the rows of one partition, all but the first, only after `isFree`. */
function heldBack(source: Source, partition: string, isFree: () => boolean): Source {
  let held: RawBatch | undefined;
  let isBegun = false;
  const take = (): RawBatch | undefined => {
    if (isBegun && !isFree()) return undefined;
    const batch = held ?? source.take(partition);
    held = undefined;
    const [first, ...others] = batch?.records ?? [];
    if (isBegun || batch === undefined || first === undefined) return batch;
    isBegun = true;
    held = { ...batch, records: others };
    return { ...batch, records: [first], nextOffset: first.offset + 1 };
  };
  return replaced(source, { take: (name) => (name === partition ? take() : source.take(name)) });
}

describe('while a commit is under way', () => {
  it('the event loop turns, though many transactions wait behind one that is incomplete', async () => {
    const records = readRecording('postgres/01-lifecycle');
    const rig = new Rig(records, {
      rules,
      settings: { limits: { transactionsMax: 2, rowsMax: 10_000, changeSetsMax: 1_000 } },
    });
    const ports = rig.ports();
    let commits = 0;
    const sink = slowCommits(ports.sink, 3);
    const counting = replaced<Sink>(sink, { commit: (c) => ((commits += 1), sink.commit(c)) });
    // Line rows come late, all but the snapshot's first: everything that needs them is incomplete while the first commits are under way.
    const source = heldBack(ports.source, 'legacy.oms.ord_line/1', () => commits > 0 && rig.published().length >= 0);
    expect(await rig.live({ ...ports, source, sink: counting })).toEqual({ kind: 'drained' });
    expect(rig.published()).toHaveLength(37);
  }, 10_000);

  it('the next drafts are decided in commit order and nothing is published before its turn', async () => {
    const rig = new Rig(readRecording('postgres/01-lifecycle'), {
      rules,
      settings: { limits: { transactionsMax: 1, rowsMax: 10_000, changeSetsMax: 1_000 } },
    });
    const ports = rig.ports();
    expect(await rig.live({ ...ports, sink: slowCommits(ports.sink, 2) })).toEqual({ kind: 'drained' });
    const positions = rig.published().map(({ value }) => Number(String(value.causationId).split(':')[2]));
    const perTopic = new Map<string, number[]>();
    rig.published().forEach(({ topic }, i) => perTopic.set(topic, [...(perTopic.get(topic) ?? []), positions[i] ?? 0]));
    for (const list of perTopic.values()) expect(list).toEqual([...list].sort((a, b) => a - b));
  });
});

describe('a writer that ends', () => {
  it('has no effect afterwards: the commit under way is awaited before the next life begins', async () => {
    const records = readRecording('postgres/01-lifecycle');
    const rig = new Rig(records, {
      rules,
      settings: { limits: { transactionsMax: 2, rowsMax: 10_000, changeSetsMax: 1_000 } },
    });
    const ports = rig.ports();
    const slow = slowCommits(ports.sink, 20);
    let underWay = 0;
    let fencedDuringCommit = false;
    const sink = replaced<Sink>(slow, {
      fence: () => {
        fencedDuringCommit ||= underWay > 0;
        return slow.fence();
      },
      commit: async (commit) => {
        underWay += 1;
        try {
          return await slow.commit(commit);
        } finally {
          underWay -= 1;
        }
      },
    });
    let failed = false;
    const store = replaced<StateStore>(ports.store, {
      load: (expected, hashes) => {
        if (underWay === 0 || failed) return ports.store.load(expected, hashes);
        failed = true;
        return Promise.reject(new DragomanError('MARKER_MOVED', 'as after a flush'));
      },
    });
    expect(await rig.live({ ...ports, sink, store })).toEqual({ kind: 'drained' });
    expect(failed).toBe(true);
    expect(fencedDuringCommit).toBe(false);
    expect(rig.published()).toHaveLength(37);
  });
});

describe('progress without decisions', () => {
  it('is committed with the next draft: offsets never go back', async () => {
    const records = readRecording('postgres/06-replay');
    const rig = new Rig(records, { rules });
    const ports = rig.ports();
    const seen: Map<string, number>[] = [];
    const sink = replaced<Sink>(ports.sink, {
      commit: (commit) => {
        seen.push(new Map(commit.offsets));
        return ports.sink.commit(commit);
      },
    });
    expect(await rig.live({ ...ports, sink })).toEqual({ kind: 'drained' });
    for (const [i, offsets] of seen.entries()) {
      for (const [partition, offset] of offsets)
        expect(offset).toBeGreaterThanOrEqual(seen[i - 1]?.get(partition) ?? 0);
    }
    expect(envelopeOf(records[0]!).op).toBe('r');
  });
});
