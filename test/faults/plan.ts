/** Which nemesis strikes when: single ones and pairs by turns, each of them once in every round of its own. Pure. */
import { faultPlan, type PlannedFault } from '../e2e/faults.js';
import type { StrikeName } from './strike.js';

const isPair = (name: StrikeName): boolean => name.includes('+');

/** Without end; the seed decides. */
export function* strikePlan(seed: number, names: readonly StrikeName[]): Generator<PlannedFault<StrikeName>> {
  const turns = [names.filter(isPair), names.filter((name) => !isPair(name))]
    .filter((kinds) => kinds.length > 0)
    .map((kinds) => faultPlan(seed, kinds));
  for (let turn = 0; turns.length > 0; turn += 1) {
    const next = turns[turn % turns.length]?.next();
    if (next?.done !== false) return;
    yield next.value;
  }
}
