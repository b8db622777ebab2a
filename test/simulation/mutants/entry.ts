/** What is bundled with a rule taken out: all kinds of histories, by seed. */
import { retailerRules } from '../../support/rig.js';
import { countingHistory } from '../kafka/counting.js';
import { pinning } from '../../support/sources/intervening-rules.js';
import { lookingRules } from '../../support/sources/looking-rules.js';
import { simulate } from '../simulation.js';
import type { Mutant } from './mutants.js';

/** @returns what is wrong with the history of this seed, or null. */
export async function violationOf({ histories, blow, rule, shards = 1 }: Mutant, seed: number): Promise<string | null> {
  if (histories === 'counting') return (await countingHistory(seed)).violation;
  const retailer = await retailerRules();
  const rules =
    histories === 'looking' ? lookingRules(retailer) : histories === 'pinning' ? pinning(retailer) : retailer;
  const isAwaiting = histories === 'awaiting';
  const isRouted = histories === 'routes';
  return (await simulate({ seed, rules, crossSlot: rule === 'R5', blow, shards, isAwaiting, isRouted })).violation;
}
