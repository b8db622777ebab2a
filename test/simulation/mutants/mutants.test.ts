/** Rules R1 to R11, T2, T5, T8, T10, T15, T17, T18, T19 to T22, V1, W1 and W2 are needed: without one of them the simulation finds a history in which a guarantee is broken, and with it that history is fine. */
import { beforeAll, describe, expect, it } from 'vitest';
import type * as Entry from './entry.js';
import { patched } from './bundle.js';
import { type Mutant, MUTANTS } from './mutants.js';
import { loaded, search } from './search.js';

const SEEDS_MAX = 600;
const TIMEOUT_MS = 240_000;

let whole: typeof Entry;
beforeAll(async () => {
  whole = await loaded(null);
});

/** Of the code as it is: many mutants are found in the same history. */
const lived = new Map<string, Promise<string | null>>();
function wholeViolationOf(mutant: Mutant, seed: number): Promise<string | null> {
  const { histories, blow, shards, rule } = mutant;
  const history = JSON.stringify([histories, blow, shards, rule === 'R5', seed]);
  const known = lived.get(history) ?? whole.violationOf(mutant, seed);
  lived.set(history, known);
  return known;
}

describe('the simulation finds that a rule is missing', () => {
  for (const mutant of MUTANTS) {
    it(
      `${mutant.rule}: ${mutant.what}`,
      async () => {
        const { seed, violation } = await search(mutant, SEEDS_MAX, mutant.seed);
        expect(violation).not.toBeNull();
        expect(await wholeViolationOf(mutant, seed)).toBeNull();
      },
      TIMEOUT_MS,
    );
  }

  it('for each of them', () => {
    const rules = new Set(MUTANTS.map(({ rule }) => rule));
    expect([...rules].sort()).toEqual(
      [
        ...Array.from({ length: 11 }, (_, i) => `R${i + 1}`),
        'T2',
        'T5',
        'T8',
        'T10',
        'T15',
        'T17',
        'T18',
        'T19',
        'T20',
        'T21',
        'T22',
        'V1',
        'W1',
        'W2',
      ].sort(),
    );
  });
});

describe('a mutant that no longer fits the code', () => {
  const patch = { file: 'src/a.ts', find: 'one', replace: 'two' };

  it.each(['', 'one, and one again'])('fails the build: %j', (text) => {
    expect(() => patched(text, 'src/a.ts', [patch])).toThrow('A mutant does not fit');
  });

  it('is applied when it fits, to its own file', () => {
    expect(patched('one', 'src/a.ts', [patch])).toBe('two');
    expect(patched('one', 'src/b.ts', [patch])).toBe('one');
  });
});
