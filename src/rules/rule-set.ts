/** Everything that counts, listed: a rule that is not in the rule set does not exist. Default export of `rules/index.ts`. */
import type { AggregateDefinition } from './aggregate.js';
import type { CorrectionDefinition } from './correction.js';
import type { FactDefinition } from './fact.js';
import type { InterventionDefinition } from './interventions/intervention.js';
import type { OriginDefinition } from './origins/origin.js';
import type { Publication } from './publication.js';
import type { CapabilityDefinition } from './routes/capability.js';

export interface RuleSet {
  readonly aggregates: readonly AggregateDefinition[];
  /** In the order in which facts of one change set are decided and published. */
  readonly facts: readonly FactDefinition[];
  readonly publications: readonly Publication[];
  /** Changes past the business: of several that a transaction fits, the first counts. */
  readonly interventions?: readonly InterventionDefinition[];
  /** How changes say where they come from: of each name the first that says it counts. */
  readonly origins?: readonly OriginDefinition[];
  /** How events that turned out to be wrong are corrected, when an operator asks for it. */
  readonly corrections?: readonly CorrectionDefinition[];
  /** Contracts that are to move to a new service: of all others Dragoman speaks for ever. */
  readonly capabilities?: readonly CapabilityDefinition[];
}

/**
 * Stacks of the calls. The kit for tests finds the rules' folder by them, to run them as production does; nothing that decides sees them.
 */
const calls = new WeakMap<RuleSet, string>();

/** Names a rule set. It is checked as a whole when it is loaded. */
export function ruleSet(rules: RuleSet): RuleSet {
  const made = Object.freeze({ ...rules });
  calls.set(made, new Error().stack ?? '');
  return made;
}

/** The stack of the call that named a rule set; null: it was not made by `ruleSet`. */
export const callOf = (rules: RuleSet): string | null => calls.get(rules) ?? null;
