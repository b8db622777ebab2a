/** What can be wrong with facts and their publications. Pure. */
import { type FactDefinition, IMPORTANCES } from '../fact.js';
import type { Publication } from '../publication.js';
import type { RuleSet } from '../rule-set.js';
import { aboutFact, problem, type RuleProblem, shown } from './problem.js';

export const factProblems = (rules: RuleSet): RuleProblem[] =>
  rules.facts.flatMap((fact) =>
    textsOf(fact, rules).map(({ word, text, fix }) => problem('FACT_INVALID', aboutFact(fact, word), text, fix)),
  );

interface At {
  /** Of the declaration; absent: its name. */
  readonly word?: string;
  readonly text: string;
  readonly fix?: string;
}

function textsOf(fact: FactDefinition, { aggregates }: RuleSet): At[] {
  const aggregate = aggregates.find(({ name }) => name === fact.aggregate);
  if (!aggregate) return [{ text: `belongs to the aggregate ${fact.aggregate}, which the rule set does not list` }];
  if (fact.kind === 'row' && !Object.hasOwn(aggregate.members, fact.member)) {
    return [{ word: fact.member, text: `${fact.aggregate} has no member ${shown(fact.member).replaceAll('"', '')}` }];
  }
  return [...literalTexts(fact), ...functionTexts(fact)];
}

const IMPORTANCE_FIX = "Say how much is at stake when it is late or missing: importance: 'normal'.";
const REPEATABLE_FIX = 'Write repeatable: true, if it can happen more than once in a life; else leave it out.';
const CONDITIONS_FIX = "Write when: { 'in your words': (view) => true or false }.";

function literalTexts(fact: FactDefinition): At[] {
  const texts: At[] = [];
  if (!IMPORTANCES.includes(fact.importance))
    texts.push({
      word: 'importance',
      text: `its importance must be one of ${IMPORTANCES.join(', ')}`,
      fix: IMPORTANCE_FIX,
    });
  if (fact.kind === 'milestone' && typeof (fact.repeatable as unknown) !== 'boolean')
    texts.push({ word: 'repeatable', text: 'repeatable must be true or false', fix: REPEATABLE_FIX });
  return texts;
}

function functionTexts(fact: FactDefinition): At[] {
  const functions: readonly unknown[] = [fact.data, ...fact.conditions.map(({ holds }) => holds)];
  if (functions.some((each) => typeof each !== 'function'))
    return [
      {
        word: typeof (fact.data as unknown) === 'function' ? 'when' : 'data',
        text: 'its data and its conditions must be functions',
        fix: 'Write (view) => ..., which is asked at each change; a value would be the same for ever.',
      },
    ];
  const needsConditions = fact.kind !== 'row' || fact.edge === 'became';
  if (needsConditions && fact.conditions.length === 0)
    return [{ word: 'when', text: 'needs at least one named condition', fix: CONDITIONS_FIX }];
  return fact.conditions.some(({ name }) => name.trim() === '')
    ? [{ word: 'when', text: 'a condition has no name: "why not" answers with it', fix: CONDITIONS_FIX }]
    : [];
}

export function publicationProblems({ facts, publications }: RuleSet): RuleProblem[] {
  const problems: RuleProblem[] = [];
  publications.forEach((publication, index) => {
    const { fact, contract, map } = publication;
    const invalid = (text: string, fix?: string, also: readonly object[] = []) =>
      problems.push(problem('PUBLICATION_INVALID', { ...aboutPublication(publication), also }, text, fix));
    if (!facts.includes(fact))
      invalid('the fact is not listed in the rule set', 'List the fact in facts of ruleSet({ ... }).', [fact]);
    if (typeof (map as unknown) !== 'function') invalid('what maps the fact to the fields must be a function');
    const earlier = publications.slice(0, index).find((other) => other.contract === contract);
    if (earlier)
      invalid(
        `the contract is published for ${earlier.fact.name} already; event ids would collide`,
        'Declare a contract for each fact.',
        [earlier],
      );
  });
  return problems;
}

const aboutPublication = (publication: Publication) => ({
  where: `publication of ${publication.fact.name} as ${publication.contract.name} v${publication.contract.majorVersion}`,
  declared: publication,
});
