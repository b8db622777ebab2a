/** The journal is an undo log: from the rows of now, and its entries backwards, follow the rows of every earlier decision. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { aggregateText } from '../../../../src/domain/state/aggregate-state.js';
import type { Decision, JournalEntry } from '../../../../src/domain/state/journal-entry.js';
import { undone } from '../../../../src/why/history/undo.js';
import { plainRows } from '../../../support/pipeline/undo.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

const hasEntry = ({ outcome, verdicts }: Decision): boolean => outcome !== 'baseline' || verdicts.length > 0;

/** Decisions by aggregate, as they were made. */
function decisionsOf(rig: Rig): Map<string, Decision[]> {
  const all = new Map<string, Decision[]>();
  for (const event of rig.told) {
    if (event.kind !== 'decided') continue;
    const key = aggregateText(event.entry);
    all.set(key, [...(all.get(key) ?? []), event.entry]);
  }
  return all;
}

describe.each([
  ...[
    'postgres/01-lifecycle',
    'postgres/02-interleaved',
    'postgres/03-toast',
    'postgres/04-key-change',
    'postgres/06-replay',
  ],
  ...[
    'postgres/07-resnapshot',
    'postgres/08-incremental-snapshot',
    'postgres/11-ddl',
    'postgres/17-replica-identity-full',
  ],
])('%s', (name) => {
  it('every earlier state follows', async () => {
    const rig = new Rig(readRecording(name), { rules });
    await rig.live();
    const entries = new Map<string, JournalEntry[]>();
    for (const entry of rig.journal())
      entries.set(aggregateText(entry), [...(entries.get(aggregateText(entry)) ?? []), entry]);
    let [steps, changed] = [0, 0];
    for (const [key, decisions] of decisionsOf(rig)) {
      const left = entries.get(key) ?? [];
      let rows = plainRows(rig.states().get(key)?.rows ?? {});
      for (const [i, decision] of [...decisions.entries()].reverse()) {
        expect(rows, `${key} after decision ${i}`).toEqual(plainRows(decision.state.rows));
        const before = plainRows(decisions[i - 1]?.state.rows ?? {});
        if (!hasEntry(decision)) {
          rows = before; // a baseline: from there on nothing is undone
          continue;
        }
        const entry = left.pop()!;
        expect(entry.origin).toEqual(decision.origin);
        rows = undone(rows, entry);
        expect(rows, `${key} before decision ${i}`).toEqual(before);
        steps += 1;
        if (JSON.stringify(before) !== JSON.stringify(plainRows(decision.state.rows))) changed += 1;
      }
      expect(left).toEqual([]);
    }
    expect(steps).toBeGreaterThan(0);
    expect(changed).toBeGreaterThan(0);
  });

  it('an entry has the events whole, as they were published', async () => {
    const rig = new Rig(readRecording(name), { rules });
    await rig.live();
    const told = rig.journal().flatMap(({ events = [] }) => events);
    const published = rig.published();
    expect(told).toHaveLength(published.length);
    const plainEvents = told.map(({ topic, key, value }) => JSON.stringify({ topic, key, value })).sort();
    expect(plainEvents).toEqual(published.map(({ topic, key, value }) => JSON.stringify({ topic, key, value })).sort());
  });
});
