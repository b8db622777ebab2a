/** A first start on topics whose snapshot expired or was never taken (decision 0009). */
import { describe, expect, it } from 'vitest';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import { commandOf, outcomes } from '../../../support/pipeline/commands.js';
import { CutRecording, firstsOf, Offsets } from '../../../support/recorded/cut.js';
import { type PublishedRecord, retailerRules, Rig } from '../../../support/rig.js';

const rules = await retailerRules();
const recording = new CutRecording('postgres/01-lifecycle');
const CUTS = Array.from({ length: recording.transactions - 1 }, (_, i) => i + 1).filter((cut) => cut % 5 === 0);

const rigOf = (records: Parameters<Rig['play']>[0], beginning: 'snapshot' | 'late' | 'empty' = 'snapshot') =>
  new Rig(records, { rules, source: { beginning }, shapedBy: recording.between(0) });

/** Whole: what is owed. */
const whole = rigOf(recording.between(0));
const wholeEnd = await whole.live();

const causeOf = ({ value }: PublishedRecord): string => String(value.causationId);
const positionOf = (record: PublishedRecord): bigint => BigInt(/\d+$/.exec(causeOf(record))![0]);
const idsOf = (records: readonly PublishedRecord[]): string[] =>
  records.map(({ value }) => String(value.eventId)).sort();
const owedAfter = (position: string): string[] =>
  idsOf(whole.published().filter((record) => positionOf(record) > BigInt(/\d+$/.exec(position)![0])));
const missedIn = (rig: Rig): unknown[] =>
  rig.journal().flatMap(({ verdicts }) => verdicts.filter(({ verdict }) => verdict === 'missed'));
const vanishedIn = (rig: Rig): unknown[] =>
  rig.journal().flatMap(({ rows }) => rows.filter(({ op }) => op === 'vanished'));

type Knowledge = Extract<PipelineEvent, { kind: 'knowledge' }>;
const begunOf = (rig: Rig): Knowledge['begun'] | undefined =>
  rig.told.findLast((event): event is Knowledge => event.kind === 'knowledge')?.begun;

const TABLES = [...rules.rules.tables.keys()];
const known = (tables: readonly string[] = TABLES) =>
  commandOf({ kind: 'tables.known', arguments: { source: 'legacy', tables: [...tables] } });

it('a recording from its snapshot on is decided whole', () => {
  expect(wholeEnd).toEqual({ kind: 'drained' });
  expect(whole.published()).toHaveLength(37);
  expect(begunOf(whole)).toMatchObject({ position: null });
});

describe.each(CUTS)('of which the first %i transactions expired', (cut) => {
  const expired = recording.between(0, cut);
  const left = recording.between(cut);
  const expiring = (rig: Rig): Rig => {
    for (const [partition, first] of firstsOf(expired)) rig.log.expire(partition, first);
    return rig;
  };

  it('is refused, and nothing is published', async () => {
    const rig = rigOf(new Offsets().append(left));
    expect(await rig.live()).toMatchObject({
      kind: 'refused',
      code: 'BEGINNING_UNKNOWN',
      text: expect.stringMatching(/no snapshot row was read before it.*follows another one/) as string,
    });
    expect(rig.published()).toEqual([]);
    expect(rig.journal()).toEqual([]);
  });

  it('is refused when offsets tell it', async () => {
    const rig = expiring(rigOf(new Offsets(firstsOf(expired)).append(left)));
    expect(await rig.live()).toMatchObject({
      kind: 'refused',
      code: 'BEGINNING_UNKNOWN',
      text: expect.stringMatching(/begins at offset \d+: what was in it before has expired/) as string,
    });
    expect(rig.published()).toEqual([]);
  });

  it('is refused by whoever says that the tables were empty', async () => {
    const rig = rigOf(new Offsets().append(left), 'empty');
    expect(await rig.live()).toMatchObject({ kind: 'refused', code: 'BEGINNING_UNKNOWN' });
  });

  const late = (offsets: Offsets, place: number): Rig => {
    return expiring(rigOf(offsets.append(recording.between(cut, place)), 'late'));
  };

  it.each([0, 3, 9])(
    'and a snapshot is taken %i transactions later: from there on what is owed, nothing else',
    async (later) => {
      const place = Math.min(cut + later, recording.transactions);
      const offsets = new Offsets(firstsOf(expired));
      const rig = late(offsets, place);
      expect(await rig.live()).toEqual({ kind: 'drained' });
      rig.play(offsets.append(recording.snapshotAt(place)));
      expect(await rig.live()).toEqual({ kind: 'drained' });
      expect(begunOf(rig)).toBeNull();
      rig.command(known());
      expect(await rig.live()).toEqual({ kind: 'drained' });
      expect(outcomes(rig)).toMatchObject([{ result: 'applied' }]);
      expect(rig.published()).toEqual([]);
      rig.play(offsets.append(recording.between(place)));
      expect(await rig.live()).toEqual({ kind: 'drained' });
      expect(begunOf(rig)?.position ?? null).toEqual(place === cut ? null : recording.positionAt(place));
      expect(idsOf(rig.published())).toEqual(owedAfter(recording.positionAt(place)));
      expect(missedIn(rig)).toEqual([]);
      expect(vanishedIn(rig)).toEqual([]);
    },
  );
});
