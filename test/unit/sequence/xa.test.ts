/**
 * XA on MariaDB, recorded (SPEC S13): rows come at PREPARE with BEGIN and without END; XA COMMIT and XA ROLLBACK are each a BEGIN alone. x1
 * was committed, x2 rolled back, x3 committed in one phase.
 */
import { describe, expect, it } from 'vitest';
import { byPartition, xidsOf } from '../../support/recorded/histories.js';
import { readRecording } from '../../support/recordings.js';
import { bench, consumed, drain, endsOf, partitionOf, sequence } from '../../support/sequencing.js';

const options = { connector: 'mariadb' } as const;
const recorded = consumed(
  readRecording('mariadb/07-xa').map((record) => ({
    ...record,
    topic: record.topic.replace('mxa1', 'shop'),
    value: record.value?.replaceAll('"mxa1"', '"shop"') ?? null,
  })),
  bench([], options),
);
const [committed, rolledBack] = ['0-7-14', '0-7-17'];

describe('transactions that were prepared with XA', () => {
  const orders = [recorded, byPartition(recorded), byPartition(recorded, ({ topic }) => topic === 'shop.transaction')];

  it.each(orders.map((order, way) => [way, order] as const))(
    'are held with the cause named, and all others are handed on (order %i)',
    (_, order) => {
      const started = bench(recorded, options);
      expect(xidsOf(sequence(order, started))).toEqual(['0-7-13', '0-7-15', '0-7-19']);
      expect([committed, rolledBack]).toContain(started.sequencer.held?.transaction);
      expect(started.sequencer.held?.code).toBe('TRANSACTION_WITHOUT_END');
      expect(started.sequencer.held?.text).toMatch(/prepared with XA.*no record tells apart/);
    },
  );

  it('are never released, rolled back or not: in quarantine each of their rows parks what it touches', () => {
    const started = bench(recorded, options);
    sequence(recorded, started);
    const left = new Set([committed, rolledBack]);
    while (left.size > 0) {
      const id = started.sequencer.held?.transaction ?? '';
      expect(left.delete(id)).toBe(true);
      expect(started.sequencer.resolve(id, 'release')).toBe(false);
      expect(started.sequencer.resolve(id, 'quarantine')).toBe(true);
      const out = drain(started, endsOf(recorded));
      expect(out.map(({ kind }) => kind)).toEqual(['baseline']);
      for (const step of out)
        for (const { refusal, row } of step.kind === 'baseline' ? step.changes : [])
          expect([refusal?.code, row]).toEqual(['TRANSACTION_WITHOUT_END', null]);
    }
    expect(started.sequencer.held).toBeNull();
    const table = ({ topic }: { topic: string }): boolean => topic !== 'shop.transaction';
    for (const record of recorded.filter(table))
      expect(started.sequencer.needed().get(partitionOf(record))).toBeGreaterThan(record.offset);
  });
});
