/**
 * A checked rule set in the form that the pipeline asks: tables and feeds by table name, facts by aggregate in the order of
 * the rule set, each with its publications. Pure; done once at start.
 */
import type { Feed, Feeds } from '../domain/feed.js';
import type { TableDefinition } from '../domain/table.js';
import { DragomanError } from '../errors.js';
import type { AggregateDefinition } from './aggregate.js';
import { checkRuleSet } from './check.js';
import type { ContractDefinition } from './contract.js';
import { IMPORTANCES, type FactDefinition, type Importance } from './fact.js';
import { keyColumns } from './key-columns.js';
import type { Publication } from './publication.js';
import type { RuleSet } from './rule-set.js';

export interface CompiledRules {
  /** Declared tables by name (`schema.table`). */
  readonly tables: ReadonlyMap<string, TableDefinition>;
  /** By table. */
  readonly feeds: Feeds;
  readonly aggregates: ReadonlyMap<string, CompiledAggregate>;
  readonly contracts: readonly ContractDefinition[];
  /** Contract topics, without repetition. */
  readonly topics: readonly string[];
}

export interface CompiledAggregate {
  readonly name: string;
  readonly members: readonly Feed[];
  /** By table. */
  readonly memberOf: ReadonlyMap<string, Feed>;
  readonly tables: ReadonlyMap<string, TableDefinition>;
  readonly context: AggregateDefinition['context'];
  readonly onKeyChange: 'park' | 'new';
  /** In the order of the rule set. */
  readonly facts: readonly CompiledFact[];
  /** Highest importance of its facts; null when it has none. */
  readonly severity: Importance | null;
}

export interface CompiledFact {
  readonly definition: FactDefinition;
  /** In the order of the rule set. */
  readonly publications: readonly Publication[];
  /** Table of a row fact's member; null for a milestone. */
  readonly table: string | null;
}

/** @throws DragomanError RULES_INVALID with every problem in `details.problems`. */
export function compileRuleSet(rules: RuleSet): CompiledRules {
  const problems = checkRuleSet(rules);
  if (problems.length > 0) {
    const list = problems.map(({ code, text, where }) => `${where}: ${text} [${code}]`);
    throw new DragomanError('RULES_INVALID', `The rules do not hold together:\n${list.join('\n')}`, {
      details: { problems },
    });
  }
  const aggregates = new Map(rules.aggregates.map((a) => [a.name, compileAggregate(a, rules)]));
  const feeds = new Map<string, Feed[]>();
  const tables = new Map<string, TableDefinition>();
  for (const aggregate of aggregates.values()) {
    for (const member of aggregate.members) feeds.set(member.table, [...(feeds.get(member.table) ?? []), member]);
    for (const [name, table] of aggregate.tables) tables.set(name, table);
  }
  const contracts = [...new Set(rules.publications.map(({ contract }) => contract))];
  return { tables, feeds, aggregates, contracts, topics: [...new Set(contracts.map(({ topic }) => topic))] };
}

function compileAggregate(aggregate: AggregateDefinition, rules: RuleSet): CompiledAggregate {
  const members = Object.keys(aggregate.members).map((member) => feedOf(aggregate, member));
  const facts = rules.facts.filter((fact) => fact.aggregate === aggregate.name);
  const tableOf = (member: string) => aggregate.members[member]?.table.name ?? null;
  return {
    name: aggregate.name,
    members,
    memberOf: new Map(members.map((member) => [member.table, member])),
    tables: new Map(Object.values(aggregate.members).map(({ table }) => [table.name, table])),
    context: aggregate.context,
    onKeyChange: aggregate.onKeyChange,
    facts: facts.map((definition) => ({
      definition,
      publications: rules.publications.filter(({ fact }) => fact === definition),
      table: definition.kind === 'row' ? tableOf(definition.member) : null,
    })),
    severity: IMPORTANCES.find((importance) => facts.some((fact) => fact.importance === importance)) ?? null,
  };
}

function feedOf(aggregate: AggregateDefinition, member: string): Feed {
  const definition = aggregate.members[member];
  const columns = definition && keyColumns(definition.keyOf);
  if (!definition || !columns) {
    throw new DragomanError('INVARIANT_BROKEN', `Member "${member}" of "${aggregate.name}" was not checked.`);
  }
  const places = columns.map((column) => definition.table.key.indexOf(column));
  return {
    aggregate: aggregate.name,
    member,
    table: definition.table.name,
    cardinality: definition.cardinality,
    keyColumns: columns,
    keyPlaces: places.includes(-1) ? null : places,
    onKeyChange: aggregate.onKeyChange,
  };
}
