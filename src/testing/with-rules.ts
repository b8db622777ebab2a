/** The same rule set, with each function of its author in the hands of somebody who looks at what it is asked and what it answers. Pure. */
import type { AggregateDefinition } from '../rules/aggregate.js';
import type { ContractDefinition } from '../rules/contract.js';
import { contractsIn, type CorrectionDefinition } from '../rules/correction.js';
import type { Condition, FactDefinition } from '../rules/fact.js';
import type { RuleSet } from '../rules/rule-set.js';

export type Asked = (...given: never[]) => unknown;

export type RulePart = 'condition' | 'data' | 'context' | 'map' | 'occurredAt';

/** Which function of the rules it is. */
export interface AboutRule {
  readonly part: RulePart;
  /** In words: `data of OrderPlaced`. */
  readonly what: string;
  /** What it belongs to, as it was declared. */
  readonly declared: object;
}

/** @param inOther the same function in another realm of the same rules. @returns what stands in its place. */
export type Wrap = <F extends Asked>(about: AboutRule, rule: F, inOther: (rules: RuleSet) => Asked | undefined) => F;

export function withRules(rules: RuleSet, wrap: Wrap): RuleSet {
  const aggregates = new Map(rules.aggregates.map((aggregate, i) => [aggregate, aggregateOf(aggregate, i, wrap)]));
  const facts = new Map(rules.facts.map((fact, i) => [fact, factOf(fact, i, wrap)]));
  const contracts = new Map<ContractDefinition, ContractDefinition>();
  for (const [i, contract] of contractsIn(rules).entries()) contracts.set(contract, contractOf(contract, i, wrap));
  const { corrections } = rules;
  return {
    ...rules,
    aggregates: [...aggregates.values()],
    facts: rules.facts.map((fact) => facts.get(fact) ?? fact),
    publications: rules.publications.map((publication, i) => ({
      fact: facts.get(publication.fact) ?? publication.fact,
      contract: contracts.get(publication.contract) ?? publication.contract,
      map: wrap(
        { part: 'map', what: `publication of ${publication.fact.name}`, declared: publication },
        publication.map,
        ({ publications }) => publications[i]?.map,
      ),
    })),
    ...(corrections === undefined
      ? {}
      : { corrections: corrections.map((each, i) => correctionOf(each, i, { contracts, aggregates, wrap })) }),
  };
}

type AnyCondition = FactDefinition['conditions'][number];

function factOf(fact: FactDefinition, i: number, wrap: Wrap): FactDefinition {
  const about = (what: string, part: RulePart = 'condition') => ({
    part,
    what: `${what} of ${fact.name}`,
    declared: fact,
  });
  const unless = (of: FactDefinition | undefined) => (of?.kind === 'milestone' ? of.expected?.unless : undefined);
  return {
    ...fact,
    ...(fact.kind === 'milestone' && fact.expected !== null
      ? {
          expected: {
            ...fact.expected,
            unless: conditionsOf(fact.expected.unless, about, ({ facts }) => unless(facts[i]), wrap),
          },
        }
      : {}),
    conditions: conditionsOf<AnyCondition>(fact.conditions, about, ({ facts }) => facts[i]?.conditions, wrap),
    data: wrap(about('data', 'data'), fact.data, ({ facts }) => facts[i]?.data),
  } as FactDefinition;
}

function aggregateOf(aggregate: AggregateDefinition, i: number, wrap: Wrap): AggregateDefinition {
  const about = (what: string, part: RulePart = 'condition') => ({
    ...{ part, what: `${what} of ${aggregate.name}`, declared: aggregate },
  });
  const { context, retire } = aggregate;
  return {
    ...aggregate,
    context: Object.fromEntries(
      Object.entries(context).map(([name, of]) => [
        name,
        wrap(about(`${name} in the context`, 'context'), of, ({ aggregates }) => aggregates[i]?.context[name]),
      ]),
    ),
    retire: retire && {
      ...retire,
      conditions: conditionsOf(retire.conditions, about, ({ aggregates }) => aggregates[i]?.retire?.conditions, wrap),
    },
  };
}

interface Wrapped {
  readonly contracts: ReadonlyMap<ContractDefinition, ContractDefinition>;
  readonly aggregates: ReadonlyMap<AggregateDefinition, AggregateDefinition>;
  readonly wrap: Wrap;
}

function correctionOf(
  made: CorrectionDefinition,
  i: number,
  { contracts, aggregates, wrap }: Wrapped,
): CorrectionDefinition {
  const { contract, correction, aggregate, map } = made;
  const about = { part: 'map' as const, what: `correction of ${contract.name}`, declared: made };
  return {
    contract: contracts.get(contract) ?? contract,
    correction: contracts.get(correction) ?? correction,
    aggregate: aggregates.get(aggregate) ?? aggregate,
    map: wrap(about, map, ({ corrections }) => corrections?.[i]?.map),
  };
}

function contractOf(contract: ContractDefinition, i: number, wrap: Wrap): ContractDefinition {
  const { occurredAt } = contract;
  if (occurredAt === null) return contract;
  const about = { part: 'occurredAt' as const, what: `occurredAt of ${contract.name}`, declared: contract };
  const inOther = (rules: RuleSet) => contractsIn(rules)[i]?.occurredAt ?? undefined;
  return { ...contract, occurredAt: wrap(about, occurredAt, inOther) };
}

const conditionsOf = <C extends Condition<never>>(
  conditions: readonly C[],
  about: (what: string) => AboutRule,
  inOther: (rules: RuleSet) => readonly Condition<never>[] | undefined,
  wrap: Wrap,
): C[] =>
  conditions.map((condition, j) => ({
    ...condition,
    holds: wrap(about(`condition "${condition.name}"`), condition.holds, (rules) => inOther(rules)?.[j]?.holds),
  }));
