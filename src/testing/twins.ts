/**
 * Rules that answer everything three times: twice one after the other, and once in a realm where nothing was asked before, as after a restart.
 * What depends on the rows alone is the same each time; what differs depends on what a rule remembered. Pure, but for what `doubt` does.
 */
import type { AggregateDefinition } from '../rules/aggregate.js';
import type { ContractDefinition } from '../rules/contract.js';
import type { Condition, FactDefinition } from '../rules/fact.js';
import type { RuleSet } from '../rules/rule-set.js';
import { errorWords } from '../translate/ask.js';

/** A function of the rules that gave different answers about the same rows. */
export interface Doubt {
  /** In words: `data of OrderPlaced`. */
  readonly what: string;
  /** What it belongs to, as it was declared. */
  readonly declared: object;
  /** Answers as texts. */
  readonly first: string;
  readonly other: string;
}

/** What a rule remembers is another thing in another process, and gone after a restart. */
export const doubtText = ({ what, first, other }: Doubt): string =>
  `The ${what} gave ${first} and then ${other} for the same rows: it remembers something from one question to the next. After a restart, or in ` +
  'another process, the same rows would give another event. Take it from the rows alone.';

type Asked = (...given: never[]) => unknown;

export interface Twins {
  readonly rules: RuleSet;
  /** The same rules in a realm where less was asked. */
  readonly fresh: () => RuleSet;
  readonly doubt: (found: Doubt) => void;
}

/** The rule set, whose answers are the first of the three. */
export function twinned(twins: Twins): RuleSet {
  const { rules } = twins;
  const facts = new Map(rules.facts.map((fact, i) => [fact, factOf(fact, i, twins)]));
  const contracts = new Map<ContractDefinition, ContractDefinition>();
  rules.publications.forEach(({ contract }, i) => {
    if (!contracts.has(contract)) contracts.set(contract, contractOf(contract, i, twins));
  });
  return {
    aggregates: rules.aggregates.map((aggregate, i) => aggregateOf(aggregate, i, twins)),
    facts: rules.facts.map((fact) => facts.get(fact) ?? fact),
    publications: rules.publications.map((publication, i) => ({
      fact: facts.get(publication.fact) ?? publication.fact,
      contract: contracts.get(publication.contract) ?? publication.contract,
      map: tripled(
        { what: `publication of ${publication.fact.name}`, declared: publication },
        publication.map,
        ({ publications }) => publications[i]?.map,
        twins,
      ),
    })),
  };
}

type AnyCondition = FactDefinition['conditions'][number];

function factOf(fact: FactDefinition, i: number, twins: Twins): FactDefinition {
  const about = (what: string) => ({ what: `${what} of ${fact.name}`, declared: fact });
  return {
    ...fact,
    conditions: conditionsOf<AnyCondition>(fact.conditions, about, ({ facts }) => facts[i]?.conditions, twins),
    data: tripled(about('data'), fact.data, ({ facts }) => facts[i]?.data, twins),
  } as FactDefinition;
}

function aggregateOf(aggregate: AggregateDefinition, i: number, twins: Twins): AggregateDefinition {
  const about = (what: string) => ({ what: `${what} of ${aggregate.name}`, declared: aggregate });
  const { context, retire } = aggregate;
  return {
    ...aggregate,
    context: tripled(about('context'), context, ({ aggregates }) => aggregates[i]?.context, twins),
    retire: retire && {
      ...retire,
      conditions: conditionsOf(retire.conditions, about, ({ aggregates }) => aggregates[i]?.retire?.conditions, twins),
    },
  };
}

function contractOf(contract: ContractDefinition, i: number, twins: Twins): ContractDefinition {
  const { occurredAt } = contract;
  if (occurredAt === null) return contract;
  const about = { what: `occurredAt of ${contract.name}`, declared: contract };
  const inOther = ({ publications }: RuleSet) => publications[i]?.contract.occurredAt ?? undefined;
  return { ...contract, occurredAt: tripled(about, occurredAt, inOther, twins) };
}

type About = Pick<Doubt, 'what' | 'declared'>;

const conditionsOf = <C extends Condition<never>>(
  conditions: readonly C[],
  about: (what: string) => About,
  inOther: (rules: RuleSet) => readonly Condition<never>[] | undefined,
  twins: Twins,
): C[] =>
  conditions.map((condition, j) => ({
    ...condition,
    holds: tripled(
      about(`condition "${condition.name}"`),
      condition.holds,
      (rules) => inOther(rules)?.[j]?.holds,
      twins,
    ),
  }));

/** @param inOther the same function in another realm. */
function tripled<F extends Asked>(
  about: About,
  rule: F,
  inOther: (rules: RuleSet) => Asked | undefined,
  { fresh, doubt }: Twins,
): F {
  return ((...given: never[]) => {
    const first = answerOf(() => rule(...given));
    const text = textOf(first);
    for (const again of [() => rule(...given), () => inOther(fresh())?.(...given)]) {
      const other = textOf(answerOf(again));
      if (other === text) continue;
      doubt({ ...about, first: text, other });
      break;
    }
    if ('thrown' in first) throw first.thrown;
    return first.given;
  }) as F;
}

type Answer = { readonly given: unknown } | { readonly thrown: unknown };

function answerOf(ask: () => unknown): Answer {
  try {
    return { given: ask() };
  } catch (thrown) {
    return { thrown };
  }
}

/** What is no plain JSON is refused where it is used; here it is one text, whatever it is. */
function textOf(answer: Answer): string {
  if ('thrown' in answer) return `throws ${errorWords(answer.thrown)}`;
  try {
    const { given } = answer;
    return typeof given === 'object' && given !== null ? JSON.stringify(given) : String(given);
  } catch {
    return 'what is not JSON';
  }
}
