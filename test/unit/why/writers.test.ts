/** Who wrote a value: the newest entry that told of it, as things are or as they were; of rows of lookup tables nobody can say that here. */
import { describe, expect, it } from 'vitest';
import type { JournalEntry, RowTold } from '../../../src/domain/state/journal-entry.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, legacy, lookup, one, ruleSet, table } from '../../../src/rules/index.js';
import type { Told } from '../../../src/why/history/chain.js';
import { type Writer, Writers } from '../../../src/why/history/writers.js';

const hdr = table('oms.hdr', { key: ['id'], columns: { id: legacy.bigint(), ctry: legacy.text() } });
const country = table('ref.country', { key: ['cd'], columns: { cd: legacy.text(), open: legacy.boolean() } });
const order = aggregate('order', { header: one(hdr, (row) => row.id) }, { lookups: { countries: lookup(country) } });
const compiled = compileRuleSet(ruleSet({ aggregates: [order], facts: [], publications: [] })).aggregates.get('order')!;

const told = (offset: number, ...rows: readonly RowTold[]): Told => ({
  ...{ offset, partition: 0, writtenMs: 0 },
  entry: { rows, origin: { transactionId: String(offset) } } as unknown as JournalEntry,
});
const came = told(3, { table: 'oms.hdr', key: '1', op: 'c', is: { id: '1', ctry: 'DE' } });
const moved = told(5, { table: 'oms.hdr', key: '1', op: 'u', was: { ctry: 'DE' }, is: { ctry: 'FR' } });
const went = told(9, { table: 'oms.hdr', key: '1', op: 'd', was: { id: '1', ctry: 'FR' } });
const writers = new Writers({ entries: [went, moved, came], end: 'begin', missing: 0 }, compiled);
const offsetOf = (writer: Writer): number | string => ('told' in writer ? writer.told.offset : writer.kind);

describe('who wrote', () => {
  it('a value is the newest that told of it, up to the entry that is asked about, or before it', () => {
    const at = (of: Told | null, isBefore: boolean, column: string | null = 'ctry', key: string | null = '1') =>
      offsetOf(writers.of('oms.hdr', key, column, { told: of, isBefore }));
    expect([at(null, false), at(went, false), at(went, true), at(moved, false), at(moved, true)]).toEqual([
      9, 9, 5, 5, 3,
    ]);
    expect(at(came, true)).toBe('snapshot');
    expect([at(moved, false, 'id'), at(moved, false, null), at(went, false, null)]).toEqual([3, 3, 9]);
    expect([at(null, false, null, null), at(moved, false, null, null), at(came, true, null, null)]).toEqual([
      9,
      3,
      'snapshot',
    ]);
  });

  it('a row of a lookup table is not known: it may have changed since, in a history of its own', () => {
    expect(offsetOf(writers.of('ref.country', 'DE', 'open'))).toBe('unknown');
    expect(offsetOf(writers.of('ref.country', 'DE', null))).toBe('unknown');
    expect(offsetOf(writers.of('oms.other', '1', 'x'))).toBe('snapshot');
  });
});
