/** Ten thousand orders that wait, and more than are read: bounded, in pages, and in their order. */
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { sampled } from '../../../../src/cli/console/held-up.js';
import { pageOf, type WaitingList, waitingList } from '../../../../src/cli/console/waiting.js';
import { PAGE_SIZE } from '../../../../src/console/answers/parked.js';
import { SAMPLE_OF_FACT_MAX, TIMERS_MAX, waitingQuery } from '../../../../src/console/answers/waiting.js';
import { WHOLE } from '../../../../src/domain/shard.js';
import type { Cell } from '../../../../src/pipeline/ports.js';
import { encodeMarker } from '../../../../src/pipeline/state/marker.js';
import { DUE, dueIn, hourOf, PAST, timerField } from '../../../../src/pipeline/timers/due-hours.js';
import { RETIRE } from '../../../../src/translate/timers/named.js';
import { Rig } from '../../../support/rig.js';
import { awaitedRules, HOUR } from '../../../support/sources/awaited-orders.js';

const NOW_MS = 1_700_000_000_000;
const TIMER = 'expected:OrderReady';
const settings = new Rig([], { rules: awaitedRules() }).settings();

const overdue = (order: number): Cell => ({
  ...{ hash: PAST, field: timerField(`order:${order}`, TIMER), value: String(NOW_MS - order * 1_000) },
});
function awaited(order: number, dueMs: number, name = TIMER): Cell[] {
  const hour = hourOf(dueMs);
  return [
    { hash: DUE, field: String(hour), value: '' },
    { hash: dueIn(hour), field: timerField(`order:${order}`, name), value: String(dueMs) },
  ];
}

async function listOf(cells: readonly Cell[]): Promise<WaitingList> {
  const store = new MemoryStore();
  await store.save(null, encodeMarker({ cluster: 'c', commit: 1, timeMs: 1, state: [1] }), cells);
  const shards = [{ shard: WHOLE, task: 'orders', store }];
  return waitingList({ shards, settings: () => Promise.resolve(settings) }, () => Promise.resolve([]), NOW_MS);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const page = (list: WaitingList, given: Record<string, unknown>) => pageOf(list.all, waitingQuery.parse(given));

describe('ten thousand orders that wait', () => {
  const COUNT = 10_000;

  it('come in pages that have each of them once, what is due first before the others', async () => {
    const list = await listOf(numbers(COUNT).map(overdue));
    expect([list.isAll, list.all.length]).toEqual([true, COUNT]);
    const pages = numbers(COUNT / PAGE_SIZE).map((i) => page(list, { page: i + 1 }).shown.map(({ id }) => id));
    expect(pages.flat()).toEqual(numbers(COUNT).map((i) => String(COUNT - 1 - i)));
    expect(page(list, { page: COUNT })).toMatchObject({ total: COUNT, page: COUNT / PAGE_SIZE });
    expect(page(list, { order: 'key' }).shown[1]?.id).toBe('1');
    expect(page(list, { order: 'last due' }).shown[0]?.id).toBe('0');
  });

  it('are looked at only as far as a sample goes', async () => {
    const list = await listOf(numbers(COUNT).map(overdue));
    const sample = sampled(list);
    expect(sample.length).toBe(SAMPLE_OF_FACT_MAX);
    expect(sample).toEqual(list.all.slice(0, SAMPLE_OF_FACT_MAX));
  });
});

describe('more than is read', () => {
  it('is said, of what is overdue', async () => {
    const list = await listOf(numbers(TIMERS_MAX + 2_000).map(overdue));
    expect(list.isAll).toBe(false);
    expect(list.all.length).toBeLessThanOrEqual(TIMERS_MAX + 1_000);
  });

  it('is said, of hours to come, and what is overdue is read all the same', async () => {
    const soon = numbers(10).flatMap((i) => awaited(i, NOW_MS + HOUR));
    const later = numbers(TIMERS_MAX + 2_000).flatMap((i) => awaited(100 + i, NOW_MS + 900 * HOUR, RETIRE));
    const list = await listOf([...soon, ...later, ...awaited(7_000_000, NOW_MS + 950 * HOUR), overdue(7_000_001)]);
    expect(list.isAll).toBe(false);
    expect(list.all.map(({ id }) => id)).toEqual(['7000001', ...numbers(10).map(String)]);
  });
});

describe('an entry of the index', () => {
  it('of a fact that the rules expect no more, or of another timer, is none that waits', async () => {
    const strange = { ...overdue(1), field: timerField('order:1', 'expected:OrderShipped') };
    const list = await listOf([strange, ...awaited(2, NOW_MS + HOUR, RETIRE), ...awaited(3, NOW_MS + HOUR)]);
    expect(list.all).toMatchObject([{ id: '3', state: 'awaited' }]);
  });

  it('that is overdue is overdue, though its hour was read before', async () => {
    const dueMs = NOW_MS - HOUR;
    const field = timerField('order:1', TIMER);
    const list = await listOf([...awaited(1, dueMs), { hash: PAST, field, value: String(dueMs) }]);
    expect(list.all).toMatchObject([{ id: '1', state: 'overdue', dueMs }]);
  });
});
