import { describe, expect, it } from 'vitest';
import type { Judged, ParityClass } from '../../../../src/domain/state/pairs.js';
import { ALL, readSelector, type Selector } from '../../../../src/domain/ownership/route.js';
import type { Accepted } from '../../../../src/pipeline/parity/accepted.js';
import {
  figuresOf,
  NO_COUNTS,
  PARITY,
  PARITY_ROUTES_MAX,
  ParityFigures,
  SIGNATURES_MAX,
  sum,
} from '../../../../src/pipeline/parity/figures.js';
import { gateReasons, type Standing } from '../../../../src/pipeline/parity/gate.js';
import { together } from '../../../../src/pipeline/parity/reading.js';

const HOUR = 3_600_000;
const contract = 'OrderReady.v1';
const ROUTE = `${contract} market=DE`;

const judged = (is: ParityClass, route = ROUTE, ...paths: readonly string[]): Omit<Judged, 'occurrence'> => ({
  ...{ contract, class: is, route },
  differences: paths.map((path) => ({ path, legacy: {}, service: {} })),
});
const selector = (text: string): Selector => readSelector(text) as Selector;

describe('figures of parity', () => {
  it('are counted by route and hour, and are the same out of what is stored', () => {
    const figures = new ParityFigures();
    figures.count(judged('equal'), 10 * HOUR);
    figures.count(judged('equal'), 11 * HOUR - 1);
    figures.count(judged('different', ROUTE, 'total', 'lines[2].quantity', 'lines[3].quantity'), 11 * HOUR);
    figures.count(judged('late', contract), 11 * HOUR);
    const cells = figures.takeFresh();
    expect(cells).toEqual([
      { hash: PARITY, field: `${ROUTE}\t10`, value: '{"equal":2}' },
      { hash: PARITY, field: `${ROUTE}\t11`, value: '{"different:lines[].quantity,total":1}' },
      { hash: PARITY, field: `${contract}\t11`, value: '{"late":1}' },
    ]);
    expect(figures.takeFresh()).toEqual([]);
    const again = new ParityFigures();
    again.reset(cells.map(({ field, value }) => [field, value ?? ''] as const));
    expect(again.all()).toEqual(figures.all());
    expect(again.takeFresh()).toEqual([]);
  });

  it('are dropped when they are too many, the oldest first', () => {
    const figures = new ParityFigures(2);
    for (const hour of [1, 2, 3]) figures.count(judged('equal'), hour * HOUR);
    expect(figures.all().map(({ hourMs }) => hourMs / HOUR)).toEqual([2, 3]);
    expect(figures.takeFresh()).toContainEqual({ hash: PARITY, field: `${ROUTE}\t1`, value: null });
  });

  it('have so many signatures in an hour, and the others together', () => {
    const figures = new ParityFigures();
    for (let i = 0; i < SIGNATURES_MAX + 5; i += 1) figures.count(judged('different', ROUTE, `f${i}`), HOUR);
    figures.count(judged('different', ROUTE, 'f0'), HOUR);
    const counts = figures.all()[0]?.counts ?? {};
    expect(Object.keys(counts)).toHaveLength(SIGNATURES_MAX + 1);
    expect(counts).toMatchObject({ 'different:f0': 2, 'different:*': 5 });
  });

  it('are of so many routes, and of the others under their contract', () => {
    const figures = new ParityFigures();
    for (let i = 0; i < PARITY_ROUTES_MAX; i += 1) figures.count(judged('equal', `${contract} market=${i}`), HOUR);
    figures.count(judged('equal', `${contract} market=more`), HOUR);
    expect(figures.all().map(({ route }) => route)).toContain(contract);
    expect(figures.all()).toHaveLength(PARITY_ROUTES_MAX + 1);
  });

  it('are summed from an instant on, with the hour that it stands in', () => {
    const figures = new ParityFigures();
    for (const hour of [1, 2, 3]) figures.count(judged('equal'), hour * HOUR);
    const of = { contract, selector: selector('market=DE') };
    expect(sum(figuresOf(figures.all(), of, 2.5 * HOUR), [], 0)).toEqual({ ...NO_COUNTS, equal: 2 });
    expect(sum(figuresOf(figures.all(), of, 4 * HOUR), [], 0)).toEqual(NO_COUNTS);
  });

  it.each<[string, number]>([
    ['market=DE', 1],
    ['market=DE share=0-25', 1],
    ['market=NL', 2],
    ['', 3],
    ['market=AT', 0],
    ['channel=web', 0],
  ])('of the route %s are of all aggregates that it may have', (text, equal) => {
    const figures = new ParityFigures();
    figures.count(judged('equal'), HOUR);
    for (let i = 0; i < 2; i += 1) figures.count(judged('equal', `${contract} market=NL`), HOUR);
    figures.count({ ...judged('equal', 'Other.v1 market=DE'), contract: 'Other.v1' }, HOUR);
    expect(sum(figuresOf(figures.all(), { contract, selector: selector(text) }), [], 0).equal).toBe(equal);
  });

  it('of several shards are added up', () => {
    const [one, other] = [new ParityFigures(), new ParityFigures()];
    one.count(judged('equal'), HOUR);
    for (const each of [one, other]) each.count(judged('late'), HOUR);
    other.count(judged('equal', contract), 2 * HOUR);
    expect(together([one.all(), other.all()])).toEqual([
      { route: contract, contract, selector: ALL, hourMs: 2 * HOUR, counts: { equal: 1 } },
      { route: ROUTE, contract, selector: selector('market=DE'), hourMs: HOUR, counts: { equal: 1, late: 2 } },
    ]);
  });
});

describe('what is accepted', () => {
  const accepted = (over: Partial<Accepted>): Accepted => ({
    ...{ capability: 'fulfilment', contract, class: 'different', until: new Date(2 * HOUR).toISOString() },
    ...{ by: 'anna', reason: 'known', command: 'c', ...over },
  });
  const figures = new ParityFigures();
  figures.count(judged('equal'), HOUR);
  for (const path of ['total', 'total', 'note']) figures.count(judged('different', ROUTE, path), HOUR);
  for (let i = 0; i < 3; i += 1) figures.count(judged('late'), HOUR);

  it.each<[string, Partial<Accepted>, Partial<Record<string, number>>]>([
    ['a signature', { signature: 'total' }, { different: 1, accepted: 2 }],
    ['all that is different', {}, { different: 0, accepted: 3 }],
    ['a class', { class: 'late' }, { late: 0, accepted: 3, different: 3 }],
    ['another contract', { contract: 'Other.v1' }, { accepted: 0 }],
    ['what is over', { until: new Date(1.5 * HOUR).toISOString() }, { accepted: 0 }],
  ])('does not count against the service: %s', (_, over, expected) => {
    expect(sum(figures.all(), [accepted(over)], 1.5 * HOUR)).toMatchObject({ equal: 1, ...expected });
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
