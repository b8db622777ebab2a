/** Aggregates that the bench makes of real journal entries. */
import { describe, expect, it } from 'vitest';
import { checkStates } from '../../../bench/restore/check.js';
import { made, templateOf } from '../../../bench/restore/template.js';
import type { JournalEntry } from '../../../src/domain/state/journal-entry.js';
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

describe('the check of restored states', () => {
  const lastOf = (number: number) => ({
    text: `order:${number}`,
    entry: JSON.stringify({ state: { sequence: number, rows: {} } }),
  });
  const stored = new Map(
    Array.from({ length: 2_500 }, (_, i) => [`p:order:${i}`, JSON.stringify({ sequence: i, rows: {} })]),
  );
  const checked = (values: ReadonlyMap<string, string>) => {
    const redis = {
      exists: (...keys: string[]) => Promise.resolve(keys.filter((key) => values.has(key)).length),
      mget: (...keys: string[]) => Promise.resolve(keys.map((key) => values.get(key) ?? null)),
    };
    return checkStates({ redis, prefix: 'p:', aggregates: 2_500, lastOf });
  };

  it('finds nothing where all are as the journal says', async () => {
    expect(await checked(stored)).toEqual({ expected: 2_500, missing: 0, different: 0, compared: 2_500 });
  });

  it('counts those that are missing, and those that are others', async () => {
    const wrong = new Map(stored).set('p:order:7', JSON.stringify({ sequence: 8, rows: {} }));
    wrong.delete('p:order:2499');
    expect(await checked(wrong)).toMatchObject({ missing: 1, different: 2 });
  });
});
