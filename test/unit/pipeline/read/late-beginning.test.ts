/** `beginning: late`: full snapshots, and rows of before the transaction metadata was switched on (decision 0009). */
import { describe, expect, it } from 'vitest';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import { commandOf, outcomes } from '../../../support/pipeline/commands.js';
import { CutRecording, firstsOf, Offsets } from '../../../support/recorded/cut.js';
import { edited, type RecordedRecord } from '../../../support/recordings.js';
import { type PublishedRecord, retailerRules, Rig, type RigOptions } from '../../../support/rig.js';

const rules = await retailerRules();
const recording = new CutRecording('postgres/01-lifecycle');
const TABLES = [...rules.rules.tables.keys()];
const [CUT, PLACE] = [10, 30];

const late = (options: Partial<RigOptions> = {}): Rig =>
  new Rig([], { rules, source: { beginning: 'late' }, shapedBy: recording.between(0), nowMs: 1, ...options });
const drains = async (rig: Rig): Promise<void> => expect(await rig.live()).toEqual({ kind: 'drained' });
const known = (tables: readonly string[]) =>
  commandOf({ kind: 'tables.known', arguments: { source: 'legacy', tables: [...tables] } });

const whole = late({ source: { beginning: 'snapshot' } });
whole.play(recording.between(0));
await whole.live();

const positionIn = (text: string): bigint => BigInt(/\d+$/.exec(text)![0]);
const idsOf = (records: readonly PublishedRecord[]): string[] =>
  records.map(({ value }) => String(value.eventId)).sort();
const owedAfter = (place: number): string[] =>
  idsOf(
    whole
      .published()
      .filter(({ value }) => positionIn(String(value.causationId)) > positionIn(recording.positionAt(place))),
  );

type Knowledge = Extract<PipelineEvent, { kind: 'knowledge' }>;
const knowledgeOf = (rig: Rig): Knowledge =>
  rig.told.findLast((event): event is Knowledge => event.kind === 'knowledge')!;

describe('a full snapshot that is taken late', () => {
  /** Its beginning expired, and a snapshot after transaction 30; not what comes then. */
  async function upToSnapshot(nowMs: number, place = PLACE): Promise<{ rig: Rig; offsets: Offsets }> {
    const firsts = firstsOf(recording.between(0, CUT));
    const rig = late({ nowMs });
    for (const [partition, first] of firsts) rig.log.expire(partition, first);
    const offsets = new Offsets(firsts);
    rig.play(offsets.append(recording.between(CUT, place)));
    await drains(rig);
    const generation = String(positionIn(recording.positionAt(place)));
    rig.play(offsets.append(recording.snapshotAt(place, { generation })));
    await drains(rig);
    return { rig, offsets };
  }
  /** That an operator has to vouch for empty ones is in `property/late-beginning.test.ts`. */
  it.each([11, PLACE])('makes known what it had rows of, without an operator (after transaction %i)', async (place) => {
    const { rig, offsets } = await upToSnapshot(1, place);
    expect(rig.published()).toEqual([]);
    expect(knowledgeOf(rig)).toMatchObject({ unknown: [], begun: { position: recording.positionAt(place) } });
    rig.play(offsets.append(recording.between(place)));
    await drains(rig);
    expect(idsOf(rig.published())).toEqual(owedAfter(place));
    expect(owedAfter(place).length).toBeGreaterThan(0);
  });

  it('makes nothing known when it was taken before the start: its first rows may be gone', async () => {
    const { rig } = await upToSnapshot(Date.parse('2100-01-01'));
    expect(knowledgeOf(rig)).toMatchObject({ unknown: TABLES, begun: null });
  });
});

describe('rows without a transaction block', () => {
  const isRow = ({ topic }: RecordedRecord): boolean => !topic.endsWith('.transaction');
  const blockless = (records: readonly RecordedRecord[]): RecordedRecord[] =>
    records
      .filter(isRow)
      .map((record) => (record.value === null ? record : edited(record, (value) => (value.transaction = null))));
  const lateRow = (): RecordedRecord[] =>
    blockless(recording.between(PLACE))
      .filter(({ topic }) => topic.endsWith('.ord_hdr'))
      .slice(0, 1);

  it('are learnt before the beginning, and what follows it is decided', async () => {
    const rig = late();
    const offsets = new Offsets();
    // The first snapshot expired; the metadata is switched on after transaction 10.
    rig.play(
      offsets.append([
        ...blockless(recording.between(0, CUT)).filter((r) => !isRead(r)),
        ...recording.between(CUT, PLACE),
      ]),
    );
    rig.play(offsets.append(recording.snapshotAt(PLACE)));
    await drains(rig);
    rig.command(known(TABLES));
    await drains(rig);
    expect(outcomes(rig)).toMatchObject([{ result: 'applied' }]);
    rig.play(offsets.append(recording.between(PLACE)));
    await drains(rig);
    expect(idsOf(rig.published())).toEqual(owedAfter(PLACE));
  });

  /** Of one table, as `type: blocking` takes it. */
  const oneTable = (): RecordedRecord[] => {
    const generation = String(positionIn(recording.positionAt(CUT)));
    const rows = recording.snapshotAt(CUT, { generation }).filter(({ topic }) => topic.endsWith('.ord_hdr'));
    return [...rows.slice(0, -1), edited(rows.at(-1)!, ({ source }) => (source.snapshot = 'last'))];
  };
  const before = {
    'rows without a block': (): RecordedRecord[] => blockless(recording.between(0, CUT)).filter((r) => !isRead(r)),
    'an incremental snapshot of another table': (): RecordedRecord[] =>
      recording.snapshotAt(CUT).filter(({ topic }) => topic.endsWith('.whs_rel')),
  };

  it.each(Object.entries(before))(
    '%s: something of before, so a snapshot of one table behind it makes that one known, and no other',
    async (_, records) => {
      const rig = late();
      const offsets = new Offsets();
      for (const part of [records(), oneTable(), recording.between(CUT)]) {
        rig.play(offsets.append(part));
        await drains(rig);
      }
      expect(rig.published()).toEqual([]);
      expect(knowledgeOf(rig)).toMatchObject({ begun: null, unknown: TABLES.filter((name) => name !== 'oms.ord_hdr') });
    },
  );

  it.each<[keyof typeof before, string, RegExp]>([
    ['rows without a block', 'TRANSACTION_METADATA_MISSING', /the rows are older than the setting/],
    ['an incremental snapshot of another table', 'BEGINNING_UNKNOWN', /rows were read before the snapshot/],
  ])('%s: nor is it the baseline that `beginning: snapshot` demands', async (what, code, text) => {
    const rig = late({ source: { beginning: 'snapshot' } });
    rig.play(new Offsets().append([...before[what](), ...oneTable(), ...recording.between(CUT)]));
    const end = { kind: 'refused', code, text: expect.stringMatching(text) as string };
    expect(await rig.live()).toMatchObject(end);
    expect(rig.published()).toEqual([]);
  });

  it('are refused after it', async () => {
    const rig = late();
    const offsets = new Offsets();
    rig.play(offsets.append(recording.between(0, PLACE)));
    await drains(rig);
    expect(knowledgeOf(rig).unknown).toEqual([]);
    rig.play(offsets.append(lateRow()));
    expect(await rig.live()).toMatchObject({ kind: 'refused', code: 'TRANSACTION_METADATA_MISSING' });
  });

  it('of a table that is declared later are learnt: they are of before the metadata', async () => {
    const table = 'oms.whs_rel';
    const without = new Map(rules.rules.tables);
    without.delete(table);
    const old = blockless(recording.between(0, PLACE)).filter(({ topic }) => topic.endsWith('.whs_rel'));
    const offsets = new Offsets();
    const records = offsets.append([...recording.between(0, PLACE).filter(({ topic }) => !topic.endsWith('.whs_rel'))]);
    const first = late({ rules: { ...rules, rules: { ...rules.rules, tables: without } } });
    first.play(records);
    await drains(first);
    const rig = late();
    rig.play(records);
    rig.play(offsets.append(old));
    rig.goOnFrom(first);
    await drains(rig);
    expect(old.length).toBeGreaterThan(0);
    expect(knowledgeOf(rig).unknown).toEqual([table]);
  });

  const isRead = ({ value }: RecordedRecord): boolean => value?.includes('"op":"r"') === true;
});
