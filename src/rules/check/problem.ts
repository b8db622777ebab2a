/** What can be wrong with a rule set: by code, with the reason, the way out, and what it is about. Pure. */
import type { AggregateDefinition } from '../aggregate.js';
import type { ContractDefinition } from '../contract.js';
import type { FactDefinition } from '../fact.js';
import type { InterventionDefinition } from '../interventions/intervention.js';
import { CHANGE_NAME } from '../named.js';
import type { OriginDefinition } from '../origins/origin.js';
import type { CapabilityDefinition } from '../routes/capability.js';

/** Each code with what to do about it, where the text of a problem does not say something better. */
const FIXES = {
  NAME_TWICE: 'Give one of them another name, or take one out.',
  NAME_SAYS_NOTHING: CHANGE_NAME.instead,
  FORMER_NAME_INVALID: 'List in formerly the names that this very thing had before, the oldest first.',
  TABLE_TWICE: 'Declare the table once, and import it where it is needed.',
  TABLE_INVALID: 'Declare it as table(name, { key, columns }): docs/rules-reference.md.',
  KEY_COLUMN_INVALID: 'Name in key the columns of the primary key, in the order that the other tables have them in.',
  COLUMN_INVALID: 'docs/column-types.md says for each type of column what to declare.',
  MEMBER_KEY_INVALID: 'Give the columns that hold the key of the aggregate, in its order: (row) => [row.a, row.b].',
  VIA_INVALID: 'Name a member of the same aggregate, and the columns that hold its whole primary key.',
  LOOKUP_INVALID: 'Declare it as lookups: { name: lookup(table) }, with a name that no member has.',
  RETIRE_INVALID: "Write retire: { when: { 'in words': (view) => ... }, after: '90 days' }: docs/retiring.md.",
  AGGREGATE_INVALID: 'Declare it as aggregate(name, { member: one(...) or many(...) }).',
  EXPECTED_INVALID:
    "Write expected: { within: '4 hours', after: 'first seen' or a fact, unless: { 'in words': (view) => ... } }: docs/deadlines.md.",
  FACT_INVALID: 'Declare it by a method of its aggregate, and list both in the rule set.',
  PUBLICATION_INVALID: 'Publish a fact of the rule set under a contract of its own: publish(fact).as(contract, map).',
  CORRECTION_INVALID:
    'Write correct(contract, aggregate).as(correction, ({ event, aggregate }) => fields), with a contract of its own: docs/repairing.md.',
  CONTRACT_INVALID: 'A contract is a promise: complete it before anybody relies on it.',
  INTERVENTION_INVALID:
    'Say by annotated, rows or within how it is told from what the business did: docs/data-fixes.md.',
  ORIGIN_INVALID:
    'Write origin.annotated(prefix, { useCase: field }) or origin.columns(table, { user: column }): docs/annotations.md.',
  ORIGIN_UNDECLARED: 'Say in origins of the rule set how the legacy side tells it: docs/annotations.md.',
  CAPABILITY_INVALID:
    "Write capability('name', { contracts: [...], by: { market: ['DE', 'AT'] }, initially: [{ stage: 'shadow' }] }): docs/routes.md.",
  ROUTE_NAME_UNKNOWN: 'Route by a name that the capability lists in by, or add it there.',
  ROUTE_VALUE_UNKNOWN: 'Correct the value, or add it to by of the capability.',
  ROUTE_SHARE_INVALID: 'Write share: [0, 25] for a quarter of the aggregates.',
  ROUTES_OVERLAP: 'Make one of them more specific, or part their values or shares.',
  EXAMPLE_INVALID: 'Correct the example, or the field of the contract that it does not fit.',
} as const;

export type RuleProblemCode = keyof typeof FIXES;
export const RULE_PROBLEM_CODES = Object.keys(FIXES) as RuleProblemCode[];

export interface RuleProblem {
  readonly code: RuleProblemCode;
  readonly text: string;
  readonly fix: string;
  readonly about: About;
}

/** What a problem is about, in words and as what was declared, so that its place can be found. */
export interface About {
  /** `contract OrderAccepted v1`. */
  readonly where: string;
  /** A table, an aggregate, a fact, a contract or a publication; null: the rule set. */
  readonly declared: object | null;
  /** The word in its declaration at which the problem stands: a column, a member, an option. */
  readonly word?: string;
  /** Other declarations that are concerned. */
  readonly also?: readonly object[];
}

export const problem = (code: RuleProblemCode, about: About, text: string, fix: string = FIXES[code]): RuleProblem => ({
  code,
  text,
  fix,
  about,
});

/** Where the word is not told, that is the name. */
export const aboutFact = (fact: FactDefinition, word = fact.name): About => ({
  where: `fact ${fact.name}`,
  declared: fact,
  word,
});

export const aboutAggregate = (aggregate: AggregateDefinition, word = aggregate.name): About => ({
  where: `aggregate ${aggregate.name}`,
  declared: aggregate,
  word,
});

export const aboutMember = (aggregate: AggregateDefinition, member: string): About => ({
  where: `member ${member} of ${aggregate.name}`,
  declared: aggregate,
  word: member,
});

export const aboutContract = (contract: ContractDefinition, word = contract.name): About => ({
  where: `contract ${contract.name} v${contract.majorVersion}`,
  declared: contract,
  word,
});

export const aboutIntervention = (intervention: InterventionDefinition, word = intervention.name): About => ({
  where: `intervention ${shown(intervention.name)}`,
  declared: intervention,
  word,
});

export const aboutOrigin = (origin: OriginDefinition): About => ({
  where:
    origin.table === null
      ? `origin by annotations ${shown(origin.prefix)}`
      : `origin by columns of ${origin.table.name}`,
  declared: origin,
});

export const aboutCapability = (capability: CapabilityDefinition, word = capability.name): About => ({
  where: `capability ${shown(capability.name)}`,
  declared: capability,
  word,
});

/** A value as a text of a problem shows it. */
export const shown = (value: unknown): string =>
  typeof value === 'string' ? `"${value.slice(0, 50)}"` : value == null ? String(value) : `a ${typeof value}`;
