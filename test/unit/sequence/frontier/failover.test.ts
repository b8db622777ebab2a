/**
 * A connector that goes on by GTID on another server (SPEC S3, S7, P6): the log of that server has other places, and the outcome is the
 * same whatever was read when. Derived from a recording: from one transaction on, GTIDs and binlog file are those of another server.
 */
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../../src/domain/source/transaction.js';
import { DragomanError } from '../../../../src/errors.js';
import { byPartition, positionsOf, rowsOf, xidsOf } from '../../../support/recorded/histories.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import {
  bench,
  type BenchOptions,
  consumed,
  drain,
  endsOf,
  partitionOf,
  read,
  sequence,
  standingOf,
} from '../../../support/sequencing.js';

const binlog = consumed(readRecording('mariadb/02-interleaved'), bench([], { connector: 'mariadb' }));
const isEnd = ({ value }: RecordedRecord): boolean => value?.includes('"status":"END"') === true;
const isBoundary = ({ topic }: RecordedRecord): boolean => topic === 'shop.transaction';
const isRow = (record: RecordedRecord): boolean => record.value !== null && 'op' in envelopeOf(record);
const gtidOf = (record: RecordedRecord): string => {
  const { transaction, id } = envelopeOf(record);
  const named = transaction?.id;
  return typeof named === 'string' ? named : (id ?? '');
};
const numberOf = (gtid: string): number => Number(gtid.split('-')[2] ?? 0);
const committed = (records: readonly RecordedRecord[]): string[] => records.filter(isEnd).map(gtidOf);
const ids = committed(binlog);
const [middle = ''] = ids.slice(Math.floor(ids.length / 2));
const end = binlog.find((record) => isEnd(record) && gtidOf(record) === middle)!;

const MIDDLE = numberOf(middle);
/** As if another server had written it, in another file. */
const elsewhere = (record: RecordedRecord, file: string, server = '99', add = 0): RecordedRecord => {
  const renamed = (text: string | null) =>
    text?.replaceAll(
      /"0-7-(\d+)(\\?)"/g,
      (_, n: string, slash: string) => `"0-${server}-${Number(n) + add}${slash}"`,
    ) ?? null;
  return {
    ...record,
    key: renamed(record.key),
    value: renamed(record.value)?.replaceAll('"file":"mbin.000003"', `"file":"mbin.${file}"`) ?? null,
  };
};
const isLater = (record: RecordedRecord): boolean => numberOf(gtidOf(record)) > MIDDLE;
/** Everything after the middle is committed on the other server. */
const failedOver = (file: string, add = 0): RecordedRecord[] =>
  binlog.map((record) => (isLater(record) ? elsewhere(record, file, '99', add) : record));

const options = { connector: 'mariadb' } as const;

interface Outcome {
  readonly ids: readonly string[];
  readonly positions: readonly string[];
  readonly refused: string | null;
}

function outcomeOf(run: (out: Step[]) => void): Outcome {
  const out: Step[] = [];
  let refused: string | null = null;
  try {
    run(out);
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    refused = error.code;
  }
  return { ids: xidsOf(out), positions: positionsOf(out), refused };
}

/** The same records, read and handed on in many ways. */
function* waysToRead(
  records: readonly RecordedRecord[],
  mode: BenchOptions['mode'] = 'exact',
): Generator<[string, Outcome]> {
  const ends = endsOf(records);
  const start = (rest: BenchOptions = {}) => bench(records, { ...options, mode, ...rest });
  const pull = (started: ReturnType<typeof bench>, out: Step[]): void => {
    for (;;) {
      const step = started.sequencer.peek();
      if (step !== undefined) {
        out.push(step);
        started.sequencer.advance();
      } else if (started.sequencer.wantsBounds) started.sequencer.settle(ends);
      else return;
    }
  };
  const orders: [string, readonly RecordedRecord[]][] = [
    ['as recorded', records],
    ['boundaries last', byPartition(records, isBoundary)],
    ['boundaries first', byPartition(records, (record) => !isBoundary(record))],
    [
      'partitions backwards',
      [...new Set(records.map(partitionOf))]
        .reverse()
        .flatMap((name) => records.filter((record) => partitionOf(record) === name)),
    ],
  ];
  for (const [name, order] of orders) {
    yield [
      `${name}, one by one`,
      outcomeOf((out) => {
        const started = start();
        for (const record of order) {
          read(started, record);
          pull(started, out);
        }
      }),
    ];
    yield [
      `${name}, as a backlog`,
      outcomeOf((out) => {
        const started = start();
        for (const record of order) read(started, record);
        pull(started, out);
      }),
    ];
    yield [
      `${name}, with a crash after each 7th step`,
      outcomeOf((out) => {
        let started = start();
        let steps = 0;
        for (let at = 0; at < order.length; at += 1) {
          read(started, order[at]!);
          const before = out.length;
          pull(started, out);
          steps += out.length - before;
          if (steps < 7) continue;
          steps = 0;
          started = start(standingOf(started));
          for (const record of order.slice(0, at + 1)) read(started, record);
        }
        pull(started, out);
      }),
    ];
  }
}

function expectOne(records: readonly RecordedRecord[], want: Partial<Outcome>, mode?: BenchOptions['mode']): Outcome {
  let first: Outcome | undefined;
  for (const [way, outcome] of waysToRead(records, mode)) {
    first ??= outcome;
    expect(outcome, way).toEqual(first);
    expect(outcome, way).toMatchObject(want);
  }
  return first!;
}

const withRows = (records: readonly RecordedRecord[]): string[] =>
  records.filter((record) => isEnd(record) && envelopeOf(record).event_count !== 0).map(gtidOf);

describe('a fail-over that GTIDs tell', () => {
  it.each([
    ['lower', '000001', '~1:'],
    ['higher', '000009', '9:'],
  ])('to a server whose log stands %s: each transaction once, in order, at one growing position', (_, file) => {
    const records = failedOver(file);
    const { positions } = expectOne(records, { ids: withRows(records), refused: null });
    expect([...positions].sort()).toEqual(positions);
    expect(new Set(positions).size).toBe(positions.length);
    expect(Math.max(...positions.map((position) => position.length))).toBeLessThan(70);
  });

  it('and back again', () => {
    const last = numberOf(ids.at(-3)!);
    const records = failedOver('000001').map((record) =>
      numberOf(gtidOf(record)) > last
        ? { ...record, value: record.value!.replaceAll('0-99-', '0-7-').replaceAll('mbin.000001', 'mbin.000004') }
        : record,
    );
    const { positions } = expectOne(records, { ids: withRows(records), refused: null });
    expect([...positions].sort()).toEqual(positions);
  });

  it.each(['000001', '000009'])('what the new server sends again, in its file %s, is known', (file) => {
    const records = failedOver(file);
    const again = binlog
      .filter((record) => (isRow(record) || isBoundary(record)) && gtidOf(record) !== '')
      .filter((record) => numberOf(gtidOf(record)) > MIDDLE - 4 && !isLater(record))
      .map((record) => elsewhere(record, file, '7'));
    const before = records.filter((record) => !isLater(record));
    const mixed = renumbered([...before, ...again, ...records.filter(isLater)]);
    expect(again.length).toBeGreaterThan(4);
    expectOne(mixed, { ids: withRows(records), refused: null });
  });

  it('where the log went apart, it is refused: another server used the numbers that were handed on', () => {
    const records = failedOver('000001', -3);
    expectOne(records, { ids: withRows(binlog).filter((id) => numberOf(id) <= MIDDLE), refused: 'SOURCE_WENT_BACK' });
  });

  it('in the middle of a transaction it is refused: its rows have no order', () => {
    const rows = binlog.filter((record) => isRow(record) && gtidOf(record) === middle);
    const last = rows.at(-1)!;
    const records = binlog.map((record) =>
      record === last || isLater(record)
        ? edited(record, ({ source }) => isRow(record) && Object.assign(source, { file: 'mbin.000001' }))
        : record,
    );
    expect(rows.length).toBeGreaterThan(1);
    for (const [way, { refused }] of waysToRead(records)) expect(refused, way).toBe('SOURCE_WENT_BACK');
  });

  it('in the middle of a transaction that the new server sends whole: that is all of it', () => {
    const rows = binlog.filter((record) => isRow(record) && gtidOf(record) === middle);
    const last = rows.at(-1)!;
    const again = rows.map((record) => elsewhere(record, '000001', '7'));
    const before = binlog.filter(
      (record) => record !== last && !isLater(record) && !(isEnd(record) && gtidOf(record) === middle),
    );
    const records = renumbered([...before, ...again, end, ...failedOver('000001').filter(isLater)]);
    expectOne(records, { ids: withRows(records), refused: null });
  });

  it('in position mode, which has nothing but places, it is refused', () => {
    for (const [way, { refused }] of waysToRead(
      failedOver('000001').filter((record) => !isBoundary(record)),
      'position',
    ))
      expect(refused, way).toBe('SOURCE_WENT_BACK');
  });
});

/** Offsets anew, in this order. */
function renumbered(records: readonly RecordedRecord[]): RecordedRecord[] {
  const next = new Map<string, number>();
  return records.map((record) => {
    const offset = next.get(partitionOf(record)) ?? 0;
    next.set(partitionOf(record), offset + 1);
    return { ...record, offset };
  });
}

describe('a snapshot', () => {
  const snapshotRows = binlog.filter((record) => isRow(record) && envelopeOf(record).op === 'r');
  const taken = (file: string, pos: number): RecordedRecord[] =>
    snapshotRows.map((record, at) =>
      edited(record, ({ source }) => {
        const snapshot = at === snapshotRows.length - 1 ? 'last' : 'true';
        Object.assign(source, { file: `mbin.${file}`, pos, snapshot });
      }),
    );

  it('on the server that is followed now begins and ends', () => {
    const records = renumbered([...failedOver('000001'), ...taken('000002', 4)]);
    const out = sequence(records, bench(records, options));
    expect(out.at(-1)).toMatchObject({
      kind: 'snapshot-end',
      generation: expect.stringMatching(/^~0000000001:0000000002:/) as string,
    });
    expect(rowsOf(out, 'baseline')).toHaveLength(snapshotRows.length * 2);
  });

  it('of a log that no transaction led to is refused, whenever it is read', () => {
    const records = renumbered([...binlog, ...taken('000002', 4)]);
    expectOne(records, { ids: withRows(binlog), refused: 'SOURCE_WENT_BACK' });
  });
});

describe('many transactions after a fail-over', () => {
  it('have positions and a frontier that stay small', () => {
    const own = binlog.filter((record) => gtidOf(record) === middle && (isRow(record) || isBoundary(record)));
    const before = binlog.filter((record) => !isLater(record));
    const copies = Array.from({ length: 1_000 }, (_, n) =>
      own.map((record) => ({
        ...elsewhere(record, '000001', '99', n + 1),
        value: elsewhere(record, '000001', '99', n + 1).value!.replace(
          /"pos":(\d+)/,
          (_all, pos: string) => `"pos":${Number(pos) + n * 10_000}`,
        ),
      })),
    ).flat();
    const records = renumbered([...before, ...copies]);
    const started = bench(records, options);
    for (const record of records) read(started, record);
    const out = drain(started, endsOf(records));
    expect(xidsOf(out).slice(-1_000)).toEqual(copies.filter(isEnd).map(gtidOf));
    expect(Math.max(...positionsOf(out).map((position) => position.length))).toBeLessThan(70);
    expect(JSON.stringify(started.sequencer.frontier).length).toBeLessThan(700);
  });
});
