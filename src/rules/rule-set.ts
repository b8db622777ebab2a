/** Everything that counts, listed: a rule that is not in the rule set does not exist. Default export of `rules/index.ts`. */
import type { AggregateDefinition } from './aggregate.js';
import type { FactDefinition } from './fact.js';
import type { Publication } from './publication.js';

export interface RuleSet {
  readonly aggregates: readonly AggregateDefinition[];
  /** In the order in which facts of one change set are decided and published. */
  readonly facts: readonly FactDefinition[];
  readonly publications: readonly Publication[];
}

/** Names a rule set. It is checked as a whole when it is loaded. */
export const ruleSet = (rules: RuleSet): RuleSet => Object.freeze({ ...rules });
