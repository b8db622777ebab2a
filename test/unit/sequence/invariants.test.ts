/**
 * Order and uniqueness: invariants S1 to S4 of `src/sequence/SPEC.md`, by number, on recorded topics; where no recording has the
 * case, a recorded record stands at another place. `test/property/sequence.test.ts` mixes and cuts whole recordings.
 */
import { describe, expect, it } from 'vitest';
import {
  byPartition,
  committed,
  counting,
  history,
  isBoundary,
  isEnd,
  isOf,
  isSnapshotRow,
  isStreamedRow,
  positionsOf,
  roomAfter,
  rowsOf,
  xidOf,
  xidsOf,
} from '../../support/recorded/histories.js';
import { edited, type RecordedRecord, envelopeOf } from '../../support/recordings.js';
import {
  bench,
  endsOf,
  orderByPartition,
  partitionOf,
  read,
  sequence,
  transactionsOf,
} from '../../support/sequencing.js';

const interleaved = history('02-interleaved');

describe('S1: a record is used once', () => {
  it('though a partition is read again from its beginning, again and again', () => {
    const again = interleaved.flatMap((record) =>
      interleaved.filter((other) => partitionOf(other) === partitionOf(record) && other.offset <= record.offset),
    );
    expect(again.length).toBeGreaterThan(interleaved.length * 5);
    expect(transactionsOf(sequence(again))).toEqual(transactionsOf(sequence(interleaved)));
    expect(orderByPartition(sequence(again))).toEqual(orderByPartition(sequence(interleaved)));
  });
});

describe('S2: transactions leave in the order of END records', () => {
  it.each([
    ['before', byPartition(interleaved, isBoundary)],
    ['after', byPartition(interleaved, (record) => !isBoundary(record))],
  ])('though all rows were read %s all boundaries', (_, records) => {
    expect(xidsOf(sequence(records))).toEqual(committed(interleaved));
  });

  it('which is not the order in which they began', () => {
    const started = xidsOf(sequence(interleaved)).map(Number);
    expect(started).not.toEqual([...started].sort((a, b) => a - b));
  });
});

describe('S3: a transaction handed on before is never handed on again', () => {
  it('when everything is read again from the beginning, at whichever of them the frontier stands', () => {
    const streamed = interleaved.filter((record) => !isSnapshotRow(record));
    const all = transactionsOf(sequence(streamed));
    for (let done = 0; done <= all.length; done += 1) {
      const again = bench(streamed, { frontier: frontierAfter(done, streamed) });
      expect(transactionsOf(sequence(streamed, again))).toEqual(all.slice(done));
    }
  });

  const frontierAfter = (done: number, records: readonly RecordedRecord[]) => {
    const first = bench(records);
    for (const record of records) read(first, record);
    for (let i = 0; i < done; i += 1) {
      if (first.sequencer.peek() === undefined) first.sequencer.settle(endsOf(records));
      expect(first.sequencer.peek()).toBeDefined();
      first.sequencer.advance();
    }
    return first.sequencer.frontier;
  };

  it.each(['06-replay', '06b-crash-exactly-once', '06c-crash-frequent-offsets'])(
    '%s, where the connector sends rows again: each row leaves once, and what is dropped is counted',
    (name) => {
      const records = history(name);
      for (const order of [records, byPartition(records), byPartition(records, isBoundary)]) {
        const started = bench(records);
        const out = sequence(order, started);
        expect(new Set(positionsOf(out)).size).toBe(positionsOf(out).length);
        const dropped = started.sequencer.counts.takeDuplicates();
        const rowsDropped = (dropped.get('row-replayed') ?? 0) + (dropped.get('row-repeated') ?? 0);
        expect(rowsOf(out, 'transaction').length + rowsDropped).toBe(records.filter(isStreamedRow).length);
      }
    },
  );

  it('the first after a snapshot too, whose rows have no predecessor: sent again, they open nothing', () => {
    const [first = ''] = committed(interleaved);
    const again = interleaved.filter(isOf(first)).map((record) => ({ ...record, offset: record.offset + 1_000 }));
    const started = bench(interleaved);
    sequence(interleaved, started);
    for (const record of byPartition(again, isStreamedRow)) read(started, record);
    expect(started.sequencer.status).toMatchObject({ openTransactions: 0, heldRows: 0 });
    expect(started.sequencer.counts.takeDuplicates().get('row-replayed')).toBe(again.filter(isStreamedRow).length);
  });

  it('06-replay really has such rows', () => {
    const started = bench(history('06-replay'));
    sequence(history('06-replay'), started);
    expect([...started.sequencer.counts.takeDuplicates().values()].reduce((a, b) => a + b, 0)).toBeGreaterThan(100);
  });
});

describe('S4: a snapshot row leaves at its place in its partition', () => {
  it.each(['07-resnapshot', '08-incremental-snapshot'])(
    '%s: after what stands before, before what stands after',
    (name) => {
      const records = history(name);
      for (const delivered of [records, byPartition(records), byPartition(records, isBoundary)]) {
        const out = sequence(delivered);
        expect(out.some((next, i) => next.kind === 'baseline' && out[i - 1]?.kind === 'transaction')).toBe(true);
        for (const [partition, order] of Object.entries(orderByPartition(out)))
          expect(order).toEqual(recordedOrder(records, partition, new Set(order)));
      }
    },
  );

  /** What a partition holds: offsets of snapshot rows, and transactions by position where their first row stands. */
  function recordedOrder(records: readonly RecordedRecord[], partition: string, left: ReadonlySet<string>): string[] {
    const positionOf = new Map(
      records
        .filter(isEnd)
        .map((end) => [xidOf(end), `#${envelopeOf(end).id?.split(':')[1]?.padStart(20, '0') ?? ''}`]),
    );
    const order = records
      .filter((record) => partitionOf(record) === partition && record.value !== null)
      .map((record) => (isSnapshotRow(record) ? String(record.offset) : (positionOf.get(xidOf(record)) ?? '')));
    return [...new Set(order)].filter((text) => left.has(text));
  }

  const [older, newer] = changedOnce();

  it('between two rows of one transaction: after it', () => {
    const other = { ...older, key: '{"ord_no":1}', value: older.value!.replaceAll('800001', '1') };
    const out = sequence(between(other));
    const place = out.findIndex((next) => next.kind === 'transaction' && next.id === xidOf(newer));
    expect(rowsOf(out.slice(place + 1, place + 2), 'baseline')).toEqual(['r 1']);
  });

  it('between two rows of one transaction that writes its key again later: dropped as older', () => {
    const out = sequence(between(older));
    expect(rowsOf(out, 'baseline').filter((row) => row === 'r 800001')).toHaveLength(1); // of the initial snapshot
    expect(transactionsOf(out)).toEqual(transactionsOf(sequence(changedTwice())));
  });

  /** Snapshot row and later change of order 800001: both in one partition. */
  function changedOnce(): [RecordedRecord, RecordedRecord] {
    const rows = interleaved.filter(({ topic, key }) => topic === 'legacy.oms.ord_hdr' && key === '{"ord_no":800001}');
    return [rows.find(isSnapshotRow)!, rows.find(isStreamedRow)!];
  }

  /** The same history, but that transaction changes the header once more at its end; there is room for a row between. */
  function changedTwice(): RecordedRecord[] {
    const again = edited({ ...newer, offset: newer.offset + 2 }, ({ transaction }) => (transaction!.total_order = 5));
    return roomAfter(newer, 2, interleaved).flatMap((record) => {
      if (record === newer) return [newer, again];
      return isEnd(record) && isOf(xidOf(newer))(record) ? [counting(record, 'oms.ord_hdr', 1)] : [record];
    });
  }

  const between = (row: RecordedRecord): RecordedRecord[] =>
    changedTwice().flatMap((record) => (record === newer ? [newer, { ...row, offset: newer.offset + 1 }] : [record]));
});
