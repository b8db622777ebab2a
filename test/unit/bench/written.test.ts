/** Counting what a drain wrote. */
import { describe, expect, it } from 'vitest';
import { bytesOf, cellKind, ownBytes, Parts } from '../../../bench/drain/written.js';
import { timesOwn } from '../../../bench/drain/written-report.js';
import { cellKey } from '../../../src/pipeline/state/cells.js';

describe('what a drain wrote', () => {
  it('is counted whole: no byte of a record is left out or counted twice', () => {
    const parts = new Parts();
    const entry = { v: 2, aggregate: 'order', rows: [{ table: 'oms.ord_hdr', key: '4711', op: 'c' }], verdicts: [] };
    const value = JSON.stringify(entry);
    parts.add('journal', { key: 'order:4711', value, bytes: 10 + value.length });
    parts.add('state', { key: cellKey({ hash: 'order:4711', field: '' }), value: '{}', bytes: 19 });
    parts.add('state', { key: cellKey({ hash: 'order:4711', field: 'roms.ord_hdr\t4711' }), value: null, bytes: 40 });
    const all = parts.all();
    expect(bytesOf(all)).toBe(10 + value.length + 19 + 40);
    expect(all.map(({ topic, part }) => `${topic} ${part}`)).toEqual([
      'journal key, names, small fields',
      'journal rows',
      'state row',
      'state memory',
    ]);
    expect(all.find(({ part }) => part === 'rows')?.bytes).toBe(JSON.stringify(entry.rows).length);
  });

  it.each([
    ['order:4711', '', 'memory'],
    ['order:4711', 'fPaymentCaptured\t1', 'event of a fact'],
    ['~rows', 'oms.pay_txn\t1', '~rows'],
    ['~queue:order:4711', '0', '~queue'],
  ])('names the kind of a cell: %s %s', (hash, field, kind) => {
    expect(cellKind(cellKey({ hash, field }))).toBe(kind);
  });

  it('is held against the row as it is, or was when it is gone, in both forms of an envelope', () => {
    const row = { ord_no: 4711 };
    const bytesOfValue = (value: unknown) => ownBytes(Buffer.from(JSON.stringify(value)));
    expect(bytesOfValue({ before: null, after: row })).toBe(15);
    expect(bytesOfValue({ before: row, after: null })).toBe(15);
    expect(bytesOfValue({ schema: {}, payload: { before: null, after: row } })).toBe(15);
    expect(ownBytes(null)).toBe(0);
    expect(ownBytes(Buffer.from('{"before":null,"aft'))).toBe(0);
    const part = { topic: 'state', part: 'row', records: 1, bytes: 100 };
    expect(timesOwn({ rowBytes: 15, eventBytes: 25, parts: [part] })).toBe(2.5);
  });
});
