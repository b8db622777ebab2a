/** What is awaited, refused, remembered and held: invariants S5 to S10 of `src/sequence/SPEC.md`, by number, on recorded topics. */
import { describe, expect, it } from 'vitest';
import { DragomanError } from '../../../src/errors.js';
import type { Step } from '../../../src/domain/source/transaction.js';
import {
  byPartition,
  committed,
  counting,
  damaged,
  history,
  isBoundary,
  isEnd,
  isOf,
  isSnapshotRow,
  isStreamedRow,
  positionsOf,
  rowsOf,
  xidOf,
  xidsOf,
} from '../../support/recorded/histories.js';
import { edited, type RecordedRecord } from '../../support/recordings.js';
import {
  bench,
  type Bench,
  drain,
  endsOf,
  orderByPartition,
  partitionOf,
  read,
  sequence,
  transactionsOf,
} from '../../support/sequencing.js';

const interleaved = history('02-interleaved');
const NO_ENDS = new Map<string, number>();

function refusalOf(run: () => unknown): DragomanError {
  try {
    run();
  } catch (error) {
    if (error instanceof DragomanError) return error;
    throw error;
  }
  throw new TypeError('nothing was refused');
}

const readAll = (records: readonly RecordedRecord[], started: Bench = bench(records)): Bench => {
  for (const record of records) read(started, record);
  return started;
};

/** Transactions with a second BEGIN before their first END. */
function beganTwice(records: readonly RecordedRecord[]): string[] {
  const boundaries = records.filter(isBoundary);
  const begun = new Set<string>();
  const ended = new Set<string>();
  return boundaries.flatMap((record) => {
    const xid = xidOf(record);
    if (isEnd(record)) ended.add(xid);
    if (isEnd(record) || ended.has(xid)) return [];
    if (begun.has(xid)) return [xid];
    begun.add(xid);
    return [];
  });
}

describe('S5: the first transaction waits for rows of the snapshot that other partitions may hold', () => {
  const [first = ''] = committed(interleaved);
  const streamedOnly = interleaved.filter((record) => !isSnapshotRow(record));
  const addresses = (record: RecordedRecord): boolean => partitionOf(record) === 'legacy.oms.cust_addr/2';

  it('until the ends are known and every partition was read up to them', () => {
    const started = readAll(
      interleaved.filter((record) => isOf(first)(record)),
      bench(interleaved),
    );
    expect(started.sequencer.peek()).toBeUndefined();
    expect(started.sequencer.wantsBounds).toBe(true);
    started.sequencer.settle(endsOf(interleaved));
    expect(started.sequencer.peek()).toBeUndefined();
    for (const record of interleaved) read(started, record);
    expect(xidsOf(drain(started, NO_ENDS)).length).toBe(committed(interleaved).length);
  });

  it('also when all but one partition were read', () => {
    const started = bench(interleaved);
    readAll(
      interleaved.filter((record) => !addresses(record)),
      started,
    );
    expect(xidsOf(drain(started, endsOf(interleaved)))).toEqual([]);
    readAll(interleaved.filter(addresses), started);
    expect(xidsOf(drain(started, NO_ENDS))[0]).toBe(first);
  });

  it('not for the end of a backlog: a row of a later transaction shows that a partition was read far enough', () => {
    const started = bench(streamedOnly);
    const ends = new Map([...endsOf(streamedOnly)].map(([partition, end]) => [partition, end + 1_000_000]));
    const withoutMore = [...ends.keys()].filter((partition) => lastOf(partition).every(isOf(first)));
    readAll(streamedOnly, started);
    for (const partition of withoutMore) started.sequencer.readUpTo(partition, ends.get(partition)!);
    expect(xidsOf(drain(started, ends))[0]).toBe(first);
  });

  const lastOf = (partition: string): RecordedRecord[] =>
    streamedOnly.filter((record) => partitionOf(record) === partition).slice(-1);

  it('and so does the first transaction after another snapshot', () => {
    const records = history('07-resnapshot');
    const firsts = new Set(
      records.filter((record) => isStreamedRow(record) && record.value!.includes('"sequence":"[null,')).map(xidOf),
    );
    expect(firsts.size).toBe(2);
    const started = readAll(records);
    const handedOn = xidsOf(drain(started, endsOf(records)));
    expect(handedOn.filter((xid) => firsts.has(xid))).toHaveLength(2);
  });
});

describe('S6: a transaction is complete with as many distinct rows as END counts', () => {
  const third = committed(interleaved)[2] ?? '';
  const parts = interleaved.filter((record) => isOf(third)(record));

  it('has several rows in several partitions here', () => {
    expect(new Set(parts.map(partitionOf)).size).toBeGreaterThan(3);
  });

  it.each(parts.filter((record) => isStreamedRow(record) || isEnd(record)).map((r) => [partitionOf(r), r.offset]))(
    'without %s at %i neither it nor anything after it leaves',
    (partition, offset) => {
      // What comes after a record in its partition is not there either.
      const there = interleaved.filter((record) => partitionOf(record) !== partition || record.offset < offset);
      const out = sequence(there, bench(interleaved));
      expect(xidsOf(out)).toEqual(committed(interleaved).slice(0, 2));
    },
  );

  it('whose connector began to count again in the middle: only when, besides, every partition is settled', () => {
    const records = history('06-replay');
    const [recounted = ''] = beganTwice(records);
    const isLate = (record: RecordedRecord): boolean => isEnd(record) && isOf(recounted)(record);
    const from = records.findIndex(isLate);
    const boundaries = records.slice(from).filter(isBoundary);
    const started = bench(records);
    for (const record of records) if (!boundaries.includes(record)) read(started, record);
    expect(xidsOf(drain(started, endsOf(records)))).not.toContain(recounted);
    for (const record of boundaries.slice(0, 1)) read(started, record);
    expect(started.sequencer.peek()).toBeUndefined();
    expect(started.sequencer.wantsBounds).toBe(true);
    const ends = endsOf(records.filter((record) => !boundaries.slice(1).includes(record)));
    expect(xidsOf(drain(started, ends))).toContain(recounted);
  });

  it('is held when everything was read and rows are missing, until an operator decides', () => {
    const records = interleaved.map((record) => (isEnd(record) ? counting(record, 'oms.ord_hdr', 1) : record));
    const [first = ''] = committed(records);
    for (const how of ['release', 'quarantine'] as const) {
      const started = bench(records);
      expect(xidsOf(sequence(records, started))).toEqual([]);
      expect(started.sequencer.peek()).toBeUndefined();
      expect(started.sequencer.held).toMatchObject({ transaction: first, code: 'TRANSACTION_INCOMPLETE' });
      expect(started.sequencer.resolve('1', how)).toBe(false);
      expect(started.sequencer.resolve(first, how)).toBe(true);
      const [next, ...others] = drain(started, endsOf(records)).filter(({ kind }) => kind === 'transaction');
      expect(next).toMatchObject({ id: first, refusal: how === 'release' ? null : { code: 'TRANSACTION_INCOMPLETE' } });
      expect(others).toEqual([]); // the next one lacks a row, too
    }
  });
});

describe('S7: each transaction follows the one before it', () => {
  const lost = committed(interleaved)[4] ?? '';
  const broken = interleaved.filter((record) => !isOf(lost)(record));

  it('a missing one holds the source before anything after it leaves, and says what to do', () => {
    const started = readAll(broken);
    expect(xidsOf(drain(started, endsOf(broken)))).toEqual(committed(interleaved).slice(0, 4));
    expect(started.sequencer.held).toMatchObject({ code: 'SOURCE_GAP', transaction: committed(interleaved)[5] });
    expect(started.sequencer.held?.text).toMatch(/transactions release.*gaps: report/);
  });

  it('gaps: report lets it through and counts it', () => {
    const started = bench(broken, { gaps: 'report' });
    expect(xidsOf(sequence(broken, started))).toEqual(committed(broken));
    expect(started.sequencer.status.gaps).toBe(1);
  });

  it('a logical message outside of a transaction stands between two, and is no gap', () => {
    const records = history('13-logical-message');
    expect(xidsOf(sequence(records))).toHaveLength(4);
    const withoutMarks = records.filter(({ topic }) => topic !== 'legacy.message');
    const started = bench(withoutMarks);
    sequence(withoutMarks, started);
    expect(started.sequencer.held?.code).toBe('SOURCE_GAP');
  });

  it.each(['refuse', 'report'] as const)('positions that go back stop the source, with gaps: %s too', (gaps) => {
    const last = interleaved.filter(isEnd).at(-1)!;
    const restored = edited({ ...last, offset: last.offset + 1 }, (end) => (end.id = '9:76885289'));
    const records = [...interleaved, restored];
    const refusal = refusalOf(() => readAll(records, bench(records, { gaps })));
    expect(refusal).toMatchObject({ code: 'SOURCE_WENT_BACK', disposition: 'refuse' });
    expect(refusal.message).toContain('raise the source');
  });
});

describe('S8: from the offsets that are needed, and with the frontier, the rest comes out the same', () => {
  it.each(['02-interleaved', '07b-snapshot-open-transactions', '13-logical-message'])(
    '%s, after every record',
    (name) => {
      const records = history(name);
      const ends = endsOf(records);
      const whole = sequence(records);
      const first = bench(records);
      const done = [];
      for (const record of records) {
        read(first, record);
        done.push(...drain(first, ends));
        const from = first.sequencer.needed();
        const rest = records.filter((other) => other.offset >= (from.get(partitionOf(other)) ?? 0));
        const second = bench(records, { from, frontier: first.sequencer.frontier });
        const out = [...done, ...readAndDrain(rest, second, ends)];
        expect(transactionsOf(out)).toEqual(transactionsOf(whole));
        expect(orderByPartition(out)).toEqual(orderByPartition(whole));
      }
    },
  );

  const readAndDrain = (records: readonly RecordedRecord[], started: Bench, ends: ReadonlyMap<string, number>) => {
    readAll(records, started);
    return drain(started, ends);
  };

  it('counts BEGIN: a second one, after a crash of the connector, says that rows are counted anew', () => {
    const records = history('06-replay');
    const [recounted = ''] = beganTwice(records);
    const begin = records.find((record) => isBoundary(record) && isOf(recounted)(record))!;
    const end = records.find((record) => isEnd(record) && isOf(recounted)(record))!;
    const started = readAll(records.filter((record) => !isBoundary(record) || record.offset < end.offset));
    drain(started, endsOf(records));
    expect(started.sequencer.needed().get(partitionOf(begin))).toBe(begin.offset);
  });

  it('never goes back in any partition', () => {
    const started = bench(interleaved);
    let before = started.sequencer.needed();
    for (const record of interleaved) {
      read(started, record);
      drain(started, endsOf(interleaved));
      const now = started.sequencer.needed();
      for (const [partition, offset] of now) expect(offset).toBeGreaterThanOrEqual(before.get(partition) ?? 0);
      before = now;
    }
    expect(before).toEqual(endsOf(interleaved));
  });
});

describe('S9: memory is bounded', () => {
  const heldRowsMax = 10;

  it.each(['01-lifecycle', '02-interleaved', '07-resnapshot'])(
    '%s: partitions that run ahead are left alone, and everything comes out all the same',
    (name) => {
      const records = history(name);
      const ends = endsOf(records);
      const started = bench(records, { heldRowsMax });
      const unread = new Map([...ends.keys()].map((p) => [p, records.filter((record) => partitionOf(record) === p)]));
      const out = [];
      let held = 0;
      for (let left = records.length, before = -1; left !== before;) {
        before = left;
        for (const [partition, queue] of unread) {
          while (queue.length > 0 && !started.sequencer.isAhead(partition)) {
            read(started, queue.shift()!);
            left -= 1;
            held = Math.max(held, started.sequencer.status.heldRows);
            out.push(...drain(started, ends));
          }
        }
      }
      expect(transactionsOf(out)).toEqual(transactionsOf(sequence(records)));
      expect(held).toBeLessThan(heldOf(records) / 2);
    },
  );

  /** Rows held when partitions are read one after the other without bound. */
  function heldOf(records: readonly RecordedRecord[]): number {
    const started = bench(records);
    readAll(byPartition(records, isBoundary), started);
    return started.sequencer.status.heldRows;
  }

  const bulk = history('12-bulk');
  const big = (options: { readonly transactionRowsMax: number }) => bench(bulk, options);
  const whole = sequence(bulk);
  const tooLarge = whole.find((next) => next.kind === 'transaction' && next.changes.length > 499);

  it('a transaction over the limit is held; nothing of it leaves, nor of what follows', () => {
    const started = big({ transactionRowsMax: 499 });
    const out = xidsOf(sequence(bulk, started));
    expect(out).toEqual(xidsOf(whole).slice(0, out.length));
    expect(out).not.toContain(tooLarge?.kind === 'transaction' ? tooLarge.id : '');
    expect(started.sequencer.held?.code).toBe('TRANSACTION_TOO_LARGE');
    expect(started.sequencer.held?.text).toContain('limits.transactionRowsMax');
  });

  it.each(['release', 'quarantine'] as const)('%s lets it go: whole, or only to park what it touches', (how) => {
    const started = big({ transactionRowsMax: 499 });
    const out = sequence(bulk, started);
    for (let { held } = started.sequencer; held !== null; held = started.sequencer.held) {
      expect(started.sequencer.resolve(held.transaction, how)).toBe(true);
      out.push(...sequence(bulk, started));
    }
    expect(xidsOf(out)).toEqual(xidsOf(whole));
    const keys = out.flatMap((next) => (next.kind === 'transaction' ? next.changes.map(({ key }) => key) : []));
    expect(keys).toEqual(
      whole.flatMap((next) => (next.kind === 'transaction' ? next.changes.map(({ key }) => key) : [])),
    );
    const parked = out.filter((next) => next.kind === 'transaction' && next.refusal?.code === 'TRANSACTION_TOO_LARGE');
    expect(parked.length > 0).toBe(how === 'quarantine');
    for (const next of parked)
      if (next.kind === 'transaction') expect(next.changes.every(({ row }) => row === null)).toBe(true);
  });
});

describe('S10: an unreadable record parks its aggregate', () => {
  const rows = interleaved.filter(isStreamedRow);
  const withDamage = (bad: RecordedRecord): RecordedRecord[] =>
    interleaved.map((record) => (record === bad ? damaged(bad) : record));
  const refusedIn = (out: readonly Step[]) =>
    out.flatMap((next) =>
      (next.kind === 'snapshot-end' ? [] : next.changes).flatMap(({ refusal, key, partition, offset }) =>
        refusal === null ? [] : [{ kind: next.kind, code: refusal.code, key, place: `${partition} ${offset}` }],
      ),
    );

  it('in the place of the row that END counts: the transaction keeps its number of rows and its turn', () => {
    const whole = positionsOf(sequence(interleaved));
    for (const bad of rows) {
      const out = sequence(withDamage(bad));
      expect(positionsOf(out)).toEqual(whole);
      expect(rowsOf(out, 'transaction')).toHaveLength(rows.length);
      const [only, ...more] = refusedIn(out);
      expect(more).toEqual([]);
      expect(only).toMatchObject({ code: 'RECORD_UNDECODABLE', place: `${partitionOf(bad)} ${bad.offset}` });
    }
  });

  it('by itself, when it takes no row’s place', () => {
    const bad = interleaved.find(isSnapshotRow)!;
    expect(refusedIn(sequence(withDamage(bad)))).toEqual([
      { kind: 'baseline', code: 'RECORD_UNDECODABLE', key: '800001', place: 'legacy.oms.ord_hdr/2 0' },
    ]);
  });

  it('without a readable key the source stops: nobody knows whose row it is', () => {
    const bad = rows[3]!;
    const records = interleaved.map((record) => (record === bad ? { ...damaged(bad), key: '{' } : record));
    const refusal = refusalOf(() => sequence(records));
    expect(refusal).toMatchObject({ code: 'RECORD_UNDECODABLE', disposition: 'refuse' });
    expect(refusal.details).toEqual({ partition: partitionOf(bad), offset: bad.offset });
  });
});
