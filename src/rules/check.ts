import type { RuleSet } from './rule-set.js';

export interface RuleProblem {
  readonly code: string;
  readonly text: string;
  /** What it is about: `contract "OrderAccepted" v1`. */
  readonly where: string;
  /** The name as it stands in the source, to find the line. */
  readonly subject: string;
}

export function checkRuleSet(_rules: RuleSet): RuleProblem[] {
  return [];
}
