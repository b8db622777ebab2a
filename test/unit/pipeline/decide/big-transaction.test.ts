/** One source transaction that touches more aggregates than a draft holds (SPEC T6): several Kafka transactions, decided once. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { decodeProgress } from '../../../../src/pipeline/progress/progress.js';
import { readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { retailerRules, Rig } from '../../../support/rig.js';

/** 2,000 lines changed in one transaction, 500 written in another. */
const records = readRecording('postgres/12-bulk');
const CHANGE_SETS_MAX = 6;
const settings = { limits: { transactionsMax: 8, rowsMax: 10_000, changeSetsMax: CHANGE_SETS_MAX } };
let rules: LoadedRules;
let whole: Rig;
beforeAll(async () => {
  rules = await retailerRules();
  whole = new Rig(records, { rules });
  await whole.live();
});

describe('T6: a source transaction over several Kafka transactions', () => {
  it('is decided like one in a single Kafka transaction', async () => {
    const rig = new Rig(records, { rules, settings });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(rig.told.filter(({ kind }) => kind === 'committed').length).toBeGreaterThan(
      whole.told.filter(({ kind }) => kind === 'committed').length,
    );
    expect(rig.decisions()).toEqual(whole.decisions());
    expect(rig.published()).toEqual(whole.published());
  });

  it('releases its offsets with the last of them', async () => {
    const rig = new Rig(records, { rules, settings });
    const ports = rig.ports();
    const seen: string[] = [];
    const { sink } = ports;
    const { topics } = rig.settings();
    const watched = replaced(sink, {
      commit: (commit: Parameters<typeof sink.commit>[0]) => {
        const progress = commit.records.find(({ key, topic }) => topic === topics.progress && key === 'progress');
        seen.push(decodeProgress(String(progress?.value)).frontiers['legacy']?.position ?? '');
        return sink.commit(commit);
      },
    });
    await rig.live({ ...ports, sink: watched });
    const repeated = seen.filter((position, i) => position === seen[i - 1]);
    expect(repeated.length).toBeGreaterThan(2);
    expect(seen).toEqual(seen.toSorted());
  });
});
