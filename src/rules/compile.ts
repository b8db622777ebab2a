/**
 * A checked rule set in the form that the pipeline asks: tables and feeds by table name, facts by aggregate in the order of
 * the rule set, each with its publications. Pure; done once at start.
 */
import { contractText } from '../domain/integration-event.js';
import type { AskedAnnotation } from '../domain/source/annotation.js';
import { type Feed, type Feeds, holderName, LOOKUP_AGGREGATE } from '../domain/tables/feed.js';
import type { TableDefinition } from '../domain/tables/table.js';
import { DragomanError } from '../errors.js';
import type { AggregateDefinition, BornIn } from './aggregate.js';
import { checkRuleSet } from './check/check.js';
import type { ContractDefinition } from './contract.js';
import { contractsIn, type CorrectionDefinition } from './correction.js';
import { durationMs } from './duration.js';
import {
  type AggregateView,
  type Condition,
  FIRST_SEEN,
  IMPORTANCES,
  type FactDefinition,
  type Importance,
} from './fact.js';
import { feedsOf } from './compile-feeds.js';
import {
  annotationsOf,
  type CompiledIntervention,
  compileIntervention,
} from './interventions/compile-interventions.js';
import { firstName } from './named.js';
import type { OriginDefinition } from './origins/origin.js';
import { tellingAnnotations, tellsWho } from './origins/telling.js';
import type { Publication } from './publication.js';
import { type CompiledCapability, routedContracts } from './routes/compile-capabilities.js';
import type { RuleSet } from './rule-set.js';

export interface CompiledRules {
  /** Declared tables by name (`schema.table`). */
  readonly tables: ReadonlyMap<string, TableDefinition>;
  /** By table. */
  readonly feeds: Feeds;
  /** By first name; with those that only keep rows: `order?` for rows that wait for their parent, and the one of rows of lookup tables. */
  readonly aggregates: ReadonlyMap<string, CompiledAggregate>;
  /** Of aggregates, by each name that they have and had. */
  readonly firstNames: ReadonlyMap<string, string>;
  /** Lookup tables by name. */
  readonly lookups: ReadonlyMap<string, TableDefinition>;
  /** Steps from a row to the parent that carries the aggregate's key, at most; 0 when no member is found via another. */
  readonly viaSteps: number;
  /** Those of corrections too. */
  readonly contracts: readonly ContractDefinition[];
  /** By contract (`OrderReady.v1`) of the events that are corrected. */
  readonly corrections: ReadonlyMap<string, CorrectionDefinition>;
  /** In the order of the rule set. */
  readonly interventions: readonly CompiledIntervention[];
  /** Annotations of transactions that they ask for; none is read but these. */
  readonly annotations: readonly AskedAnnotation[];
  /** In the order of the rule set. */
  readonly origins: readonly OriginDefinition[];
  /** By contract (`OrderReady.v1`), of those that are to move; Dragoman speaks under all others. */
  readonly routed: ReadonlyMap<string, CompiledCapability>;
  /** Contract topics, without repetition. */
  readonly topics: readonly string[];
}

export interface CompiledAggregate {
  /** The first that it ever had: in keys of states and all else that is stored. */
  readonly name: string;
  /** The one that it has now: for people. */
  readonly called: string;
  readonly members: readonly Feed[];
  /** By table. */
  readonly memberOf: ReadonlyMap<string, Feed>;
  readonly tables: ReadonlyMap<string, TableDefinition>;
  /** In the order in which events have them. */
  readonly context: readonly ContextName[];
  readonly onKeyChange: 'park' | 'new';
  /** When its rows are dropped; null: never. */
  readonly retire: CompiledRetire | null;
  /** Whether what is under way keeps the rules by which it began; null: nothing is said. */
  readonly pin: boolean | null;
  /** Says from its rows whether the new service made it; null: nothing does. */
  readonly bornIn: BornIn | null;
  /** Lookup tables that its rules ask. */
  readonly lookups: readonly CompiledLookup[];
  /** What its states are for, when no rule is asked: rows that wait for their parent, or a row of a lookup table. */
  readonly keeps: 'waiting' | 'lookup' | null;
  /**
   * A column that its rules see, of a row or of a lookup table, has a class, or a field of its events has one, or its rules are told who made a
   * change: values are sealed in the journal, and those of its events are shown to those alone who ask for values.
   */
  readonly isSealed: boolean;
  /** In the order of the rule set. */
  readonly facts: readonly CompiledFact[];
  /** Contracts under which its events are corrected. */
  readonly corrections: readonly ContractDefinition[];
  /** Highest importance of its facts; null when it has none. */
  readonly severity: Importance | null;
}

export interface ContextName {
  readonly name: string;
  readonly of: (view: AggregateView) => string | null;
}

export interface CompiledRetire {
  readonly conditions: readonly Condition<[AggregateView]>[];
  /** So long nothing has changed. */
  readonly afterMs: number;
}

export interface CompiledFact {
  /** The first that it ever had, under which is remembered that it happened. People read the definition's. */
  readonly name: string;
  readonly definition: FactDefinition;
  /** In the order of the rule set. */
  readonly publications: readonly Publication[];
  /** Table of a row fact's member; null for a milestone. */
  readonly table: string | null;
  /** By when it is to happen; null: nobody waits for it. */
  readonly expected: CompiledExpected | null;
  /** First name of the milestone whose deadline it is; null: it is none. */
  readonly deadlineOf: string | null;
}

export interface CompiledExpected {
  readonly withinMs: number;
  /** First name of the fact after which it is; null: as soon as a transaction tells of the aggregate. */
  readonly after: string | null;
  readonly unless: readonly Condition<[AggregateView]>[];
}

export interface CompiledLookup {
  readonly name: string;
  readonly table: TableDefinition;
}

/** @throws DragomanError RULES_INVALID with every problem in `details.problems`. */
export function compileRuleSet(rules: RuleSet): CompiledRules {
  const problems = checkRuleSet(rules);
  if (problems.length > 0) {
    const list = problems.map(({ code, text, about }) => `${about.where}: ${text} [${code}]`);
    throw new DragomanError('RULES_INVALID', `The rules do not hold together:\n${list.join('\n')}`, {
      details: { problems },
    });
  }
  const compiled = rules.aggregates.map((aggregate) => compileAggregate(aggregate, rules));
  const lookups = new Map(
    rules.aggregates.flatMap((aggregate) =>
      Object.values(aggregate.lookups).map(({ table }): [string, TableDefinition] => [table.name, table]),
    ),
  );
  const feeds = new Map<string, Feed[]>();
  const tables = new Map<string, TableDefinition>();
  for (const aggregate of compiled) {
    for (const member of aggregate.members) feeds.set(member.table, [...(feeds.get(member.table) ?? []), member]);
    for (const [name, table] of aggregate.tables) tables.set(name, table);
  }
  for (const [name, table] of lookups) tables.set(name, table);
  const { interventions = [], origins = [], capabilities = [], corrections = [] } = rules;
  const contracts = contractsIn(rules);
  return {
    tables,
    feeds,
    aggregates: new Map([...compiled, ...keepersOf(compiled, lookups)].map((aggregate) => [aggregate.name, aggregate])),
    firstNames: new Map(rules.aggregates.flatMap(firstNamesOf)),
    lookups,
    viaSteps: Math.max(0, ...[...feeds.values()].flat().map(stepsOf)),
    contracts,
    corrections: new Map(
      corrections.map((each) => [contractText(each.contract.name, each.contract.majorVersion), each]),
    ),
    interventions: interventions.map(compileIntervention),
    annotations: [...annotationsOf(interventions), ...tellingAnnotations(origins)],
    origins,
    routed: routedContracts(capabilities),
    topics: [...new Set(contracts.map(({ topic }) => topic))],
  };
}

/** Those of its waiting rows too. */
const firstNamesOf = (aggregate: AggregateDefinition): [string, string][] =>
  [aggregate.name, ...aggregate.formerly].flatMap((name): [string, string][] => [
    [name, firstName(aggregate)],
    [holderName(name), holderName(firstName(aggregate))],
  ]);

const stepsOf = ({ via }: Feed): number => (via === null ? 0 : 1 + stepsOf(via));

/** Aggregates without rules: for rows that wait for their parent, and for rows of lookup tables. */
function keepersOf(
  compiled: readonly CompiledAggregate[],
  lookups: ReadonlyMap<string, TableDefinition>,
): CompiledAggregate[] {
  const holders = compiled
    .filter(({ members }) => members.some(({ via }) => via !== null))
    .map((aggregate) => ({
      ...aggregate,
      name: holderName(aggregate.name),
      called: holderName(aggregate.called),
      keeps: 'waiting' as const,
    }));
  const asking = compiled.find(({ lookups }) => lookups.length > 0);
  const isSealed = [...lookups.values()].some(hasClassed);
  const keeper = { ...NO_MEMBERS, keeps: 'lookup' as const, isSealed };
  const keepers = asking ? [...holders, { ...asking, ...keeper, tables: lookups }] : holders;
  const nothing = { facts: [], corrections: [], lookups: [], retire: null, pin: null, bornIn: null };
  return keepers.map((keeper) => ({ ...keeper, ...nothing }));
}

const NO_MEMBERS = {
  ...{ name: LOOKUP_AGGREGATE, called: LOOKUP_AGGREGATE },
  ...{ members: [] as readonly Feed[], memberOf: new Map<string, Feed>() },
};

function compileAggregate(aggregate: AggregateDefinition, rules: RuleSet): CompiledAggregate {
  const members = feedsOf(aggregate);
  const facts = rules.facts.filter((fact) => fact.aggregate === aggregate.name);
  const isClassed = [...Object.values(aggregate.members), ...Object.values(aggregate.lookups)].some(({ table }) =>
    hasClassed(table),
  );
  const tells = rules.publications.filter(({ fact }) => facts.includes(fact));
  const corrections = (rules.corrections ?? [])
    .filter((each) => each.aggregate.name === aggregate.name)
    .map(({ correction }) => correction);
  const promises = [...tells.map(({ contract }) => contract), ...corrections];
  const hasClassedField = promises.some(({ fields = {} }) =>
    Object.values(fields).some((field) => field.class !== undefined),
  );
  const tableOf = (member: string) => aggregate.members[member]?.table.name ?? null;
  return {
    name: firstName(aggregate),
    called: aggregate.name,
    members,
    memberOf: new Map(members.map((member) => [member.table, member])),
    tables: new Map(Object.values(aggregate.members).map(({ table }) => [table.name, table])),
    context: Object.entries(aggregate.context).map(([name, of]) => ({ name, of })),
    onKeyChange: aggregate.onKeyChange,
    retire: retireOf(aggregate),
    pin: aggregate.pin,
    bornIn: aggregate.bornIn,
    lookups: Object.entries(aggregate.lookups).map(([name, { table }]) => ({ name, table })),
    keeps: null,
    corrections,
    isSealed: isClassed || hasClassedField || tellsWho(rules.origins ?? []),
    facts: facts.map((definition) => ({
      name: firstName(definition),
      definition,
      publications: rules.publications.filter(({ fact }) => fact === definition),
      table: definition.kind === 'row' ? tableOf(definition.member) : null,
      expected: expectedOf(definition, facts),
      deadlineOf: definition.kind === 'deadline' ? rememberedAs(definition.expected, facts) : null,
    })),
    severity: IMPORTANCES.find((importance) => facts.some((fact) => fact.importance === importance)) ?? null,
  };
}

/** The fact was checked. */
function expectedOf(fact: FactDefinition, facts: readonly FactDefinition[]): CompiledExpected | null {
  if (fact.kind !== 'milestone' || fact.expected === null) return null;
  const { within, after, unless } = fact.expected;
  return {
    withinMs: durationMs(within) ?? 0,
    after: after === FIRST_SEEN ? null : rememberedAs(after, facts),
    unless,
  };
}

/** By its name, because a rule set may have copies of what was declared. */
const rememberedAs = ({ name }: Pick<FactDefinition, 'name'>, facts: readonly FactDefinition[]): string => {
  const listed = facts.find((fact) => fact.name === name);
  return listed === undefined ? name : firstName(listed);
};

const hasClassed = ({ columns }: Pick<TableDefinition, 'columns'>): boolean =>
  Object.values(columns).some(({ sensitivity }) => sensitivity !== 'public');

/** The aggregate was checked. */
const retireOf = ({ retire }: AggregateDefinition): CompiledRetire | null =>
  retire && { conditions: retire.conditions, afterMs: durationMs(retire.after) ?? 0 };
