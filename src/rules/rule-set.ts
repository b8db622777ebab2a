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

/** What can be wrong with a rule set; found by `check.ts`. */
export const RULE_PROBLEM_CODES = [
  'NAME_TWICE',
  'NAME_SAYS_NOTHING',
  'FORMER_NAME_INVALID',
  'TABLE_TWICE',
  'KEY_COLUMN_INVALID',
  'COLUMN_INVALID',
  'MEMBER_KEY_INVALID',
  'VIA_INVALID',
  'LOOKUP_INVALID',
  'RETIRE_INVALID',
  'FACT_INVALID',
  'PUBLICATION_INVALID',
  'CONTRACT_INVALID',
  'EXAMPLE_INVALID',
] as const;

export interface RuleProblem {
  readonly code: (typeof RULE_PROBLEM_CODES)[number];
  readonly text: string;
  /** What it is about, in words: `contract OrderAccepted v1`. */
  readonly where: string;
  /** The name as it stands in the source, to find the line. */
  readonly subject: string;
}

export const problem = (code: RuleProblem['code'], where: string, subject: string, text: string): RuleProblem => ({
  code,
  text,
  where,
  subject,
});
