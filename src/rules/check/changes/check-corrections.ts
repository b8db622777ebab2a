/** What can be wrong with corrections: whether there is something to correct, and whether their contracts are theirs alone. Pure. */
import { z } from 'zod';
import type { ContractDefinition } from '../../contract.js';
import { type CorrectionDefinition, isTakenByCorrection } from '../../correction.js';
import type { RuleSet } from '../../rule-set.js';
import { type About, problem, type RuleProblem } from '../problem.js';

export function correctionProblems(rules: RuleSet): RuleProblem[] {
  const { corrections = [] } = rules;
  return corrections.flatMap((each, i) =>
    [...textsOf(each, corrections.slice(0, i), rules)].map((text) =>
      problem('CORRECTION_INVALID', aboutCorrection(each), text),
    ),
  );
}

const labelOf = ({ name, majorVersion }: ContractDefinition): string => `${name} v${majorVersion}`;

const aboutCorrection = (correction: CorrectionDefinition): About => ({
  where: `correction of ${labelOf(correction.contract)}`,
  declared: correction,
});

function* textsOf(
  { contract, aggregate, correction, map }: CorrectionDefinition,
  earlier: readonly CorrectionDefinition[],
  { aggregates, publications, corrections = [] }: RuleSet,
): Generator<string> {
  const published = publications.find((each) => each.contract === contract);
  if (published === undefined) yield 'no fact is published under this contract, so there is nothing to correct';
  if (!aggregates.includes(aggregate)) yield `the rule set does not list the aggregate ${aggregate.name}`;
  else if (published !== undefined && published.fact.aggregate !== aggregate.name)
    yield `its events are of the aggregate ${published.fact.aggregate}, not of ${aggregate.name}`;
  if (typeof (map as unknown) !== 'function') yield 'what makes its fields must be a function';
  if (earlier.some((each) => each.contract === contract)) yield 'it is corrected under another contract already';
  const label = labelOf(correction);
  if (publications.some((each) => each.contract === correction))
    yield `${label} is published for a fact: events that correct have a contract of their own`;
  if (earlier.some((each) => each.correction === correction))
    yield `${label} corrects events of another contract already`;
  if (corrections.some((each) => each.contract === correction))
    yield `${label} is corrected itself: correct the event again instead`;
  if (correction.key !== contract.key)
    yield `${label} has the key ${correction.key}, and the events that it corrects have ${contract.key}`;
  const names = [...Object.keys(aggregate.context), ...fieldsOf(correction)];
  const taken = names.find(isTakenByCorrection);
  if (taken !== undefined) yield `${label} has a field ${taken} already: the id of the event that is corrected`;
}

const fieldsOf = ({ data }: ContractDefinition): string[] =>
  data instanceof z.ZodObject ? Object.keys(data.shape) : [];
