/**
 * Timers against a model that knows nothing of states: random histories with idle stretches, transactions of a table that nobody reads, and
 * commit times that nobody can believe, lived through in several lives of the task. Each timer that the model owes is decided once, with its own
 * instant, and no other is.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AHEAD_MAX_MS } from '../../src/pipeline/timers/source-time.js';
import type { RecordedRecord } from '../support/recordings.js';
import { Rig } from '../support/rig.js';
import { hdrRow, readyRules, SMALL_SOURCE_MS, SmallSource } from '../support/sources/ready-orders.js';

const HOUR = 60 * 60 * 1_000;
const NOW_MS = SMALL_SOURCE_MS + 1_000 * HOUR;
const rules = readyRules({ retire: { when: ({ header }) => header?.sts === 'DONE', after: '1 hour' } });

interface Step {
  /** A row of an order, or of a table that is not read. */
  readonly what: 'OPEN' | 'DONE' | 'other table';
  readonly order: number;
  /** Since the step before. */
  readonly minutes: number;
  /** Its commit time is that of a clock that is wrong. */
  readonly isAhead: boolean;
  /** The task ends after it, and begins again. */
  readonly isLast: boolean;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    what: fc.constantFrom('OPEN', 'DONE', 'DONE', 'other table', 'other table'),
    order: fc.integer({ min: 1, max: 3 }),
    minutes: fc.constantFrom(0, 1, 30, 90),
    isAhead: fc.nat(9).map((n) => n === 0),
    isLast: fc.nat(4).map((n) => n === 0),
  }),
  { maxLength: 25 },
);

const OTHER = { table: 'audit', key: '1', row: { id: 1 } };
const AHEAD = 5_000 * HOUR;

/** Records by life, and `order instant` of each timer that has to be decided. */
function lived(all: readonly Step[]): { readonly lives: RecordedRecord[][]; readonly owed: string[] } {
  const source = new SmallSource();
  const there = new Set<string>();
  const timers = new Map<string, number>();
  const owed: string[] = [];
  const lives: RecordedRecord[][] = [[]];
  let [clock, notes] = [0, 0];
  for (const { what, order, minutes, isAhead, isLast } of all) {
    const [id, from] = [String(order), source.records.length];
    source.later(minutes * 60_000 + (isAhead ? AHEAD : 0));
    const row = hdrRow(id, what, `n${(notes += 1)}`);
    source.transaction(what === 'other table' ? OTHER : { ...row, op: there.has(id) ? 'u' : 'c' });
    source.later(isAhead ? -AHEAD : 0);
    const written = source.records.slice(from);
    const { ts_ms: commitMs } = JSON.parse(written.at(-1)?.value ?? '') as { readonly ts_ms: number };
    if (commitMs <= NOW_MS + AHEAD_MAX_MS) clock = Math.max(clock, commitMs);
    for (const [due, dueMs] of [...timers].sort(([, a], [, b]) => a - b)) {
      if (dueMs > clock) continue;
      owed.push(`${due} ${dueMs}`);
      timers.delete(due);
    }
    if (what !== 'other table') there.add(id);
    if (what === 'DONE') timers.set(id, commitMs + HOUR);
    if (what === 'OPEN') timers.delete(id);
    // A commit time of long ago may set one that is due already.
    for (const [due, dueMs] of timers) if (dueMs <= clock && timers.delete(due)) owed.push(`${due} ${dueMs}`);
    lives.at(-1)?.push(...written);
    if (isLast) lives.push([]);
  }
  return { lives, owed };
}

describe('timers', () => {
  it('are decided once each, at their own instants, whatever moves the clock and whenever the task ends', async () => {
    let decided = 0;
    const property = fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (all, transactionsMax) => {
      const { lives, owed } = lived(all);
      const settings = { limits: { transactionsMax, rowsMax: 1_000, changeSetsMax: 100 } };
      const rig = new Rig([], { rules, settings, nowMs: NOW_MS, shapedBy: lives.flat() });
      for (const records of lives) {
        rig.play(records);
        expect(await rig.live()).toEqual({ kind: 'drained' });
      }
      const found = rig.journal().filter(({ outcome }) => outcome === 'retired');
      expect(found.map(({ id, origin }) => `${id} ${origin.commitTimeMs}`).toSorted()).toEqual(owed.toSorted());
      decided += owed.length;
    });
    await fc.assert(property, { numRuns: 60 });
    expect(decided).toBeGreaterThan(20);
  });
});
