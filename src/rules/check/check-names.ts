/** What can be wrong with the names of aggregates, facts and contracts, and with those that they had before. Pure. */
import type { Named } from '../named.js';
import { problem, type RuleProblem, type RuleSet } from '../rule-set.js';

/** Names of a change say nothing about the business: whoever reads one must compare rows again. */
const SAYS_NOTHING = /(Changed|Updated|Modified)$|^StatusUpdated/;
const NAME = /^[A-Z][A-Za-z0-9]*$/;
const AGGREGATE_NAME = /^[a-z][A-Za-z0-9-]*$/;

export function nameProblems({ aggregates, facts, publications }: RuleSet): RuleProblem[] {
  const contracts = [...new Set(publications.map(({ contract }) => contract))];
  const problems = [
    ...repeated(aggregates.map(({ name }) => name)).map((name) => twice(`aggregate ${name}`, name)),
    ...repeated(facts.map(({ name }) => name)).map((name) => twice(`fact ${name}`, name)),
    ...repeated(contracts.map((contract) => `${contract.name} v${contract.majorVersion}`)).map((name) =>
      twice(`contract ${name}`, name.replace(/ v\d+$/, '')),
    ),
  ];
  for (const [kind, names] of [
    ['fact', facts.map(({ name }) => name)],
    ['contract', [...new Set(contracts.map(({ name }) => name))]],
  ] as const) {
    for (const name of names) {
      if (SAYS_NOTHING.test(name)) {
        problems.push(
          problem('NAME_SAYS_NOTHING', `${kind} ${name}`, name, 'names a change, not what the business did'),
        );
      } else if (!NAME.test(name)) {
        problems.push(
          problem('NAME_SAYS_NOTHING', `${kind} ${name}`, name, 'must be in PascalCase, letters and digits'),
        );
      }
    }
  }
  for (const { name } of aggregates) {
    if (AGGREGATE_NAME.test(name)) continue;
    const text = 'must begin with a small letter and have letters, digits and "-" only; it is part of keys';
    problems.push(problem('NAME_SAYS_NOTHING', `aggregate ${name}`, name, text));
  }
  return [
    ...problems,
    ...formerProblems('aggregate', aggregates, AGGREGATE_NAME),
    ...formerProblems('fact', facts, NAME),
  ];
}

/** Each name, of now or of before, means one thing: what is remembered under it is remembered of that. */
function formerProblems(kind: 'aggregate' | 'fact', all: readonly Named[], pattern: RegExp): RuleProblem[] {
  const present = new Set(all.map(({ name }) => name));
  const lists = all.map((named) => ({ name: named.name, former: formerIn(named) }));
  const counts = new Map<string, number>();
  for (const each of lists.flatMap(({ former }) => [...new Set(former)])) counts.set(each, (counts.get(each) ?? 0) + 1);
  return lists.flatMap(({ name, former }) => {
    const invalid = (text: string) => problem('FORMER_NAME_INVALID', `${kind} ${name}`, name, text);
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

const twice = (where: string, name: string): RuleProblem => problem('NAME_TWICE', where, name, 'is declared twice');

/** Each value that is there more than once, once. */
export const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];
