/** S13: transactions that began and have no END, as connectors leave them behind (lost records, DDL, a connector that was replaced). */
import { describe, expect, it } from 'vitest';
import type { ChangeEvent, DecodedRecord } from '../../../../src/domain/source/change-event.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { type Frontier, NO_FRONTIER } from '../../../../src/sequence/frontier/frontier.js';
import { HELD_MAX } from '../../../../src/sequence/commit-order.js';
import { Sequencer } from '../../../../src/sequence/sequencer.js';
import type { SequencerSettings } from '../../../../src/sequence/settings.js';

const TX = 'legacy.transaction/0';
const A = 'legacy.oms.a/0';
const B = 'legacy.oms.a/1';
const at = (n: number) => positionOf(String(n));
const AT: Frontier = { ...NO_FRONTIER, position: at(100) };

const begin = (offset: number, id: string): DecodedRecord => ({ kind: 'begin', partition: TX, offset, id });
const end = (offset: number, id: string, position: number, rows: number): DecodedRecord => ({
  ...{ kind: 'end', partition: TX, offset, id, position: at(position), serial: null, sourceTimeMs: position },
  ...{ rows, rowsByTable: new Map(rows === 0 ? [] : [['oms.a', rows]]) },
});
/** @param predecessor null: the connector does not know what came before. */
const row = (offset: number, id: string, predecessor: number | null, place: number, partition = A): ChangeEvent => ({
  ...{ kind: 'change', partition, offset, source: 'legacy', table: 'oms.a', op: 'u', key: String(offset), row: {} },
  ...{ otherKey: null, refusal: null, snapshot: null, sourceTimeMs: place },
  transaction: {
    id,
    predecessor: predecessor === null ? null : at(predecessor),
    commit: null,
    position: at(place),
    order: 1,
  },
});

/** @param generation null: of an incremental one. */
const snapshotRow = (offset: number, generation: number | null, partition = A): ChangeEvent => ({
  ...row(offset, '', null, 0, partition),
  ...{ op: 'r', transaction: null },
  snapshot: { generation: generation === null ? null : at(generation), isLast: false },
});

function started(of: Partial<SequencerSettings> = {}): Sequencer {
  return new Sequencer({
    ...{
      source: 'legacy',
      mode: 'exact',
      transactionPartition: TX,
      messagePartitions: [],
      frontier: AT,
      gaps: 'refuse',
    },
    ...{ partitionsByTable: new Map([['oms.a', [A, B]]]), transactionRowsMax: 1_000, heldRowsMax: 1_000 },
    ...of,
  });
}

/** Transactions that leave, and offsets of rows that leave by themselves. */
function drained(sequencer: Sequencer, ends: ReadonlyMap<string, number>): string[] {
  const ids: string[] = [];
  for (let step = sequencer.peek(); step !== undefined || sequencer.wantsBounds; step = sequencer.peek()) {
    if (step === undefined) sequencer.settle(ends);
    else {
      if (step.kind === 'transaction') ids.push(step.id);
      if (step.kind === 'baseline')
        ids.push(...step.changes.map(({ offset, refusal }) => `${refusal?.code ?? 'row'} ${offset}`));
      sequencer.advance();
    }
  }
  return ids;
}

describe('a BEGIN whose END never comes', () => {
  it('is dropped, when no row of it is consumed, as soon as a later transaction is complete: its offset is free', () => {
    const sequencer = started();
    sequencer.push(begin(0, '700'));
    let [offset, last] = [1, 100];
    for (let i = 0; i < 1_000; i += 1) {
      const id = String(1_000 + i);
      sequencer.push(begin(offset, id));
      sequencer.push(row(i, id, last, 200 + i * 10));
      sequencer.push(end(offset + 1, id, 205 + i * 10, 1));
      [offset, last] = [offset + 2, 205 + i * 10];
      expect(
        drained(
          sequencer,
          new Map([
            [TX, offset],
            [A, i + 1],
          ]),
        ),
      ).toEqual([id]);
      expect(sequencer.needed().get(TX)).toBe(offset);
    }
    expect(sequencer.status).toMatchObject({ openTransactions: 0, held: null });
    expect(sequencer.counts.takeDuplicates().get('boundary-unended')).toBe(1);
  });

  it('waits for rows of it that other partitions may hold', () => {
    const sequencer = started();
    for (const record of [begin(0, '700'), begin(1, '701'), end(2, '701', 300, 0)]) sequencer.push(record);
    const ends = new Map([
      [TX, 3],
      [A, 1],
    ]);
    expect(drained(sequencer, ends)).toEqual([]);
    expect(sequencer.needed().get(TX)).toBe(0);
    sequencer.push(row(0, '700', 100, 110));
    expect(drained(sequencer, ends)).toEqual([]);
    expect(sequencer.held).toMatchObject({ transaction: '700', code: 'TRANSACTION_WITHOUT_END', isWaitedFor: true });
  });

  it('beside a transaction that wrote nothing but a logical message keeps everything after it waiting', () => {
    const sequencer = started();
    const records = [begin(0, '700'), row(0, '700', 100, 110), begin(1, '701'), end(2, '701', 300, 0)];
    for (const record of [...records, begin(3, '702'), row(1, '702', 300, 310), end(4, '702', 320, 1)])
      sequencer.push(record);
    const ends = new Map([
      [TX, 5],
      [A, 2],
    ]);
    expect(drained(sequencer, ends)).toEqual([]);
    expect(sequencer.held).toMatchObject({ transaction: '700', code: 'TRANSACTION_WITHOUT_END', isWaitedFor: true });
    expect(sequencer.resolve('700', 'quarantine')).toBe(true);
    expect(drained(sequencer, ends)).toEqual(['TRANSACTION_WITHOUT_END 0', '702']);
    expect(Object.fromEntries(sequencer.needed())).toEqual({ [B]: 0, ...Object.fromEntries(ends) });
  });

  it('of a transaction that was handed on, announced again by a connector that started anew, is dropped as well', () => {
    const sequencer = started();
    const ends = new Map([
      [TX, 5],
      [A, 2],
    ]);
    for (const record of [begin(0, '700'), row(0, '700', 100, 110), end(1, '700', 120, 1), begin(2, '700')])
      sequencer.push(record);
    for (const record of [begin(3, '701'), row(1, '701', 120, 130), end(4, '701', 140, 1)]) sequencer.push(record);
    expect(drained(sequencer, ends)).toEqual(['700', '701']);
    expect(sequencer.needed().get(TX)).toBe(5);
  });
});

const endsOf = (records: readonly DecodedRecord[]): Map<string, number> =>
  new Map(records.map(({ partition, offset }) => [partition, offset + 1]));

function pushed(
  records: readonly DecodedRecord[],
  of: Partial<SequencerSettings> = {},
  from = new Map<string, number>(),
) {
  const sequencer = started(of);
  for (const [partition, offset] of from) sequencer.start(partition, offset);
  for (const record of records) sequencer.push(record);
  const ends = endsOf(records);
  return { sequencer, ends, out: drained(sequencer, ends) };
}

const isHeld = (sequencer: Sequencer): string[] =>
  sequencer.allHeld.map(
    ({ transaction, code, isWaitedFor }) => `${transaction} ${code}${isWaitedFor ? ', waited for' : ''}`,
  );

/** `701` has no END; `700` stands before it, `702` behind. */
const MIDDLE = [
  ...[begin(0, '700'), row(0, '700', 100, 110), end(1, '700', 120, 1), begin(2, '701'), row(1, '701', 120, 130)],
  ...[begin(3, '702'), row(0, '702', 140, 150, B), end(4, '702', 160, 1)],
];

describe('a transaction with BEGIN and without END that is held', () => {
  it('is held again after a restart, and explains the break when it is put in quarantine', () => {
    const { sequencer, ends, out } = pushed(MIDDLE);
    expect([out, isHeld(sequencer)]).toEqual([['700'], ['701 TRANSACTION_WITHOUT_END, waited for']]);
    const needed = sequencer.needed();
    const rest = MIDDLE.filter(({ partition, offset }) => offset >= (needed.get(partition) ?? 0));
    const frontier = JSON.parse(JSON.stringify(sequencer.frontier)) as Frontier;
    const again = pushed(rest, { frontier }, needed);
    expect([again.out, isHeld(again.sequencer)]).toEqual([[], ['701 TRANSACTION_WITHOUT_END, waited for']]);
    expect(again.sequencer.resolve('701', 'release')).toBe(false);
    expect(again.sequencer.resolve('701', 'quarantine')).toBe(true);
    expect(drained(again.sequencer, ends)).toEqual(['TRANSACTION_WITHOUT_END 1', '702']);
    expect(again.sequencer.status).toMatchObject({ gaps: 0, held: null, openTransactions: 0, heldRows: 0 });
    expect(again.sequencer.needed()).toEqual(ends);
  });

  it('keeps rows of an incremental snapshot behind it, and lets them go with it', () => {
    const { sequencer, out } = pushed([...MIDDLE, snapshotRow(2, null)]);
    const ends = endsOf([...MIDDLE, snapshotRow(2, null)]);
    expect([out, isHeld(sequencer)]).toEqual([['700'], ['701 TRANSACTION_WITHOUT_END, waited for']]);
    expect(sequencer.resolve('701', 'quarantine')).toBe(true);
    expect(drained(sequencer, ends)).toEqual(['TRANSACTION_WITHOUT_END 1', 'row 2', '702']);
    expect(isHeld(sequencer)).toEqual([]);
  });

  it('keeps a full snapshot behind it waiting before a transaction that leads to it, and is told', () => {
    const { sequencer, ends, out } = pushed([...MIDDLE, snapshotRow(2, 500), snapshotRow(1, 500, B)]);
    expect([out, isHeld(sequencer)]).toEqual([['700'], ['701 TRANSACTION_WITHOUT_END, waited for']]);
    expect(sequencer.resolve('701', 'quarantine')).toBe(true);
    expect(drained(sequencer, ends)).toEqual(['TRANSACTION_WITHOUT_END 1', '702', 'row 2', 'row 1']);
    expect(sequencer.status).toMatchObject({ gaps: 0, held: null, heldRows: 0 });
  });

  it('is learnt before a late beginning, where the transaction topic begins behind what is missing, and is no gap', () => {
    const known = { tables: [], begun: null, sinceMs: 1_000_000, learntMs: null };
    const knowledge = { policy: 'late' as const, declared: ['oms.a'], known };
    const of = { frontier: NO_FRONTIER, knowledge };
    const torn = MIDDLE.filter(
      (record) => !(record.partition === TX ? record.offset < 3 : record.partition === A && record.offset < 1),
    );
    const { sequencer, ends, out } = pushed(
      torn,
      of,
      new Map([
        [TX, 3],
        [A, 1],
      ]),
    );
    expect(out).toEqual(['row 1', '702']);
    expect(sequencer.status).toMatchObject({ gaps: 0, held: null, openTransactions: 0, heldRows: 0 });
    expect(sequencer.needed()).toEqual(ends);
    const next = [begin(5, '703'), row(1, '703', 160, 170, B), end(6, '703', 180, 1)];
    for (const record of next) sequencer.push(record);
    expect(drained(sequencer, endsOf([...torn, ...next]))).toEqual(['703']);
    expect(sequencer.status).toMatchObject({ gaps: 0, held: null });
  });

  it('is held before a late beginning, too, where nothing can have expired', () => {
    const known = { tables: [], begun: null, sinceMs: 0, learntMs: null };
    const knowledge = { policy: 'late' as const, declared: ['oms.a'], known };
    const { sequencer, out } = pushed(MIDDLE, { frontier: NO_FRONTIER, knowledge });
    expect([out, isHeld(sequencer)]).toEqual([['700'], ['701 TRANSACTION_WITHOUT_END, waited for']]);
  });
});

describe('several that are held', () => {
  it.each([HELD_MAX - 1, HELD_MAX, HELD_MAX + 1])(
    '%i of them: up to 100 are told, and each can be put in quarantine',
    (n) => {
      const ids = Array.from({ length: n }, (_, i) => String(1_000 + i));
      const rows = ids.map((id, i) => row(i, id, 100 + i, 101 + i));
      const { sequencer, ends } = pushed([...rows, begin(0, '9000'), end(1, '9000', 5_000, 0)]);
      expect(sequencer.allHeld).toHaveLength(Math.min(n, HELD_MAX));
      expect(sequencer.allHeld.every(({ isWaitedFor }) => !isWaitedFor)).toBe(true);
      for (const id of ids) {
        expect(sequencer.resolve(id, 'release')).toBe(false);
        expect(sequencer.resolve(id, 'quarantine')).toBe(true);
        expect(sequencer.resolve(id, 'quarantine')).toBe(false);
      }
      expect(drained(sequencer, ends)).toEqual(ids.map((_, i) => `TRANSACTION_WITHOUT_END ${i}`));
      expect(isHeld(sequencer)).toEqual([]);
    },
  );

  it('one that waits for rows is told first, and each is decided by its own', () => {
    const records = [row(0, '600', 100, 110), begin(0, '700'), end(1, '700', 300, 0), begin(2, '701')];
    const lacking = [row(1, '701', 300, 310), end(3, '701', 320, 2)];
    const { sequencer, ends } = pushed([...records, ...lacking]);
    expect(isHeld(sequencer)).toEqual(['701 TRANSACTION_INCOMPLETE, waited for', '600 TRANSACTION_WITHOUT_END']);
    expect(sequencer.resolve('600', 'release')).toBe(false);
    expect(sequencer.resolve('600', 'quarantine')).toBe(true);
    expect(drained(sequencer, ends)).toEqual(['TRANSACTION_WITHOUT_END 0']);
    expect(isHeld(sequencer)).toEqual(['701 TRANSACTION_INCOMPLETE, waited for']);
    expect(sequencer.resolve('701', 'release')).toBe(true);
    expect(drained(sequencer, ends)).toEqual(['701']);
    expect(isHeld(sequencer)).toEqual([]);
  });
});

describe('a transaction that names none before it, though no snapshot stands before it', () => {
  const first = [row(0, '700', null, 310), end(0, '700', 320, 1)];
  const second = [row(1, '701', 320, 330), end(1, '701', 340, 1)];

  it.each([
    ['its own rows', [...first, snapshotRow(1, 500)], ['700', 'row 1']],
    ['those of one after it', [...first, ...second, snapshotRow(2, 500)], ['700', '701', 'row 2']],
  ])('is a gap, also when a later snapshot waits behind %s', (_, records, rest) => {
    const { sequencer, ends, out } = pushed(records);
    expect([out, isHeld(sequencer)]).toEqual([[], ['700 SOURCE_GAP, waited for']]);
    expect(sequencer.resolve('700', 'release')).toBe(true);
    expect(drained(sequencer, ends)).toEqual(rest);
    expect(sequencer.held).toBeNull();
  });

  it('is none while that snapshot waits behind a transaction without END, which is told', () => {
    const records = [row(0, '600', 100, 110), snapshotRow(1, 300), row(0, '700', null, 310, B), end(0, '700', 320, 1)];
    const { sequencer, ends, out } = pushed(records);
    expect([out, isHeld(sequencer)]).toEqual([[], ['600 TRANSACTION_WITHOUT_END, waited for']]);
    expect(sequencer.resolve('600', 'quarantine')).toBe(true);
    expect(drained(sequencer, ends)).toEqual(['TRANSACTION_WITHOUT_END 0', 'row 1', '700']);
    expect(sequencer.status).toMatchObject({ gaps: 0, held: null });
  });
});
