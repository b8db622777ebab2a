/** What a pipeline committed has to be there when it starts again; what is not is refused, never done without (SPEC T8). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { Ends } from '../../../../src/pipeline/ports.js';
import { cellRecord } from '../../../../src/pipeline/state/cells.js';
import { progressRecord } from '../../../../src/pipeline/state/records.js';
import { newestProgress, write, writeProgress } from '../../../support/pipeline/progress.js';
import { readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { retailerRules, Rig } from '../../../support/rig.js';

const records = readRecording('postgres/01-lifecycle');
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

async function played(): Promise<Rig> {
  const rig = new Rig(records, { rules });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

/** Refused before anything is published or touched in the store. */
async function expectRefused(rig: Rig, code: string, text: string, ports = rig.ports()): Promise<void> {
  const published = rig.published().length;
  const marker = await rig.store.marker();
  const end = await rig.live(ports);
  expect(end).toMatchObject({ kind: 'refused', code });
  expect(end).toHaveProperty('text', expect.stringContaining(text));
  expect(rig.published()).toHaveLength(published);
  expect(await rig.store.marker()).toBe(marker);
}

const withEnds = (rig: Rig, change: (ends: Ends) => Ends) => {
  const ports = rig.ports();
  const ends = async (): Promise<Ends> => change(await ports.sink.ends());
  return { ...ports, sink: replaced(ports.sink, { ends }) };
};

describe('the state topic', () => {
  it.each<[string, (state: readonly number[]) => readonly number[]]>([
    ['is empty again', (state) => state.map(() => 0)],
    ['is shorter by one in one partition', ([first = 0, ...rest]) => [first - 1, ...rest]],
    ['has a partition more', (state) => [...state, 0]],
    ['has a partition less', (state) => state.slice(1)],
  ])('that %s', async (_, change) => {
    const rig = await played();
    const ports = withEnds(rig, (ends) => ({ ...ends, state: change(ends.state) }));
    await expectRefused(rig, 'STATE_LOST', 'published events would be repeated', ports);
  });

  it('that begins later: retention, or a tool, deleted records of it', async () => {
    const rig = await played();
    rig.log.expire(`${rig.settings().topics.state}/1`, 1);
    rig.store.clear();
    await expectRefused(rig, 'STATE_LOST', 'Partition 1 of the state topic begins at offset 1');
  });
});

describe('the journal', () => {
  it.each<[string, (journal: readonly number[]) => readonly number[]]>([
    ['is empty again', (journal) => journal.map(() => 0)],
    ['has a partition more', (journal) => [...journal, 0]],
  ])('that %s', async (_, change) => {
    const rig = await played();
    const ports = withEnds(rig, (ends) => ({ ...ends, journal: change(ends.journal) }));
    await expectRefused(rig, 'JOURNAL_LOST', 'the history of decisions would be another', ports);
  });

  it('may begin later: its records are deleted by time', async () => {
    const rig = await played();
    const { journal } = rig.settings().topics;
    for (const partition of rig.log.partitionsOf(journal)) rig.log.expire(partition, rig.log.end(partition));
    expect(await rig.live()).toEqual({ kind: 'drained' });
  });
});

describe('the progress topic', () => {
  it('that is empty, and decisions are there', async () => {
    const rig = await played();
    const partition = `${rig.settings().topics.progress}/0`;
    rig.log.expire(partition, rig.log.end(partition));
    await expectRefused(rig, 'PROGRESS_LOST', 'its progress topic holds nothing');
    rig.store.clear();
    await expectRefused(rig, 'PROGRESS_LOST', 'Restore the progress topic, or start a new namespace');
  });

  it('that is empty, and only the journal is left of what was decided', async () => {
    const rig = await played();
    const { progress, state } = rig.settings().topics;
    rig.log.expire(`${progress}/0`, rig.log.end(`${progress}/0`));
    rig.log.createTopic(state, 2);
    rig.store.clear();
    const ports = withEnds(rig, (ends) => ({ ...ends, state: [0, 0] }));
    await expectRefused(rig, 'PROGRESS_LOST', 'The journal topic holds decisions', ports);
  });

  it.each(['state', 'journal'] as const)('that is older than a record of the %s topic', async (kind) => {
    const rig = await played();
    const { topics } = rig.settings();
    const { commit } = newestProgress(rig);
    if (kind === 'state') write(rig, cellRecord(topics.state, { hash: 'order:1', field: '', value: '{}' }));
    else write(rig, { topic: topics.journal, key: 'order:1', value: '{}', place: '1' });
    await expectRefused(rig, 'PROGRESS_LOST', `newer than the newest progress (number ${commit})`);
  });

  it.each(['{"v":3}', '17', 'null', 'no JSON', '{"v":2}'])('whose newest record says %s', async (text) => {
    const rig = await played();
    write(rig, progressRecord(rig.settings().topics, 'progress', text));
    await expectRefused(rig, 'PROGRESS_LOST', 'was not written by this version of Dragoman, or is damaged');
  });

  it('whose footprint is of an unknown version', async () => {
    const rig = await played();
    write(rig, progressRecord(rig.settings().topics, 'footprint', '{"v":7}'));
    await expectRefused(rig, 'PROGRESS_LOST', 'The footprint in the progress topic');
  });

  it('goes on, though an older record of it cannot be read: the newest one counts', async () => {
    const rig = await played();
    const before = newestProgress(rig);
    write(rig, progressRecord(rig.settings().topics, 'progress', 'no JSON'));
    write(
      rig,
      progressRecord(
        rig.settings().topics,
        'progress',
        rig.log.records(`${rig.settings().topics.progress}/0`).find(({ key }) => key === 'progress')?.value ?? '',
      ),
    );
    writeProgress(rig, () => before);
    expect(await rig.live()).toEqual({ kind: 'drained' });
  });
});
