/**
 * Retiring against never retiring: the same random history, with time that goes by, through the same rules with and without `retire`. What is
 * published with it is published without it, with the same ids, each once and numbered without gaps; and nothing is retired early.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rig } from '../support/rig.js';
import {
  hdrRow,
  lineRow,
  readyRules,
  SMALL_SOURCE_MS,
  SmallSource,
  type WrittenRow,
} from '../support/sources/ready-orders.js';

const HOUR = 60 * 60 * 1_000;
const retiring = readyRules({ retire: { when: ({ header }) => header?.sts === 'DONE', after: '1 hour' } });
const keeping = readyRules();

interface Change {
  readonly order: number;
  readonly what: 'OPEN' | 'READY' | 'DONE' | 'line' | 'gone';
  readonly minutes: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  order: fc.integer({ min: 1, max: 3 }),
  what: fc.constantFrom('OPEN', 'READY', 'READY', 'DONE', 'DONE', 'line', 'gone'),
  minutes: fc.constantFrom(0, 1, 30, 90),
});

/** Rows as a database would write them: created when they are not there. */
function written(changes: readonly Change[]): SmallSource {
  const source = new SmallSource();
  const there = new Set<string>();
  const write = (row: WrittenRow, isGone: boolean): void => {
    const name = `${row.table} ${row.key}`;
    if (isGone && !there.has(name)) return;
    source.transaction({ ...row, op: isGone ? 'd' : there.has(name) ? 'u' : 'c' });
    if (isGone) there.delete(name);
    else there.add(name);
  };
  for (const { order, what, minutes } of changes) {
    source.later(minutes * 60_000);
    const id = String(order);
    if (what === 'line') write(lineRow(`${order}1`, id), false);
    else write(hdrRow(id, what), what === 'gone');
  }
  return source;
}

async function run(rules: typeof retiring, source: SmallSource, transactionsMax: number): Promise<Rig> {
  const settings = { limits: { transactionsMax, rowsMax: 1_000, changeSetsMax: 100 } };
  const rig = new Rig(source.records, { rules, settings, nowMs: SMALL_SOURCE_MS + 1_000 * HOUR });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

const idsOf = (rig: Rig): unknown[] => rig.published().map(({ value }) => value['eventId']);

describe('retired orders', () => {
  it('publish nothing again, and nothing that they would not have published', async () => {
    let retired = 0;
    const property = fc.asyncProperty(
      fc.array(change, { maxLength: 25 }),
      fc.integer({ min: 1, max: 5 }),
      async (changes, transactionsMax) => {
        const [ending, kept] = [
          await run(retiring, written(changes), transactionsMax),
          await run(keeping, written(changes), transactionsMax),
        ];
        const ids = idsOf(ending);
        expect(new Set(ids).size).toBe(ids.length);
        expect(idsOf(kept)).toEqual(expect.arrayContaining(ids));
        for (const id of ['1', '2', '3'])
          expect(ending.eventsOf(id).map(({ sequence }) => sequence)).toEqual(ending.eventsOf(id).map((_, i) => i + 1));
        const changed = new Map<string, number>();
        for (const { id, outcome, origin, rows } of ending.journal()) {
          const isChanged = rows.some(({ was, is }) => was !== undefined || is !== undefined);
          if (outcome !== 'retired' && isChanged) changed.set(id, origin.commitTimeMs);
          if (outcome === 'retired') {
            expect(origin.commitTimeMs - (changed.get(id) ?? Infinity)).toBeGreaterThanOrEqual(HOUR);
            retired += 1;
          }
        }
      },
    );
    await fc.assert(property, { numRuns: 60 });
    expect(retired).toBeGreaterThan(10);
  });
});
