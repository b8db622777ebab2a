/**
 * What is overdue against a model that knows nothing of timers: the same random history, with time that goes by, gives the events that a reader
 * of the transactions of each order would expect, with the same instants, whatever the drafts are, and also when every process ends halfway.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rig } from '../support/rig.js';
import { awaitedRules, HOUR, MINUTE } from '../support/sources/awaited-orders.js';
import { hdrRow, lineRow, SMALL_SOURCE_MS, SmallSource, type WrittenRow } from '../support/sources/ready-orders.js';

const WITHIN_MS = HOUR;
const rules = awaitedRules({ within: '1 hour' });

interface Change {
  readonly order: number;
  readonly what: 'OPEN' | 'READY' | 'CANCELLED' | 'line' | 'gone';
  readonly minutes: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  order: fc.integer({ min: 1, max: 3 }),
  what: fc.constantFrom('OPEN', 'OPEN', 'READY', 'CANCELLED', 'line', 'gone'),
  minutes: fc.constantFrom(0, 1, 30, 59, 61, 200),
});

interface Written extends Change {
  readonly atMs: number;
}

/** Rows as a database would write them: created when they are not there. The last transaction is of no order. */
function written(changes: readonly Change[]): { source: SmallSource; done: Written[]; endMs: number } {
  const source = new SmallSource();
  const there = new Set<string>();
  const done: Written[] = [];
  for (const each of changes) {
    source.later(each.minutes * MINUTE);
    const id = String(each.order);
    const row = each.what === 'line' ? lineRow(`${id}1`, id) : hdrRow(id, each.what);
    const name = `${row.table} ${row.key}`;
    if (each.what === 'gone' && !there.has(name)) continue;
    source.transaction({ ...row, op: each.what === 'gone' ? 'd' : there.has(name) ? 'u' : 'c' });
    if (each.what === 'gone') there.delete(name);
    else there.add(name);
    done.push({ ...each, atMs: committedMs(source) });
  }
  source.later(90 * MINUTE).transaction(TICK);
  return { source, done, endMs: committedMs(source) };
}

const TICK: WrittenRow = { table: 'heartbeat', key: '1', op: 'u', row: { id: 1 } };

const committedMs = ({ records }: SmallSource): number =>
  (JSON.parse(records.at(-1)?.value ?? '{}') as { readonly ts_ms: number }).ts_ms;

/** What a reader of the transactions of one order expects, as `OrderReady 2026-...`. */
function owed(changes: readonly Written[], endMs: number): string[] {
  const events: string[] = [];
  let header: string | null = null;
  let [hasLine, isReady, isOverdue] = [false, false, false];
  let dueMs = Infinity;
  const tell = (type: string, atMs: number): void => void events.push(`${type} ${new Date(atMs).toISOString()}`);
  const goOn = (toMs: number): void => {
    if (dueMs > toMs) return;
    if (header !== 'CANCELLED') {
      tell('OrderReadyOverdue', dueMs);
      isOverdue = true;
    }
    dueMs = Infinity;
  };
  for (const { what, atMs } of changes) {
    goOn(atMs);
    if (what === 'line') hasLine = true;
    else header = what === 'gone' ? null : what;
    if (header === 'READY' && !isReady) {
      tell('OrderReady', atMs);
      isReady = true;
    }
    if (isReady || (header === null && !hasLine)) [dueMs, isOverdue] = [Infinity, false];
    else if (dueMs === Infinity && !isOverdue) dueMs = atMs + WITHIN_MS;
  }
  goOn(endMs);
  return events;
}

describe('what is overdue', () => {
  it('is what a reader of the transactions expects, in whichever drafts, and after a process that ended', async () => {
    const seen = { overdue: 0, ready: 0 };
    const property = fc.asyncProperty(
      fc.array(change, { maxLength: 25 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      async (changes, transactionsMax, isHalfway) => {
        const { source, done, endMs } = written(changes);
        const settings = { limits: { transactionsMax, rowsMax: 1_000, changeSetsMax: 2 } };
        const nowMs = SMALL_SOURCE_MS + 1_000 * HOUR;
        const half = isHalfway ? Math.floor(source.records.length / 2) : source.records.length;
        const rig = new Rig(source.records.slice(0, half), {
          ...{ rules, settings, nowMs, shapedBy: source.records },
        });
        await rig.live();
        if (isHalfway) {
          rig.store.clear();
          rig.play(source.records.slice(half));
          await rig.live();
        }
        for (const order of ['1', '2', '3']) {
          const own = done.filter((each) => String(each.order) === order);
          const events = rig
            .eventsOf(order)
            .map(({ eventType, occurredAt }) => `${String(eventType)} ${String(occurredAt)}`);
          expect(events).toEqual(owed(own, endMs));
          seen.overdue += events.filter((event) => event.startsWith('OrderReadyOverdue')).length;
          seen.ready += events.filter((event) => event.startsWith('OrderReady ')).length;
        }
        expect(new Set(rig.published().map(({ value }) => value['eventId'])).size).toBe(rig.published().length);
      },
    );
    await fc.assert(property, { numRuns: 60 });
    expect(seen.overdue).toBeGreaterThan(20);
    expect(seen.ready).toBeGreaterThan(10);
  });
});
