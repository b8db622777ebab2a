/** The plan of a run follows from its seed, and forgets no nemesis. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultPlan } from '../../e2e/faults.js';
import { CLASSES } from '../../faults/check.js';
import { NEMESES, NEMESIS_NAMES } from '../../faults/nemeses.js';

function first(count: number, seed: number): string[] {
  const kinds: string[] = [];
  for (const { kind } of faultPlan(seed, NEMESIS_NAMES)) if (kinds.push(kind) >= count) break;
  return kinds;
}

describe('the plan of the fault suite', () => {
  it('has every nemesis once in each round, in another order', () => {
    const [round, next] = [
      first(NEMESIS_NAMES.length, 1),
      first(2 * NEMESIS_NAMES.length, 1).slice(NEMESIS_NAMES.length),
    ];
    expect([...round].sort()).toEqual([...NEMESIS_NAMES].sort());
    expect([...next].sort()).toEqual([...NEMESIS_NAMES].sort());
    expect(next).not.toEqual(round);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(first(40, 7)).toEqual(first(40, 7));
    expect(first(40, 8)).not.toEqual(first(40, 7));
  });
});

describe('the page about the fault suite', () => {
  it('names every nemesis and every class of error', () => {
    const page = readFileSync(new URL('../../../docs/faults.md', import.meta.url), 'utf8');
    const named = [...page.matchAll(/^\| `([^`]+)` /gm)].map(([, name]) => name);
    expect(named).toEqual([...Object.keys(NEMESES), ...Object.keys(CLASSES)]);
  });
});
