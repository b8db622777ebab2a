/**
 * A connector that does not know what came before (SPEC S7, P5): with PostgreSQL the rows of its next transaction name no predecessor. After
 * a snapshot that is as it should be; in mid-stream something may be lost, and a person decides.
 */
import { describe, expect, it } from 'vitest';
import {
  byPartition,
  committed,
  history,
  isBoundary,
  isEnd,
  isOf,
  isSnapshotRow,
  isStreamedRow,
  xidOf,
  xidsOf,
} from '../../../support/recorded/histories.js';
import { edited, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import {
  bench,
  type BenchOptions,
  drain,
  endsOf,
  partitionOf,
  read,
  sequence,
  standingOf,
} from '../../../support/sequencing.js';

const interleaved = history('02-interleaved');
const ids = committed(interleaved);
const [before, lost = '', next = ''] = [ids.slice(0, 4), ids[4], ids[5]];

/** As a connector writes rows of the first transaction that it reads. */
const unlinked = (record: RecordedRecord): RecordedRecord =>
  isStreamedRow(record)
    ? edited(record, ({ source }) => {
        const [, own] = JSON.parse(String(source.sequence)) as [unknown, string];
        Object.assign(source, { sequence: JSON.stringify([null, own]) });
      })
    : record;

/** Its slot was made anew while `lost` was committed. */
const slotMadeAnew = interleaved
  .filter((record) => !isOf(lost)(record))
  .map((record) => (isOf(next)(record) ? unlinked(record) : record));

const withoutBoundaries = (records: readonly RecordedRecord[]): RecordedRecord[] =>
  records.filter((record) => !isBoundary(record));

/** Read as it comes, all at once, and each partition by itself. */
function* waysToRead(records: readonly RecordedRecord[], options: BenchOptions = {}) {
  for (const order of [records, byPartition(records), byPartition(records, isBoundary)]) {
    const started = bench(records, options);
    yield { started, out: sequence(order, started), order };
    const backlog = bench(records, options);
    for (const record of order) read(backlog, record);
    yield { started: backlog, out: drain(backlog, endsOf(records)), order };
  }
}

describe('a slot that was made anew', () => {
  it('is a gap: what came before is handed on, the rest is held, whatever was read when', () => {
    for (const { started, out } of waysToRead(slotMadeAnew)) {
      expect(xidsOf(out)).toEqual(before);
      expect(started.sequencer.held).toMatchObject({ code: 'SOURCE_GAP', transaction: next });
      expect(started.sequencer.held?.text).toMatch(/names none before it.*slot was made anew.*transactions release/s);
      expect(started.sequencer.status).toMatchObject({ gaps: 0 });
    }
  });

  it('goes on over this one break when a person releases it, and holds at the next one', () => {
    const later = ids[9] ?? '';
    const twice = slotMadeAnew.map((record) => (isOf(later)(record) ? unlinked(record) : record));
    const started = bench(twice);
    expect(xidsOf(sequence(twice, started))).toEqual(before);
    expect(started.sequencer.resolve(next, 'quarantine')).toBe(false);
    expect(started.sequencer.resolve(next, 'release')).toBe(true);
    expect(xidsOf(drain(started, endsOf(twice)))).toEqual(ids.slice(5, 9));
    expect(started.sequencer.held).toMatchObject({ code: 'SOURCE_GAP', transaction: later });
    expect(started.sequencer.status.gaps).toBe(1);
  });

  it('is counted with gaps: report, once, and goes on', () => {
    for (const { started, out } of waysToRead(slotMadeAnew, { gaps: 'report' })) {
      expect(xidsOf(out)).toEqual(ids.filter((id) => id !== lost));
      expect(started.sequencer.status).toMatchObject({ gaps: 1, held: null });
    }
  });

  it('is held after a crash of the process too', () => {
    const first = bench(slotMadeAnew);
    sequence(slotMadeAnew, first);
    const second = bench(slotMadeAnew, standingOf(first));
    expect(xidsOf(sequence(slotMadeAnew, second))).toEqual([]);
    expect(second.sequencer.held).toMatchObject({ code: 'SOURCE_GAP', transaction: next });
  });

  it('is a gap in position mode as well (P5)', () => {
    const rows = withoutBoundaries(slotMadeAnew);
    for (const { started, out } of waysToRead(rows, { mode: 'position' })) {
      expect(xidsOf(out)).toEqual(before);
      expect(started.sequencer.held).toMatchObject({ code: 'SOURCE_GAP', transaction: next });
      expect(started.sequencer.resolve('another', 'release')).toBe(false);
      expect(started.sequencer.resolve(next, 'release')).toBe(true);
      expect(xidsOf(drain(started, endsOf(rows)))[0]).toBe(next);
    }
  });
});

describe('a slot that was dropped and made anew, recorded (connector 3.6.1, snapshot.mode=no_data)', () => {
  const recorded = readRecording('postgres/19-slot-made-anew').map((record) => ({
    ...record,
    topic: record.topic.replace('cnodata1', 'legacy'),
    value: record.value?.replaceAll('"cnodata1"', '"legacy"') ?? null,
  }));

  it('is a gap: two transactions that nobody read are not passed over', () => {
    for (const { started, out } of waysToRead(recorded)) {
      expect(xidsOf(out)).toEqual(['1004', '1005']);
      expect(started.sequencer.held).toMatchObject({ code: 'SOURCE_GAP', transaction: '1009' });
    }
  });
});

describe('no predecessor, and no gap', () => {
  it.each(['07-resnapshot', '07b-snapshot-open-transactions', '07c-snapshot-open-first'])(
    'after a snapshot: %s',
    (name) => {
      const records = history(name);
      for (const { started, out } of waysToRead(records)) {
        expect(xidsOf(out)).toEqual(xidsOf(sequence(records)));
        expect(xidsOf(out).length).toBeGreaterThan(0);
        expect(started.sequencer.held).toBeNull();
      }
    },
  );

  it('but only once: the second one after that snapshot is a gap', () => {
    const records = history('07-resnapshot');
    const [, second = ''] = committed(records).slice(
      committed(records).findIndex((id) => firsts(records).at(-1) === id),
    );
    const broken = records.map((record) => (isOf(second)(record) ? unlinked(record) : record));
    for (const { started, out } of waysToRead(broken)) {
      expect(xidsOf(out)).not.toContain(second);
      expect(started.sequencer.held).toMatchObject({ code: 'SOURCE_GAP', transaction: second });
    }
  });

  const firsts = (records: readonly RecordedRecord[]): string[] => [
    ...new Set(
      records.filter((record) => isStreamedRow(record) && record.value!.includes('"sequence":"[null,')).map(xidOf),
    ),
  ];

  it('where the connector lost its offsets and kept its slot: what it sends again is known, though the first names nothing', () => {
    const again = interleaved.filter((record) => ids.slice(4, 7).some((id) => isOf(id)(record)));
    const [first = ''] = ids.slice(4);
    const repeated = again.map((record) => (isOf(first)(record) ? unlinked(record) : record));
    const place = (record: RecordedRecord): boolean => ids.indexOf(xidOf(record)) > 6;
    const rest = interleaved.filter((record) => record.value === null || isSnapshotRow(record) || !place(record));
    const all = renumbered([...rest, ...repeated, ...interleaved.filter((record) => !rest.includes(record))]);
    for (const { started, out } of waysToRead(all)) {
      expect(xidsOf(out)).toEqual(ids);
      expect(started.sequencer.held).toBeNull();
      expect(started.sequencer.status.openTransactions).toBe(0);
    }
    expect(repeated.filter(isEnd)).toHaveLength(3);
  });

  /** Offsets anew, in this order. */
  function renumbered(records: readonly RecordedRecord[]): RecordedRecord[] {
    const places = new Map<string, number>();
    return records.map((record) => {
      const offset = places.get(partitionOf(record)) ?? 0;
      places.set(partitionOf(record), offset + 1);
      return { ...record, offset };
    });
  }
});
