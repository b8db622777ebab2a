import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pairs, ParitySide } from '../../../../src/domain/state/pairs.js';
import type { CompiledParity } from '../../../../src/rules/parity/parity.js';
import { type Arrived, type Judged, OPEN_MAX, paired, unpaired } from '../../../../src/translate/parity/pairing.js';

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

const event = (side: ParitySide, occurrence: string, sequence: number, total: unknown = '1'): Arrived => ({
  ...{ contract, occurrence, side, sequence, value: { total } },
});

/** One after the other; a text: the time of this occurrence is over. */
function lived(...happened: readonly (Arrived | string)[]): { classes: string[]; pairs: Pairs } {
  let pairs: Pairs = {};
  const classes: string[] = [];
  for (const one of happened) {
    const next = typeof one === 'string' ? unpaired(pairs, contract, one) : paired(pairs, one, RULES);
    if (next === null) continue;
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
        ...{ contract, occurrence: 'a', class: 'different' },
        differences: [{ path: 'total', legacy: { value: '1' }, service: { value: '2' } }],
      },
    ]);
  });

  it('are late when the time was over', () => {
    const { classes, pairs } = lived(event('legacy', 'a', 1), 'a', 'a', event('service', 'a', 1, '2'), 'a');
    expect(classes).toEqual(['a: onlyLegacy', 'a: late']);
    expect(pairs[contract]?.open).toEqual({});
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
    expect(lived(event('legacy', 'a', 1), event('legacy', 'a', 1), event('service', 'a', 1)).classes).toEqual([
      'a: equal',
    ]);
  });
});

it('an event waits for the other side, and is not flagged meanwhile', () => {
  const { classes, pairs } = lived(event('service', 'a', 1));
  expect(classes).toEqual([]);
  expect(pairs[contract]?.open['a']).toMatchObject({ side: 'service' });
  expect(unpaired(pairs, contract, 'other')).toBeNull();
});

it('of too many that wait the oldest waits no longer', () => {
  const all = Array.from({ length: OPEN_MAX + 2 }, (_, i) => event('service', `n${i}`, i + 1));
  const { classes, pairs } = lived(...all);
  expect(classes).toEqual(['n0: onlyService', 'n1: onlyService']);
  expect(Object.keys(pairs[contract]?.open ?? {})).toHaveLength(OPEN_MAX);
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
