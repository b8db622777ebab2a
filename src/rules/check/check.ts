/**
 * What can be wrong with a rule set as a whole, found when it is loaded: all problems at once. What TypeScript refuses already
 * is checked again where it would break a guarantee, or pass in silence. Pure.
 */
import type { RuleSet } from '../rule-set.js';
import { contractProblems } from './check-contract.js';
import { expectedProblems, factProblems, publicationProblems } from './check-facts.js';
import { correctionProblems } from './changes/check-corrections.js';
import { interventionProblems } from './changes/check-interventions.js';
import { memberProblems, retireProblems } from './check-members.js';
import { nameProblems } from './check-names.js';
import { originProblems } from './changes/check-origins.js';
import { capabilityProblems } from './routes/check-capabilities.js';
import { lookupProblems, viaProblems } from './check-references.js';
import { tableProblems } from './check-tables.js';
import type { RuleProblem } from './problem.js';

export function checkRuleSet(rules: RuleSet): RuleProblem[] {
  return [
    ...nameProblems(rules),
    ...tableProblems(rules.aggregates),
    ...rules.aggregates.flatMap(memberProblems),
    ...rules.aggregates.flatMap(viaProblems),
    ...rules.aggregates.flatMap(lookupProblems),
    ...rules.aggregates.flatMap(retireProblems),
    ...factProblems(rules),
    ...expectedProblems(rules),
    ...publicationProblems(rules),
    ...correctionProblems(rules),
    ...contractProblems(rules),
    ...interventionProblems(rules),
    ...originProblems(rules),
    ...capabilityProblems(rules),
  ];
}
