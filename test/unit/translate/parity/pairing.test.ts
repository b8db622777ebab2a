import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Judged, Pairs, ParitySide } from '../../../../src/domain/state/pairs.js';
import type { CompiledParity } from '../../../../src/rules/parity/parity.js';
import {
  type Arrived,
  DONE_MAX,
  isOpen,
  KEPT_CHARS_MAX,
  nextDueMs,
  OPEN_MAX,
  paired,
  routeIn,
  unpaired,
} from '../../../../src/translate/parity/pairing.js';

const NO_GATE = { equal: 0, overMs: 0, pairs: 0, parked: 0, behindMs: 0 };

const RULES: CompiledParity = {
  ...{
    withinMs: 60_000,
    ignored: new Set(),
    numbers: new Map(),
    timesMs: new Map(),
    unordered: new Set(),
    gate: NO_GATE,
  },
};
const contract = 'OrderReady.v1';

const ROUTE = `${contract} market=DE`;
const DUE = 60_000;

const event = (side: ParitySide, occurrence: string, sequence: number, total: unknown = '1'): Arrived => ({
  ...{ contract, occurrence, side, sequence, value: { total }, route: ROUTE, dueMs: DUE },
});
const silence = (occurrence: string): Arrived => ({ ...event('legacy', occurrence, 9), value: null });

const over = (pairs: Pairs, occurrence: string) =>
  unpaired(
    pairs,
    (pair) => pair === pairs[contract]?.[occurrence],
    () => true,
  );

/** One after the other; a text: the time of this occurrence is over. */
function lived(...happened: readonly (Arrived | string)[]): { classes: string[]; pairs: Pairs } {
  let pairs: Pairs = {};
  const classes: string[] = [];
  for (const one of happened) {
    const next = typeof one === 'string' ? over(pairs, one) : paired(pairs, one, RULES);
    pairs = next.pairs;
    classes.push(...next.judged.map(({ occurrence, class: is }) => `${occurrence}: ${is}`));
  }
  return { classes, pairs };
}

describe('two events of one occurrence', () => {
  it('are equal, whichever comes first', () => {
    expect(lived(event('legacy', 'a', 1), event('service', 'a', 1)).classes).toEqual(['a: equal']);
    expect(lived(event('service', 'a', 1), event('legacy', 'a', 1)).classes).toEqual(['a: equal']);
  });

  it('are different, and it is told where, with the sides as they are', () => {
    const { pairs } = lived(event('service', 'a', 1, '2'));
    expect(paired(pairs, event('legacy', 'a', 1, '1'), RULES).judged).toEqual<Judged[]>([
      {
        ...{ contract, occurrence: 'a', class: 'different', route: ROUTE },
        differences: [{ path: 'total', legacy: { value: '1' }, service: { value: '2' } }],
      },
    ]);
  });

  it('are late when the time was over', () => {
    const { classes, pairs } = lived(event('legacy', 'a', 1), 'a', 'a', event('service', 'a', 1, '2'), 'a');
    expect(classes).toEqual(['a: onlyLegacy', 'a: late']);
    expect(nextDueMs(pairs)).toBeNull();
  });

  it('are out of order when the sides have them in opposite orders', () => {
    const crossed = [
      event('legacy', 'a', 1),
      event('legacy', 'b', 2),
      event('service', 'b', 1),
      event('service', 'a', 2),
    ];
    expect(lived(...crossed).classes).toEqual(['b: equal', 'a: outOfOrder']);
    const straight = [
      event('legacy', 'a', 1),
      event('legacy', 'b', 2),
      event('service', 'a', 7),
      event('service', 'b', 9),
    ];
    expect(lived(...straight).classes).toEqual(['a: equal', 'b: equal']);
  });

  it('are read again without being counted again', () => {
    const again = [
      event('legacy', 'a', 1),
      event('legacy', 'a', 1),
      event('service', 'a', 1),
      event('service', 'a', 2),
    ];
    expect(lived(...again).classes).toEqual(['a: equal']);
    expect(lived(event('service', 'a', 1), 'a', event('service', 'a', 1)).classes).toEqual(['a: onlyService']);
  });

  it('are not compared when one is too large to be kept, and that is said', () => {
    const large = event('legacy', 'a', 1, 'x'.repeat(KEPT_CHARS_MAX));
    const { pairs } = lived(large);
    expect(paired(pairs, { ...large, side: 'service' }, RULES).judged).toMatchObject([
      { class: 'different', differences: [{ path: '', legacy: {}, service: {} }] },
    ]);
  });

  it('are told with the beginning of a long value', () => {
    const { pairs } = lived(event('legacy', 'a', 1, 'x'.repeat(1_000)));
    const [{ differences }] = paired(pairs, event('service', 'a', 1, 'y'), RULES).judged as [Judged];
    expect(differences).toEqual([
      { path: 'total', legacy: { value: `"${'x'.repeat(499)}...` }, service: { value: 'y' } },
    ]);
  });
});

describe('what the legacy side decides to publish nothing of', () => {
  it('is no pair by itself', () => {
    const { classes, pairs } = lived(silence('a'), silence('a'));
    expect(classes).toEqual([]);
    expect(nextDueMs(pairs)).toBeNull();
  });

  it('has the service alone when that publishes it, before or after', () => {
    expect(lived(silence('a'), event('service', 'a', 1), event('service', 'a', 1)).classes).toEqual(['a: onlyService']);
    expect(lived(event('service', 'a', 1), silence('a'), 'a').classes).toEqual(['a: onlyService']);
    expect(lived(event('service', 'a', 1), 'a', silence('a')).classes).toEqual(['a: onlyService']);
  });
});

it('an event waits for the other side until its time is over, and is not flagged meanwhile', () => {
  const { classes, pairs } = lived({ ...event('service', 'a', 1), dueMs: 9 }, event('legacy', 'b', 1));
  expect(classes).toEqual([]);
  expect(pairs[contract]?.['a']).toMatchObject({ side: 'service', dueMs: 9 });
  expect(nextDueMs(pairs)).toBe(9);
  expect(over(pairs, 'other')).toEqual({ pairs, judged: [] });
  expect(nextDueMs(over(pairs, 'a').pairs)).toBe(DUE);
});

it('one of which nothing is said is forgotten', () => {
  const { pairs } = lived(event('service', 'a', 1));
  const dropped = unpaired(
    pairs,
    () => true,
    () => false,
  );
  expect(dropped).toEqual({ pairs: {}, judged: [] });
});

it('of too many that wait the oldest waits no longer, and of too many pairs the oldest is forgotten', () => {
  const all = Array.from({ length: OPEN_MAX + 2 }, (_, i) => event('service', `n${i}`, i + 1));
  const { classes, pairs } = lived(...all);
  expect(classes).toEqual(['n0: onlyService', 'n1: onlyService']);
  expect(Object.keys(pairs[contract] ?? {})).toHaveLength(OPEN_MAX);
  const both = Array.from({ length: DONE_MAX + 2 }, (_, i) => [
    event('service', `n${i}`, i + 1),
    event('legacy', `n${i}`, i + 1),
  ]);
  const { classes: equal, pairs: done } = lived(...both.flat());
  expect(equal).toHaveLength(DONE_MAX + 2);
  const kept = Object.entries(done[contract] ?? {});
  expect(kept).toHaveLength(DONE_MAX);
  expect(kept.every(([, pair]) => !isOpen(pair))).toBe(true);
  expect(done[contract]?.['n1']).toBeUndefined();
});

it('a route has the values by which it may be moved, as the event says them', () => {
  const by = { market: ['DE', 'AT'], channel: ['web'] };
  expect(routeIn(contract, { market: 'DE', channel: 'shop', total: 1 }, by)).toBe(ROUTE);
  expect(routeIn(contract, {}, by)).toBe(contract);
});

it('whatever the order, each occurrence is judged once while time is not over, by what both sides have', () => {
  const occurrences = ['a', 'b', 'c', 'd'];
  const events = occurrences.flatMap((occurrence, i) => [
    event('legacy', occurrence, i + 1),
    event('service', occurrence, i + 1, occurrence === 'c' ? '2' : '1'),
  ]);
  fc.assert(
    fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
      const { classes } = lived(...shuffled);
      expect(classes.sort()).toEqual(['a: equal', 'b: equal', 'c: different', 'd: equal']);
    }),
  );
});
