/**
 * Retention tears: it takes rows of a transaction from one topic, and the boundaries of another one. Where topics begin so, and nothing is
 * decided yet (`beginning: late`), what is left is learnt, and nobody has to decide over a transaction that no operator can complete.
 */
import { describe, expect, it } from 'vitest';
import { commandOf, outcomes } from '../../../support/pipeline/commands.js';
import { CutRecording, firstsOf, Offsets } from '../../../support/recorded/cut.js';
import type { RecordedRecord } from '../../../support/recordings.js';
import { type PublishedRecord, retailerRules, Rig } from '../../../support/rig.js';

const rules = await retailerRules();
const recording = new CutRecording('postgres/01-lifecycle');
const whole = new Rig(recording.between(0), {
  rules,
  source: { beginning: 'snapshot' },
  shapedBy: recording.between(0),
});
await whole.live();

const positionOf = ({ value }: PublishedRecord): bigint => BigInt(/\d+$/.exec(String(value.causationId))![0]);
const idsOf = (records: readonly PublishedRecord[]): string[] =>
  records.map(({ value }) => String(value.eventId)).sort();
const isBoundary = ({ topic }: RecordedRecord): boolean => topic.endsWith('.transaction');

const CUTS = [5, 10, 15, 20, 25, 30];
const LEARNT = 4;

/** Of the first transaction that is left. */
const TORN: Readonly<Record<string, (records: readonly RecordedRecord[]) => readonly RecordedRecord[]>> = {
  'its first rows': (records) => {
    const rows = records.filter((record) => !isBoundary(record));
    return rows.slice(0, Math.ceil(rows.length / 2));
  },
  'its boundaries': (records) => records.filter(isBoundary),
};

const known = commandOf({
  kind: 'tables.known',
  arguments: { source: 'legacy', tables: [...rules.rules.tables.keys()] },
});

describe.each(Object.entries(TORN))('a first transaction that has lost %s', (_, lose) => {
  it.each(CUTS)('is learnt as far as it is there (cut at END %i)', async (cut) => {
    const place = cut + LEARNT;
    const lost = new Set(lose(recording.between(cut, cut + 1)));
    const expired = [...recording.between(0, cut), ...lost];
    const offsets = new Offsets(firstsOf(expired));
    const left = recording.between(cut, place).filter((record) => !lost.has(record));
    const of = { rules, source: { beginning: 'late' }, shapedBy: recording.between(0) } as const;
    const rig = new Rig(offsets.append(left), { ...of, nowMs: recording.timeAt(place) });
    for (const [partition, first] of firstsOf(expired)) rig.log.expire(partition, first);
    expect(await rig.live()).toEqual({ kind: 'drained' });
    rig.play(offsets.append(recording.snapshotAt(place)));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    rig.command(known);
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(outcomes(rig)).toMatchObject([{ result: 'applied' }]);
    rig.play(offsets.append(recording.between(place)));
    expect(await rig.live()).toEqual({ kind: 'drained' });
    const beginning = BigInt(/\d+$/.exec(recording.positionAt(place))![0]);
    expect(idsOf(rig.published())).toEqual(idsOf(whole.published().filter((event) => positionOf(event) > beginning)));
  });
});

it('is held as ever where its partitions begin with their first record: then retention took nothing', async () => {
  const [cut, place] = [5, 9];
  const lost = new Set(TORN['its first rows']!(recording.between(cut, cut + 1)));
  const left = recording.between(cut, place).filter((record) => !lost.has(record));
  const rig = new Rig(new Offsets().append(left), {
    ...{ rules, source: { beginning: 'late' as const } },
    shapedBy: recording.between(0),
  });
  rig.command(known);
  await rig.live();
  expect(outcomes(rig)).toMatchObject([{ result: 'refused' }]);
});
