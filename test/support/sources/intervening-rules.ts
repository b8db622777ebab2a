/** The retailer's rules with interventions, or with orders that keep them; and which transactions of a generated history they take for one. */
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { annotationsOf, compileIntervention } from '../../../src/rules/interventions/compile-interventions.js';
import { intervention, type InterventionDefinition } from '../../../src/rules/interventions/intervention.js';
import { origin, type OriginDefinition } from '../../../src/rules/origins/origin.js';
import { tellingAnnotations } from '../../../src/rules/origins/telling.js';
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

/** What generated transactions say of their origin. */
export const AUDIT = origin.annotated('oms.audit', { user: 'user', useCase: 'reason' });

/** The rules, with origins that nothing publishes. */
export const withOrigins = (loaded: LoadedRules, origins: readonly OriginDefinition[]): LoadedRules => ({
  ...loaded,
  rules: { ...loaded.rules, origins, annotations: tellingAnnotations(origins) },
});

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

/** Orders under way keep the rules by which they began. */
export const pinning = (loaded: LoadedRules): LoadedRules => {
  const aggregates = [...loaded.rules.aggregates].map(
    ([name, each]) => [name, { ...each, pin: each.keeps === null ? true : null }] as const,
  );
  return { ...loaded, rules: { ...loaded.rules, aggregates: new Map(aggregates) } };
};

/** Of so many seeds one looks up, and one has interventions. */
const EVERY = 4;
/** Of so many, in one that is dense in events orders keep their rules. */
const EVERY_PINNED = 8;

/** A seed is a history, and its rules. */
export function rulesOfSeed(rules: LoadedRules, seed: number): LoadedRules {
  if (seed % EVERY === 0) return lookingRules(rules);
  if (seed % EVERY_PINNED === 3) return pinning(rules);
  return seed % EVERY === 1 ? withInterventions(rules, [BY_MIA]) : rules;
}
