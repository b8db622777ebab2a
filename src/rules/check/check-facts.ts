/** What can be wrong with facts, with what is expected of them, and with their publications. Pure. */
import { DURATION_WORDS, durationMs } from '../duration.js';
import { type Deadline, type FactDefinition, FIRST_SEEN, IMPORTANCES, type Milestone } from '../fact.js';
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
  const needsConditions = fact.kind === 'row' ? fact.edge === 'became' : fact.kind !== 'deadline';
  if (needsConditions && fact.conditions.length === 0)
    return [{ word: 'when', text: 'needs at least one named condition', fix: CONDITIONS_FIX }];
  return fact.conditions.some(({ name }) => name.trim() === '')
    ? [{ word: 'when', text: 'a condition has no name: "why not" answers with it', fix: CONDITIONS_FIX }]
    : [];
}

export const expectedProblems = ({ facts }: RuleSet): RuleProblem[] =>
  facts.flatMap((fact) => {
    const texts =
      fact.kind === 'milestone'
        ? expectedTexts(fact, facts)
        : fact.kind === 'deadline'
          ? deadlineTexts(fact, facts)
          : [];
    return texts.map((text) => problem('EXPECTED_INVALID', aboutFact(fact, 'expected'), text));
  });

function expectedTexts(milestone: Milestone, facts: readonly FactDefinition[]): string[] {
  const { expected, repeatable } = milestone;
  if (expected === null) return [];
  const { within, after, unless } = expected;
  const texts: string[] = [];
  if (durationMs(within) === null) texts.push(`expected: within is ${shown(within)}, and must be ${DURATION_WORDS}`);
  if (repeatable) texts.push('expected: it is repeatable, and only what happens once can be waited for');
  const wrong = after === FIRST_SEEN ? null : beginningText(milestone, after, facts);
  if (wrong !== null) texts.push(`expected: after ${wrong}`);
  if (unless.some(({ holds }) => typeof (holds as unknown) !== 'function'))
    texts.push('expected: the conditions of unless must be functions');
  if (unless.some(({ name }) => name.trim() === ''))
    texts.push(
      'expected: a condition of unless has no name: the journal tells by it why nothing was expected any more',
    );
  return texts;
}

/** Why it is not what a milestone can be expected after; null: it is. */
function beginningText(milestone: Milestone, after: unknown, facts: readonly FactDefinition[]): string | null {
  const fact = listed(after, facts);
  if (fact === undefined)
    return `is ${shown(nameOf(after) ?? after)}, and must be a fact that the rule set lists, or '${FIRST_SEEN}'`;
  if (fact.name === milestone.name) return 'is the fact itself';
  if (fact.aggregate !== milestone.aggregate) return `is ${fact.name}, a fact of another aggregate: ${fact.aggregate}`;
  return fact.kind === 'deadline' ? `is ${fact.name}, which happens when something is overdue` : null;
}

function deadlineTexts({ expected, aggregate }: Deadline, facts: readonly FactDefinition[]): string[] {
  const fact = listed(expected, facts);
  if (fact === undefined)
    return [`expected is ${shown(nameOf(expected) ?? expected)}, and must be a milestone that the rule set lists`];
  if (fact.aggregate !== aggregate)
    return [`expected is ${fact.name}, a milestone of another aggregate: ${fact.aggregate}`];
  return fact.kind === 'milestone' && fact.expected !== null
    ? []
    : [`expected is ${fact.name}, which does not say by when it is to happen: it has no expected of its own`];
}

const listed = (fact: unknown, facts: readonly FactDefinition[]): FactDefinition | undefined =>
  facts.find(({ name }) => name === nameOf(fact));

function nameOf(fact: unknown): string | null {
  const { name } = (typeof fact === 'object' && fact !== null ? fact : {}) as { readonly name?: unknown };
  return typeof name === 'string' ? name : null;
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
