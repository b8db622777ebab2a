/** Transactions that never end, logs that go back, repetitions where nothing but names tell them, and arrival mode (SPEC S3, S7, S13, A1 to A3). */
import { describe, expect, it } from 'vitest';
import type { ChangeEvent, TransactionEnd } from '../../../../src/domain/source/change-event.js';
import { type Position, positionOf } from '../../../../src/domain/source/position.js';
import type { Step, Transaction } from '../../../../src/domain/source/transaction.js';
import { type Frontier, NO_FRONTIER } from '../../../../src/sequence/frontier/frontier.js';
import { Sequencer } from '../../../../src/sequence/sequencer.js';
import {
  committed,
  history,
  isEnd,
  isOf,
  isSnapshotRow,
  isStreamedRow,
  rowsOf,
  xidsOf,
} from '../../../support/recorded/histories.js';
import { type Envelope, envelopeOf, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { bench, consumed, drain, endsOf, partitionOf, sequence } from '../../../support/sequencing.js';

const interleaved = history('02-interleaved');
const binlog = consumed(readRecording('mariadb/02-interleaved'), bench([], { connector: 'mariadb' }));
const mariadb = (records: readonly RecordedRecord[], frontier?: Frontier) =>
  bench(records, { connector: 'mariadb', ...(frontier === undefined ? {} : { frontier }) });
const transactions = (out: readonly Step[]): Transaction[] => out.filter((step) => step.kind === 'transaction');

describe('S13: a transaction whose END never comes', () => {
  const [, , lost = ''] = committed(interleaved);
  const without = interleaved.filter((record) => !(isEnd(record) && isOf(lost)(record)));

  it.each(['refuse', 'report'] as const)('is held before anything after it leaves (gaps: %s)', (gaps) => {
    const started = bench(without, { gaps });
    expect(xidsOf(sequence(without, started))).toEqual(committed(interleaved).slice(0, 2));
    expect(started.sequencer.allHeld).toMatchObject([
      { transaction: lost, code: 'TRANSACTION_WITHOUT_END', isWaitedFor: true },
    ]);
    expect(started.sequencer.held?.text).toContain('nothing after it is, either');
  });

  it.each(['refuse', 'report'] as const)(
    'goes on when it is put in quarantine: it explains the break (gaps: %s)',
    (gaps) => {
      const started = bench(without, { gaps });
      sequence(without, started);
      expect(started.sequencer.resolve(lost, 'quarantine')).toBe(true);
      const out = drain(started, endsOf(without));
      expect(xidsOf(out)).toEqual(committed(without).slice(2));
      expect(started.sequencer.status).toMatchObject({ openTransactions: 0, heldRows: 0, held: null, gaps: 0 });
    },
  );

  it('whose BEGIN is gone, too, is held when something after it left; all such are told', () => {
    const [, , , second = ''] = committed(interleaved);
    const bare = interleaved.filter(
      (record) => !((isOf(lost)(record) || isOf(second)(record)) && record.topic === 'legacy.transaction'),
    );
    const started = bench(bare, { gaps: 'report' });
    sequence(bare, started);
    expect(started.sequencer.allHeld.map(({ transaction, isWaitedFor }) => [transaction, isWaitedFor]).sort()).toEqual(
      [
        [lost, false],
        [second, false],
      ].sort(),
    );
    expect(started.sequencer.held?.text).toContain('what follows it went on');
    for (const id of [second, lost]) expect(started.sequencer.resolve(id, 'quarantine')).toBe(true);
    drain(started, endsOf(bare));
    expect(started.sequencer.allHeld).toEqual([]);
  });

  it('keeps its offsets as long as it is held', () => {
    const started = bench(without, { gaps: 'report' });
    sequence(without, started);
    const rows = without.filter((record) => isStreamedRow(record) && isOf(lost)(record));
    for (const row of rows) expect(started.sequencer.needed().get(partitionOf(row))).toBeLessThanOrEqual(row.offset);
  });

  it('cannot be released; in quarantine each of its rows parks what it touches, and the offsets go on', () => {
    const started = bench(without, { gaps: 'report' });
    sequence(without, started);
    expect(started.sequencer.resolve(lost, 'release')).toBe(false);
    expect(started.sequencer.resolve(lost, 'quarantine')).toBe(true);
    const out = drain(started, endsOf(without)).flatMap((step) => (step.kind === 'baseline' ? step.changes : []));
    expect(out).toHaveLength(without.filter((record) => isStreamedRow(record) && isOf(lost)(record)).length);
    for (const { refusal, row } of out) expect([refusal?.code, row]).toEqual(['TRANSACTION_WITHOUT_END', null]);
    expect(started.sequencer.held).toBeNull();
    expect(Object.fromEntries(started.sequencer.needed())).toEqual(Object.fromEntries(endsOf(without)));
  });
});

describe('S12: a connector that was replaced in the middle of a transaction', () => {
  const records = history('07-resnapshot');
  const [first = ''] = committed(records);
  const place = records.findIndex((record) => isSnapshotRow(record) && !before(record));
  const torn = committed(records.slice(0, place)).at(-1) ?? '';
  const without = records.filter((record) => !(isEnd(record) && isOf(torn)(record)));

  it('what it left half is taken from the snapshot that follows, and nothing waits for it', () => {
    expect([torn === '', torn === first]).toEqual([false, false]);
    const started = bench(without);
    const out = sequence(without, started);
    expect(xidsOf(out)).toEqual(xidsOf(sequence(records)).filter((id) => id !== torn));
    expect(rowsOf(out, 'baseline')).toHaveLength(rowsOf(sequence(records), 'baseline').length);
    expect(out.filter(({ kind }) => kind === 'snapshot-end')).toHaveLength(1);
    expect(started.sequencer.status).toMatchObject({ openTransactions: 0, heldRows: 0, held: null });
    expect(started.sequencer.counts.takeDuplicates().get('transaction-superseded')).toBe(
      without.filter((record) => isStreamedRow(record) && isOf(torn)(record)).length,
    );
  });

  /** Of the first snapshot. */
  function before(record: RecordedRecord): boolean {
    const generation = ({ source }: Envelope): unknown => source.lsn;
    const start = records.find(isSnapshotRow)!;
    return generation(envelopeOf(record)) === generation(envelopeOf(start));
  }
});

describe('binlog: places and GTIDs', () => {
  const first = mariadb(binlog);
  const whole = sequence(binlog, first);
  const { frontier } = first.sequencer;

  it('S3: everything read again from the beginning gives nothing again', () => {
    const again = mariadb(binlog, JSON.parse(JSON.stringify(frontier)) as Frontier);
    const baselines = sequence(binlog, again).filter(({ kind }) => kind !== 'baseline');
    expect(baselines).toEqual([]);
    expect(again.sequencer.status).toMatchObject({ openTransactions: 0, heldRows: 0, held: null });
    expect(whole.length).toBeGreaterThan(50);
  });
});

describe('Oracle: several transactions of one system change number', () => {
  const place = (id: string): Position => `${positionOf('4711')}:1:${id}` as Position;
  const settings = {
    source: 'ora',
    mode: 'exact' as const,
    transactionPartition: 'ora.transaction/0',
    partitionsByTable: new Map([['DB.OMS.ORD', ['ora.OMS.ORD/0']]]),
    messagePartitions: [],
    transactionRowsMax: 100,
    heldRowsMax: 100,
    gaps: 'refuse' as const,
  };
  const row = (id: string, offset: number): ChangeEvent => ({
    kind: 'change',
    partition: 'ora.OMS.ORD/0',
    offset,
    source: 'ora',
    table: 'DB.OMS.ORD',
    op: 'c',
    key: id,
    row: {},
    otherKey: null,
    refusal: null,
    snapshot: null,
    transaction: { id, predecessor: null, commit: place(id), position: place(id), order: 1 },
    sourceTimeMs: 0,
  });
  const end = (id: string, offset: number): TransactionEnd => ({
    kind: 'end',
    partition: 'ora.transaction/0',
    offset,
    id,
    position: null,
    serial: null,
    rowsByTable: new Map([['DB.OMS.ORD', 1]]),
    rows: 1,
    sourceTimeMs: 0,
  });
  const run = (frontier: Frontier, ids: readonly string[]) => {
    const sequencer = new Sequencer({ ...settings, frontier });
    const out: Transaction[] = [];
    ids.forEach((id, offset) => {
      sequencer.push(end(id, offset));
      sequencer.push(row(id, offset));
      const ends = new Map([
        ['ora.transaction/0', offset + 1],
        ['ora.OMS.ORD/0', offset + 1],
      ]);
      for (let more = true; more;) {
        const step = sequencer.peek();
        if (step !== undefined) sequencer.advance();
        else if (sequencer.wantsBounds) sequencer.settle(ends);
        else more = false;
        if (step?.kind === 'transaction') out.push(step);
      }
    });
    return { out, sequencer };
  };

  it('leave in the order of their ENDs, with growing positions, and are known again by their names', () => {
    const { out, sequencer } = run(NO_FRONTIER, ['0B', '0A', '0C']);
    expect(out.map(({ id }) => id)).toEqual(['0B', '0A', '0C']);
    const positions = out.map(({ position }) => position);
    expect([...positions].sort()).toEqual(positions);
    expect(new Set(positions).size).toBe(3);
    expect(run(sequencer.frontier, ['0B', '0A', '0C', '0D']).out.map(({ id }) => id)).toEqual(['0D']);
  });
});

describe('arrival mode', () => {
  const started = bench(interleaved, { mode: 'arrival' });
  const out = transactions(sequence(interleaved, started));

  it('A1, A2: each row leaves by itself, those of one partition in their order', () => {
    const rows = interleaved.filter(isStreamedRow);
    expect(out.every(({ changes }) => changes.length === 1)).toBe(true);
    for (const partition of new Set(rows.map(partitionOf))) {
      const left = out.flatMap(({ changes }) => changes).filter((change) => change.partition === partition);
      expect(left.map(({ offset }) => offset)).toEqual(
        rows.filter((record) => partitionOf(record) === partition).map(({ offset }) => offset),
      );
    }
  });

  it('A3: what the connector sends again is dropped while the process runs; positions go on after a restart', () => {
    const replayed = transactions(sequence(history('06-replay'), bench(history('06-replay'), { mode: 'arrival' })));
    expect(replayed.length).toBeLessThan(history('06-replay').filter(isStreamedRow).length);
    const { position } = started.sequencer.frontier;
    const next = bench(interleaved, { mode: 'arrival', frontier: started.sequencer.frontier });
    const [first] = transactions(sequence(interleaved, next));
    expect((first?.position ?? '') > (position ?? '')).toBe(true);
  });
});
