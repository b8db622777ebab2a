/** What can be wrong with the names of aggregates, facts and contracts, and with those that they had before. Pure. */
import type { ContractDefinition } from '../contract.js';
import { contractsIn } from '../correction.js';
import { CHANGE_NAME, type Named } from '../named.js';
import type { RuleSet } from '../rule-set.js';
import { type About, aboutAggregate, aboutContract, aboutFact, problem, type RuleProblem } from './problem.js';

const NAME = /^[A-Z][A-Za-z0-9]*$/;
const AGGREGATE_NAME = /^[a-z][A-Za-z0-9-]*$/;

export function nameProblems(rules: RuleSet): RuleProblem[] {
  const { aggregates, facts } = rules;
  const contracts = contractsIn(rules);
  return [
    ...twiceProblems(aggregates, aboutAggregate),
    ...twiceProblems(facts, aboutFact),
    ...twiceProblems(contracts, aboutContract),
    ...facts.flatMap((fact) => businessNameProblems(fact.name, aboutFact(fact))),
    ...firstOfEach(contracts.filter(isNotWaived)).flatMap((contract) =>
      businessNameProblems(contract.name, aboutContract(contract)),
    ),
    ...aggregates.filter(({ name }) => !AGGREGATE_NAME.test(name)).map(aggregateNameProblem),
    ...formerProblems('aggregate', aggregates, AGGREGATE_NAME, aboutAggregate),
    ...formerProblems('fact', facts, NAME, aboutFact),
  ];
}

/** A contract may have to keep a name that others know already; it has to be one all the same. */
const isNotWaived = ({ name, waived }: ContractDefinition): boolean =>
  waived?.['NAME_SAYS_NOTHING'] === undefined || !NAME.test(name);

/** Two are one thing when they are called alike in words: `contract OrderPlaced v1`. The later one is told of, with the place of the first. */
function twiceProblems<T extends object>(all: readonly T[], aboutOf: (one: T) => About): RuleProblem[] {
  const first = new Map<string, T>();
  const problems = new Map<string, RuleProblem>();
  for (const one of all) {
    const about = aboutOf(one);
    const other = first.get(about.where);
    if (other === undefined) first.set(about.where, one);
    else if (!problems.has(about.where))
      problems.set(
        about.where,
        problem(
          'NAME_TWICE',
          { ...about, also: other === one ? [] : [other] },
          other === one ? 'is listed twice' : 'is declared twice',
        ),
      );
  }
  return [...problems.values()];
}

const firstOfEach = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
  all.filter((one, index) => all.findIndex(({ name }) => name === one.name) === index);

function businessNameProblems(name: string, about: About): RuleProblem[] {
  if (CHANGE_NAME.fits(name)) return [problem('NAME_SAYS_NOTHING', about, CHANGE_NAME.says)];
  return NAME.test(name) ? [] : [problem('NAME_SAYS_NOTHING', about, 'must be in PascalCase, letters and digits')];
}

const aggregateNameProblem = (aggregate: RuleSet['aggregates'][number]): RuleProblem =>
  problem(
    'NAME_SAYS_NOTHING',
    aboutAggregate(aggregate),
    'must begin with a small letter and have letters, digits and "-" only; it is part of keys',
    'Name what it is: order, customer, sales-order.',
  );

/** Each name, of now or of before, means one thing: what is remembered under it is remembered of that. */
function formerProblems<T extends Named>(
  kind: 'aggregate' | 'fact',
  all: readonly T[],
  pattern: RegExp,
  aboutOf: (named: T, word: string) => About,
): RuleProblem[] {
  const present = new Set(all.map(({ name }) => name));
  const lists = all.map((named) => ({ named, name: named.name, former: formerIn(named) }));
  const counts = new Map<string, number>();
  for (const each of lists.flatMap(({ former }) => [...new Set(former)])) counts.set(each, (counts.get(each) ?? 0) + 1);
  return lists.flatMap(({ named, name, former }) => {
    const invalid = (text: string) => problem('FORMER_NAME_INVALID', aboutOf(named, 'formerly'), text);
    if (former === null) return [invalid(`formerly must be a list of names, the oldest first: formerly: ['old']`)];
    return [
      ...repeated(former).map((each) => invalid(`was formerly "${each}" twice`)),
      ...[...new Set(former)].flatMap((each) => {
        if (typeof each !== 'string' || !pattern.test(each))
          return [
            invalid(
              `was formerly ${JSON.stringify(each)}, which cannot be the name of ${kind === 'fact' ? 'a' : 'an'} ${kind}`,
            ),
          ];
        if (each === name) return [invalid(`is called "${each}" now: formerly has the names that it gave up`)];
        if (present.has(each)) return [invalid(`was formerly "${each}", but another ${kind} is called so now`)];
        if ((counts.get(each) ?? 0) > 1)
          return [
            invalid(`was formerly "${each}", and another ${kind} too: only one can have what is remembered under it`),
          ];
        return [];
      }),
    ];
  });
}

/** Null: it is no list. Without types anything may stand there. */
const formerIn = ({ formerly }: Named): readonly string[] | null => (Array.isArray(formerly) ? formerly : null);

/** Each value that is there more than once, once. */
export const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];
