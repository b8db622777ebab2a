/** Ten thousand parked orders: a page at a time, the most important first. */
import { describe, expect, it } from 'vitest';
import { parkedPage } from '../../../../src/cli/console/parked.js';
import type { Listed } from '../../../../src/cli/parked/list.js';
import { PAGE_SIZE, parkedQuery, parkedSchema } from '../../../../src/console/answers/parked.js';

const COUNT = 10_000;
const all: Listed[] = Array.from({ length: COUNT }, (_, i) => ({
  ...{ aggregate: 'order', id: String(i), code: i % 4 === 0 ? 'RULE_THREW' : 'CODE_UNKNOWN' },
  ...{ severity: i < 100 ? 'critical' : 'low', sinceMs: i, waiting: 1 },
}));
const page = (given: Record<string, unknown>) =>
  parkedSchema.parse(parkedPage({ all, asOfMs: COUNT }, parkedQuery.parse(given), 'orders'));

describe('a list of ten thousand', () => {
  it('comes in pages of a bounded size that have each of them once', () => {
    const { pages, total, byCode, bySeverity, parked } = page({});
    expect([pages, total, parked.length]).toEqual([COUNT / PAGE_SIZE, COUNT, PAGE_SIZE]);
    expect([byCode, bySeverity]).toEqual([
      { CODE_UNKNOWN: 7_500, RULE_THREW: 2_500 },
      { low: 9_900, critical: 100 },
    ]);
    const seen = Array.from({ length: pages }, (_, i) => page({ page: String(i + 1) }).parked).flat();
    expect(new Set(seen.map(({ id }) => id)).size).toBe(COUNT);
    expect(JSON.stringify(page({})).length).toBeLessThan(16_000);
  });

  it('is filtered before it is cut, and a page beyond the last one is the last one', () => {
    const { total, pages, parked } = page({ severity: 'critical', code: 'RULE_THREW', page: '99' });
    expect([total, pages, parked.length]).toEqual([25, 1, 25]);
    expect(page({ aggregate: 'return' })).toMatchObject({ total: 0, page: 1, pages: 1, parked: [] });
  });
});
