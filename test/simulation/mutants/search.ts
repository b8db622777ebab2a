/** Looks for the first history that shows that a rule is missing. */
import { pathToFileURL } from 'node:url';
import { bundleOf } from './bundle.js';
import type * as Entry from './entry.js';
import type { Mutant } from './mutants.js';

export interface Found {
  /** Histories that were lived through, the last one with the violation. */
  readonly seeds: number;
  /** Null: the mutant survives. */
  readonly violation: string | null;
}

const ENTRY = 'test/simulation/mutants/entry.ts';

/** @param mutant null: the code as it is. */
export const loaded = async (mutant: Mutant | null): Promise<typeof Entry> =>
  (await import(/* @vite-ignore */ pathToFileURL(await bundleOf(mutant, ENTRY)).href)) as typeof Entry;

export async function search(mutant: Mutant, seedsMax: number): Promise<Found> {
  const { violationOf } = await loaded(mutant);
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const violation = await violationOf(mutant, seed);
    if (violation !== null) return { seeds: seed, violation };
  }
  return { seeds: seedsMax, violation: null };
}
