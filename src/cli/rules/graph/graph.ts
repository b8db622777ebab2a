/**
 * What rules are made of and what leads to what: compiled rules -> things in five layers, and ways between neighbours. In the order in which
 * the rules declare them, so that the same rules give the same picture. Pure.
 */
import { contractText } from '../../../domain/integration-event.js';
import type { Feed } from '../../../domain/tables/feed.js';
import type { TableDefinition } from '../../../domain/tables/table.js';
import type { CompiledAggregate, CompiledFact, CompiledRules } from '../../../rules/compile.js';
import type { ContractDefinition } from '../../../rules/contract.js';
import type { FactDefinition } from '../../../rules/fact.js';

/** From what the legacy system writes to what others read. */
export const LAYERS = ['table', 'aggregate', 'fact', 'contract', 'topic'] as const;
export type Layer = (typeof LAYERS)[number];

/** What it can be drawn as. */
export const GRAPH_FORMATS = ['mermaid', 'svg'] as const;

export interface GraphNode {
  readonly layer: Layer;
  readonly name: string;
  /** What it is, in a few words. */
  readonly about: string;
  /** Named conditions of a fact. */
  readonly conditions: readonly string[];
}

export interface GraphEdge {
  readonly from: GraphNode;
  readonly to: GraphNode;
  readonly label: string;
  /** It is looked at, and nothing happens because of it. */
  readonly isAsked: boolean;
}

export interface RulesGraph {
  /** Layer by layer. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export function graphOf(rules: CompiledRules): RulesGraph {
  const aggregates = [...rules.aggregates.values()].filter(({ keeps }) => keeps === null);
  const tables = new Map([...rules.tables.values()].map((table) => [table.name, tableNode(table)]));
  const contracts = new Map(rules.contracts.map((contract) => [contract, contractNode(contract)]));
  const topics = new Map(rules.topics.map((topic) => [topic, node('topic', topic, '')]));
  const owners = aggregates.map((aggregate) => ({ aggregate, owner: aggregateNode(aggregate) }));
  const facts = owners.flatMap(({ aggregate, owner }) =>
    aggregate.facts.map((fact) => ({ fact, owner, told: factNode(fact) })),
  );
  const edges = [
    ...owners.flatMap(({ aggregate, owner }) => [
      ...aggregate.members.map((feed) => edge(tables.get(feed.table), owner, memberText(feed))),
      ...aggregate.lookups.map(({ name, table }) => asked(edge(tables.get(table.name), owner, name))),
    ]),
    ...facts.map(({ owner, told }) => edge(owner, told, '')),
    ...facts.flatMap(({ fact, told }) =>
      fact.publications.map(({ contract }) => edge(told, contracts.get(contract), '')),
    ),
    ...rules.contracts.map((contract) => edge(contracts.get(contract), topics.get(contract.topic), '')),
  ].filter((each) => each !== null);
  const nodes = [
    ...tables.values(),
    ...owners.map(({ owner }) => owner),
    ...facts.map(({ told }) => told),
    ...contracts.values(),
    ...topics.values(),
  ];
  return { nodes, edges };
}

const node = (layer: Layer, name: string, about: string, conditions: readonly string[] = []): GraphNode => ({
  ...{ layer, name, about, conditions },
});

const edge = (from: GraphNode | undefined, to: GraphNode | undefined, label: string): GraphEdge | null =>
  from && to ? { from, to, label, isAsked: false } : null;

const asked = (made: GraphEdge | null): GraphEdge | null => made && { ...made, isAsked: true };

const tableNode = ({ name, key }: TableDefinition): GraphNode => node('table', name, `key ${key.join(', ')}`);

const aggregateNode = ({ called, retire }: CompiledAggregate): GraphNode =>
  node('aggregate', called, retire === null ? '' : 'is retired');

const contractNode = ({ name, majorVersion, owner }: ContractDefinition): GraphNode =>
  node('contract', contractText(name, majorVersion), `owner ${owner}`);

function factNode({ definition, publications }: CompiledFact): GraphNode {
  const { name, conditions } = definition;
  const count = conditions.length === 0 ? '' : `, ${conditions.length} condition${conditions.length === 1 ? '' : 's'}`;
  const internal = publications.length === 0 ? ', internal' : '';
  const names = conditions.map((condition) => condition.name);
  return node('fact', name, `${kindText(definition)}${count}${internal}`, names);
}

export function kindText(fact: FactDefinition): string {
  if (fact.kind === 'row') return `${fact.member} ${fact.edge}`;
  if (fact.kind === 'deadline') return `${fact.expected.name} overdue`;
  if (fact.kind !== 'milestone') return fact.kind;
  if (fact.expected !== null) return `milestone within ${fact.expected.within}`;
  return fact.repeatable ? 'repeatable milestone' : fact.kind;
}

const memberText = ({ member, cardinality, via }: Feed): string =>
  `${cardinality} ${member}${via === null ? '' : ` via ${via.member}`}`;
