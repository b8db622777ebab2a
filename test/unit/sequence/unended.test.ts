/** S13: transactions that began and have no END, as connectors leave them behind (lost records, DDL, a connector that was replaced). */
import { describe, expect, it } from 'vitest';
import type { ChangeEvent, DecodedRecord } from '../../../src/domain/change-event.js';
import { positionOf } from '../../../src/domain/position.js';
import { type Frontier, NO_FRONTIER } from '../../../src/sequence/frontier.js';
import { Sequencer } from '../../../src/sequence/sequencer.js';

const TX = 'legacy.transaction/0';
const A = 'legacy.oms.a/0';
const at = (n: number) => positionOf(String(n));
const AT: Frontier = { ...NO_FRONTIER, position: at(100) };

const begin = (offset: number, id: string): DecodedRecord => ({ kind: 'begin', partition: TX, offset, id });
const end = (offset: number, id: string, position: number, rows: number): DecodedRecord => ({
  ...{ kind: 'end', partition: TX, offset, id, position: at(position), serial: null, sourceTimeMs: position },
  ...{ rows, rowsByTable: new Map(rows === 0 ? [] : [['oms.a', rows]]) },
});
const row = (offset: number, id: string, predecessor: number, place: number): ChangeEvent => ({
  ...{ kind: 'change', partition: A, offset, source: 'legacy', table: 'oms.a', op: 'u', key: String(offset), row: {} },
  ...{ otherKey: null, refusal: null, snapshot: null, sourceTimeMs: place },
  transaction: { id, predecessor: at(predecessor), commit: null, position: at(place), order: 1 },
});

function started(): Sequencer {
  return new Sequencer({
    ...{
      source: 'legacy',
      mode: 'exact',
      transactionPartition: TX,
      messagePartitions: [],
      frontier: AT,
      gaps: 'refuse',
    },
    ...{ partitionsByTable: new Map([['oms.a', [A]]]), transactionRowsMax: 1_000, heldRowsMax: 1_000 },
  });
}

/** Ids of what leaves. */
function drained(sequencer: Sequencer, ends: ReadonlyMap<string, number>): string[] {
  const ids: string[] = [];
  for (let step = sequencer.peek(); step !== undefined || sequencer.wantsBounds; step = sequencer.peek()) {
    if (step === undefined) sequencer.settle(ends);
    else {
      if (step.kind === 'transaction') ids.push(step.id);
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
    expect(drained(sequencer, ends)).toEqual(['702']);
    expect(Object.fromEntries(sequencer.needed())).toEqual(Object.fromEntries(ends));
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
