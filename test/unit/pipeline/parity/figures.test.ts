import { describe, expect, it } from 'vitest';
import { NO_COUNTS, PARITY, ParityFigures, sumSince } from '../../../../src/pipeline/parity/figures.js';
import { gateReasons, type Standing } from '../../../../src/pipeline/parity/gate.js';

const HOUR = 3_600_000;
const ROUTE = 'OrderReady.v1 market=DE';

describe('figures of parity', () => {
  it('are counted by route and hour, and are the same out of what is stored', () => {
    const figures = new ParityFigures(24 * HOUR);
    figures.count(ROUTE, 'equal', 10 * HOUR);
    figures.count(ROUTE, 'equal', 11 * HOUR - 1);
    figures.count(ROUTE, 'different', 11 * HOUR);
    figures.count('OrderReady.v1', 'late', 11 * HOUR);
    const cells = figures.takeFresh();
    expect(cells).toEqual([
      { hash: PARITY, field: `${ROUTE}\t10`, value: '{"equal":2}' },
      { hash: PARITY, field: `${ROUTE}\t11`, value: '{"different":1}' },
      { hash: PARITY, field: 'OrderReady.v1\t11', value: '{"late":1}' },
    ]);
    expect(figures.takeFresh()).toEqual([]);
    const again = new ParityFigures(24 * HOUR);
    again.reset(cells.map(({ field, value }) => [field, value ?? ''] as const));
    expect(again.all()).toEqual(figures.all());
    expect(again.takeFresh()).toEqual([]);
  });

  it('are dropped when they are too old, where another hour begins', () => {
    const figures = new ParityFigures(2 * HOUR);
    for (const hour of [1, 2, 3, 4]) figures.count(ROUTE, 'equal', hour * HOUR);
    expect(figures.all().map(({ hourMs }) => hourMs / HOUR)).toEqual([2, 3, 4]);
    expect(figures.takeFresh()).toContainEqual({ hash: PARITY, field: `${ROUTE}\t1`, value: null });
  });

  it('of a route are summed from an instant on, with the hour that it stands in', () => {
    const figures = new ParityFigures(24 * HOUR);
    for (const hour of [1, 2, 3]) figures.count(ROUTE, 'equal', hour * HOUR);
    figures.count('OrderReady.v1 market=NL', 'equal', 3 * HOUR);
    expect(sumSince(figures.all(), ROUTE, 2.5 * HOUR)).toEqual({ ...NO_COUNTS, equal: 2 });
    expect(sumSince(figures.all(), ROUTE, 4 * HOUR)).toEqual(NO_COUNTS);
  });
});

describe('the gate', () => {
  const gate = { equal: 99.9, overMs: 24 * HOUR, pairs: 1_000, parked: 0, behindMs: 60_000 };
  const well: Standing = { counts: { ...NO_COUNTS, equal: 9_990, different: 10 }, parked: 0, behindMs: 60_000 };

  it('is open just where everything holds', () => {
    expect(gateReasons(well, gate)).toEqual([]);
    expect(
      gateReasons({ ...well, counts: { ...NO_COUNTS, equal: 999, accepted: 9_000, onlyLegacy: 1 } }, gate),
    ).toEqual([]);
  });

  it.each<[string, Partial<Standing>, RegExp]>([
    ['one difference too many', { counts: { ...NO_COUNTS, equal: 9_989, late: 11 } }, /^99.89 % of them/],
    ['too few pairs', { counts: { ...NO_COUNTS, equal: 999 } }, /^Only 999 pairs/],
    ['parked ones', { parked: 1 }, /^1 aggregates/],
    ['lag', { behindMs: 60_001 }, /^It is 61 s behind/],
    ['lag of which nothing is known', { behindMs: null }, /is not known/],
  ])('is shut by %s, and says why', (_, other, reason) => {
    const reasons = gateReasons({ ...well, ...other }, gate);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(reason);
  });

  it('is shut while nothing was compared', () => {
    expect(gateReasons({ ...well, counts: NO_COUNTS }, gate)).toHaveLength(1);
  });
});
