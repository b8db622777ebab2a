/** Looks for the first history that shows that a rule is missing. */
import { pathToFileURL } from 'node:url';
import { bundleOf } from './bundle.js';
import type * as Entry from './entry.js';
import type { Mutant } from './mutants.js';

export interface Found {
  /** Of the history with the violation; of the last one when none was found. */
  readonly seed: number;
  /** Null: the mutant survives. */
  readonly violation: string | null;
}

const ENTRY = 'test/simulation/mutants/entry.ts';

/** @param mutant null: the code as it is. */
export const loaded = async (mutant: Mutant | null): Promise<typeof Entry> =>
  (await import(/* @vite-ignore */ pathToFileURL(await bundleOf(mutant, ENTRY)).href)) as typeof Entry;

/** Lives through the histories 1 to `seedsMax`, in front of them `first` if it is given. */
export async function search(mutant: Mutant, seedsMax: number, first?: number): Promise<Found> {
  const { violationOf } = await loaded(mutant);
  const seeds = Array.from({ length: seedsMax }, (_, i) => i + 1);
  for (const seed of first === undefined ? seeds : [first, ...seeds]) {
    const violation = await violationOf(mutant, seed);
    if (violation !== null) return { seed, violation };
  }
  return { seed: seedsMax, violation: null };
}
