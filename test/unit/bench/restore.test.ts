/** Aggregates that the bench makes of real journal entries. */
import { describe, expect, it } from 'vitest';
import { made, templateOf } from '../../../bench/restore/template.js';
import type { JournalEntry } from '../../../src/domain/journal-entry.js';
import { retailerRules, Rig } from '../../support/rig.js';
import { readRecording } from '../../support/recordings.js';

describe('an aggregate made of a recorded entry', () => {
  it('is the same in everything but its number and the keys of its rows', async () => {
    const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules: await retailerRules() });
    await rig.live();
    const entries = rig.journal().filter(({ state }) => state.rows['oms.pay_txn'] !== undefined);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) {
      const one = made(templateOf(JSON.stringify(entry)), 17);
      const other = made(templateOf(JSON.stringify(entry)), 18);
      expect(one.text).toBe('order:10000000017');
      const state = (JSON.parse(one.entry) as JournalEntry).state;
      expect(Object.keys(state.rows['oms.ord_hdr'] ?? {})).toEqual(['10000000017']);
      expect(state.rows['oms.ord_hdr']?.['10000000017']?.['ord_no']).toBe('10000000017');
      const [payments, others] = [one, other].map(({ entry: text }) =>
        Object.keys((JSON.parse(text) as JournalEntry).state.rows['oms.pay_txn'] ?? {}),
      );
      expect(payments).toHaveLength(Object.keys(entry.state.rows['oms.pay_txn'] ?? {}).length);
      expect(others?.some((key) => payments?.includes(key))).toBe(false);
      expect(one.entry).not.toContain(`"${entry.id}"`);
    }
  });
});
