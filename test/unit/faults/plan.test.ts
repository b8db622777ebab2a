/** The plan of a run follows from its seed, and forgets no nemesis and no pair. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLASSES } from '../../faults/check.js';
import { NEMESES, NEMESIS_NAMES } from '../../faults/nemeses.js';
import { PAIR_NAMES, PAIRS } from '../../faults/pairs.js';
import { strikePlan } from '../../faults/plan.js';
import type { StrikeName } from '../../faults/strike.js';

const ALL = [...NEMESIS_NAMES, ...PAIR_NAMES];

function first(count: number, seed: number, names: readonly StrikeName[] = ALL): string[] {
  const kinds: string[] = [];
  for (const { kind } of strikePlan(seed, names)) if (kinds.push(kind) >= count) break;
  return kinds;
}

describe('the plan of the fault suite', () => {
  it('has every nemesis once in each round, in another order', () => {
    const both = first(2 * NEMESIS_NAMES.length, 1, NEMESIS_NAMES);
    const [round, next] = [both.slice(0, NEMESIS_NAMES.length), both.slice(NEMESIS_NAMES.length)];
    expect([...round].sort()).toEqual([...NEMESIS_NAMES].sort());
    expect([...next].sort()).toEqual([...NEMESIS_NAMES].sort());
    expect(next).not.toEqual(round);
  });

  it('has a pair and a single nemesis by turns, and every pair once in each round of pairs', () => {
    const strikes = first(2 * PAIRS.length, 1);
    const pairs = strikes.filter((_, index) => index % 2 === 0);
    expect([...pairs].sort()).toEqual([...PAIR_NAMES].sort());
    expect(strikes.filter((name) => name.includes('+'))).toEqual(pairs);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(first(40, 7)).toEqual(first(40, 7));
    expect(first(40, 8)).not.toEqual(first(40, 7));
  });

  it('has nothing but what was asked for', () => {
    expect(new Set(first(9, 1, ['redis-kill', 'leader-moves+redis-flush']))).toEqual(
      new Set(['redis-kill', 'leader-moves+redis-flush']),
    );
    expect(first(3, 1, ['leader-moves+redis-flush'])).toEqual(Array(3).fill('leader-moves+redis-flush'));
    expect(first(3, 1, [])).toEqual([]);
  });
});

describe('the page about the fault suite', () => {
  it('names every nemesis, every pair and every class of error', () => {
    const page = readFileSync(new URL('../../../docs/faults.md', import.meta.url), 'utf8');
    const named = [...page.matchAll(/^\| `([^`]+)` /gm)].map(([, name]) => name);
    expect(named).toEqual([...Object.keys(NEMESES), ...PAIR_NAMES, ...Object.keys(CLASSES)]);
  });
});
