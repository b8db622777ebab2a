/** The live demo: which orders it knows from the snapshot, and when it may tell a decision. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Baseline } from '../../../scripts/demo/baseline.js';
import { Pairing, shownEvent } from '../../../scripts/demo/decision.js';
import { Storyteller } from '../../../scripts/demo/storyteller.js';
import { loadRules } from '../../../src/adapters/files/rules-loader.js';
import { type AggregateState, EMPTY_STATE } from '../../../src/domain/state/aggregate-state.js';
import type { JournalEntry } from '../../../src/domain/state/journal-entry.js';
import { positionOf } from '../../../src/domain/source/position.js';
import { cellKey, COLUMNS } from '../../../src/pipeline/state/cells.js';
import { ColumnLists } from '../../../src/pipeline/state/column-lists.js';
import { changedParts } from '../../../src/pipeline/state/parts.js';

let lists: ColumnLists;

beforeEach(() => {
  lists = new ColumnLists();
});

const { rules } = await loadRules('rules');

/** Records of a Kafka transaction that makes `after` of `before`, column lists last as the pipeline writes them. */
function recordsOf(hash: string, before: AggregateState | null, after: AggregateState) {
  const { parts } = changedParts(before, after, lists);
  const cells = [...parts].map(([field, value]) => ({ key: cellKey({ hash, field }), value }));
  return [...cells, ...lists.takeFresh().map(([field, value]) => ({ key: cellKey({ hash: COLUMNS, field }), value }))];
}

const SHOWN: AggregateState = {
  ...EMPTY_STATE,
  rows: {
    'oms.ord_hdr': { '1': { ord_no: 1, fraud_flg: 'review' } },
    'oms.ord_line': { '1/1': { ord_no: 1 }, '1/2': { ord_no: 1 } },
  },
};
const DECIDED: AggregateState = {
  ...SHOWN,
  rows: { ...SHOWN.rows, 'oms.ord_hdr': { '1': { ord_no: 1, fraud_flg: 'clear' } } },
  journal: [4],
};

const entry: JournalEntry = {
  ...{ v: 2, aggregate: 'order', id: '1', outcome: 'applied', refusal: null, digest: '', previous: [] },
  origin: { source: 'legacy', transactionId: '77', position: positionOf('1'), commitTimeMs: 5 },
  rows: [{ table: 'oms.ord_hdr', key: '1', op: 'u', was: { fraud_flg: 'review' }, is: { fraud_flg: 'clear' } }],
  verdicts: [
    {
      fact: 'OrderAcceptedForFulfillment',
      verdict: 'unmet',
      occurrence: '',
      unmet: ['shipping address is valid'],
      unknown: [],
    },
  ],
};

const seen = (baseline: Baseline, ...records: ReturnType<typeof recordsOf>): void =>
  records.forEach((record) => baseline.see(record));

describe('what the snapshot showed', () => {
  it('is told once, with every row, and not what was decided later', () => {
    const baseline = new Baseline('legacy');
    seen(baseline, ...recordsOf('order:1', null, SHOWN), ...recordsOf('order:1', SHOWN, DECIDED));
    seen(baseline, ...recordsOf('order:2', null, { ...DECIDED, journal: [5] }));
    const [shown, ...others] = baseline.take();
    expect(others).toEqual([]);
    expect(shown?.entry).toMatchObject({ aggregate: 'order', id: '1', outcome: 'baseline', verdicts: [] });
    expect(shown?.entry.rows.map(({ table, key, is }) => [table, key, is?.['fraud_flg']])).toEqual([
      ['oms.ord_hdr', '1', 'review'],
      ['oms.ord_line', '1/1', undefined],
      ['oms.ord_line', '1/2', undefined],
    ]);
    expect(baseline.take()).toEqual([]);
  });

  it('is not new when something is decided on it', () => {
    const baseline = new Baseline('legacy');
    seen(baseline, ...recordsOf('order:1', null, SHOWN), ...recordsOf('order:1', SHOWN, DECIDED));
    const teller = new Storyteller({ rules, width: 120, paint: (_, text) => text, speed: 1 });
    const text = [...baseline.take(), { entry, events: [] }].flatMap((decision) => {
      const { transactionId, commitTimeMs } = decision.entry.origin;
      return teller.tell({ transactionId, commitTimeMs, decisions: [decision] });
    });
    expect(text.join('\n')).toContain('snapshot: 3 rows of 1 order');
    expect(text.join('\n')).toContain('now "fraud review is clear"; not yet:');
    expect(teller.states.get('order:1')?.rows['oms.ord_hdr']).toEqual({ '1': { ord_no: 1, fraud_flg: 'clear' } });
  });
});

describe('a decision', () => {
  it('waits for what was remembered before it', () => {
    const baseline = new Baseline('legacy');
    const pairing = new Pairing(baseline);
    seen(baseline, ...recordsOf('order:1', null, SHOWN));
    expect(pairing.addEntry(entry, 4)).toEqual([]);
    expect(pairing.isSettled).toBe(false);
    seen(baseline, ...recordsOf('order:1', SHOWN, DECIDED));
    expect(pairing.paired()).toEqual([{ entry, events: [] }]);
    expect(pairing.isSettled).toBe(true);
  });

  it('waits for its events', () => {
    const baseline = new Baseline('legacy');
    const pairing = new Pairing(baseline);
    const value = { eventId: 'e-1', eventType: 'OrderReady', orderId: '1', sequence: 1 };
    const told = { ...entry, events: [{ topic: 't', key: '1', headers: {}, value }] };
    seen(baseline, ...recordsOf('order:1', null, DECIDED));
    expect(pairing.addEntry(told, 4)).toEqual([]);
    const event = shownEvent(JSON.stringify(value));
    expect(pairing.addEvent(event)).toEqual([{ entry: told, events: [event] }]);
  });
});
