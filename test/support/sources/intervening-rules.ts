/** The retailer's rules with interventions; and which transactions of a generated history they take for one. */
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { annotationsOf, compileIntervention } from '../../../src/rules/interventions/compile-interventions.js';
import { intervention, type InterventionDefinition } from '../../../src/rules/interventions/intervention.js';
import type { Commit } from '../../model/history.js';
import { chosen, choices } from '../choices.js';
import type { HistoryPlan } from '../history/plan.js';
import { lookingRules } from './looking-rules.js';

export const withInterventions = (
  loaded: LoadedRules,
  interventions: readonly InterventionDefinition[],
): LoadedRules => ({
  ...loaded,
  rules: {
    ...loaded.rules,
    interventions: interventions.map(compileIntervention),
    annotations: annotationsOf(interventions),
  },
});

/** What generated transactions say that say something. */
export const BY_MIA = intervention('what Mia did', { annotated: { prefix: 'oms.audit', content: { user: 'mia' } } });

/** By rules that have {@link BY_MIA}. */
export const isByMia = ({ isAnnotated }: Commit): boolean => isAnnotated === true;

/** Some of its transactions say that they are of Mia. */
export function annotated(plan: HistoryPlan, seed: number): HistoryPlan {
  const random = choices(seed + 4);
  const said = () => chosen(random, [null, null, 'first', 'last'] as const);
  return {
    ...plan,
    steps: plan.steps.map((step) => (step.kind === 'commit' ? { ...step, annotated: said() } : step)),
  };
}

/** Of so many seeds one looks up, and one has interventions. */
const EVERY = 4;

/** A seed is a history, and its rules. */
export function rulesOfSeed(rules: LoadedRules, seed: number): LoadedRules {
  if (seed % EVERY === 0) return lookingRules(rules);
  return seed % EVERY === 1 ? withInterventions(rules, [BY_MIA]) : rules;
}
