/**
 * What can be wrong with a rule set as a whole, found when it is loaded: all problems at once. What TypeScript refuses already
 * is checked again only where it would break a guarantee. Pure.
 */
import type { TableDefinition } from '../../domain/tables/table.js';
import type { AggregateDefinition } from '../aggregate.js';
import { type FactDefinition, IMPORTANCES } from '../fact.js';
import { problem, type RuleProblem, type RuleSet } from '../rule-set.js';
import { columnProblems } from './check-columns.js';
import { contractProblems } from './check-contract.js';
import { nameProblems, repeated } from './check-names.js';
import { lookupProblems, viaProblems } from './check-references.js';
import { retireProblems } from './check-retire.js';
import { keyColumns } from './key-columns.js';

export function checkRuleSet(rules: RuleSet): RuleProblem[] {
  return [
    ...nameProblems(rules),
    ...tableProblems(rules.aggregates),
    ...rules.aggregates.flatMap(memberProblems),
    ...rules.aggregates.flatMap(viaProblems),
    ...rules.aggregates.flatMap(lookupProblems),
    ...rules.aggregates.flatMap(retireProblems),
    ...rules.facts.flatMap((fact) => factProblems(fact, rules)),
    ...publicationProblems(rules),
    ...contractProblems(rules),
  ];
}

function tableProblems(aggregates: readonly AggregateDefinition[]): RuleProblem[] {
  const tables = new Set(
    aggregates.flatMap(({ members, lookups }) =>
      [...Object.values(members), ...Object.values(lookups)].map(({ table }) => table),
    ),
  );
  const byName = new Map<string, TableDefinition>();
  const problems: RuleProblem[] = [];
  for (const table of tables) {
    const other = byName.get(table.name);
    if (other && JSON.stringify(other) !== JSON.stringify(table)) {
      problems.push(problem('TABLE_TWICE', `table ${table.name}`, table.name, 'is declared twice, differently'));
    }
    byName.set(table.name, table);
    problems.push(...keyProblems(table), ...columnProblems(table));
  }
  return problems;
}

function keyProblems(table: TableDefinition): RuleProblem[] {
  const invalid = (text: string) => problem('KEY_COLUMN_INVALID', `table ${table.name}`, table.name, text);
  if (table.key.length === 0) return [invalid('has no primary key')];
  const { replicaIdentity } = table as { readonly replicaIdentity?: string };
  const isKnown = replicaIdentity === undefined || ['default', 'full'].includes(replicaIdentity);
  const identity =
    `says replicaIdentity: '${replicaIdentity ?? ''}'; expected 'default' (deletes carry the whole primary key) or 'full' ` +
    '(docs/replica-identity.md)';
  return [
    ...(isKnown ? [] : [invalid(identity)]),
    ...table.key.flatMap((column) => keyColumnProblems(table, column).map(invalid)),
  ];
}

const KEY_KINDS: readonly string[] = [
  ...[
    'text',
    'integer',
    'bigint',
    'decimal',
    'date',
    'uuid',
    'timestamp',
    'instant',
    'time',
    'year',
    'bytes',
    'physicalTable',
  ],
];

/** Keys stand in topics, headers and logs, and must come with every row. */
function keyColumnProblems(table: TableDefinition, name: string): string[] {
  const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
  if (!column) return [`key column ${name} is not declared`];
  const problems: string[] = [];
  if (column.nullable) problems.push(`key column ${name} must not be nullable`);
  if (column.optional === true) problems.push(`key column ${name} must not be optional`);
  if (column.type.kind === 'decimal' && column.type.lossy === true) {
    problems.push(`key column ${name} must not be lossy: two rows could become one`);
  }
  if (column.sensitivity !== 'public') {
    problems.push(`key column ${name} must not be ${column.sensitivity}: keys stand in topics, headers and logs`);
  }
  if (!KEY_KINDS.includes(column.type.kind))
    problems.push(`key column ${name} must not be of kind ${column.type.kind}`);
  return problems;
}

function memberProblems({ name: aggregate, members }: AggregateDefinition): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const invalid = (member: string, text: string) =>
    problems.push(problem('MEMBER_KEY_INVALID', `member ${member} of ${aggregate}`, member, text));
  const widths = new Set<number>();
  for (const [member, { table, keyOf, cardinality, parent }] of Object.entries(members)) {
    const columns = keyColumns(keyOf);
    if (!columns) {
      invalid(member, 'its key function must give plain columns of the row: row => row.a, or row => [row.a, row.b]');
      continue;
    }
    if (parent === null) widths.add(columns.length);
    for (const column of columns) keyColumnProblems(table, column).forEach((text) => invalid(member, text));
    const unique = table.key.length === columns.length && table.key.every((column) => columns.includes(column));
    if (cardinality === 'one' && !unique) {
      invalid(member, `one(...) needs a table whose primary key is the aggregate's key; use many(...)`);
    }
  }
  if (widths.size > 1) invalid(Object.keys(members).join(', '), 'their keys have different numbers of columns');
  for (const table of repeated(Object.values(members).map((member) => member.table.name))) {
    invalid(table, 'one table can be only one member of an aggregate');
  }
  if (Object.keys(members).length === 0) invalid(aggregate, 'an aggregate needs at least one table');
  return problems;
}

function factProblems(fact: FactDefinition, { aggregates }: RuleSet): RuleProblem[] {
  const invalid = (text: string) => [problem('FACT_INVALID', `fact ${fact.name}`, fact.name, text)];
  const aggregate = aggregates.find(({ name }) => name === fact.aggregate);
  if (!aggregate) return invalid(`belongs to the aggregate ${fact.aggregate}, which the rule set does not list`);
  if (fact.kind === 'row' && !Object.hasOwn(aggregate.members, fact.member)) {
    return invalid(`${fact.aggregate} has no member ${fact.member}`);
  }
  if (!IMPORTANCES.includes(fact.importance)) return invalid(`its importance must be one of ${IMPORTANCES.join(', ')}`);
  const functions: readonly unknown[] = [fact.data, ...fact.conditions.map(({ holds }) => holds)];
  if (functions.some((each) => typeof each !== 'function'))
    return invalid('its data and its conditions must be functions');
  const needsConditions = fact.kind === 'milestone' || fact.edge === 'became';
  return needsConditions && fact.conditions.length === 0 ? invalid('needs at least one named condition') : [];
}

function publicationProblems({ facts, publications }: RuleSet): RuleProblem[] {
  const problems: RuleProblem[] = [];
  publications.forEach(({ fact, contract }, index) => {
    const where = `publication of ${fact.name} as ${contract.name} v${contract.majorVersion}`;
    const invalid = (text: string) => problems.push(problem('PUBLICATION_INVALID', where, fact.name, text));
    if (!facts.includes(fact)) invalid('the fact is not listed in the rule set');
    const earlier = publications.slice(0, index).find((other) => other.contract === contract);
    if (earlier) invalid(`the contract is published for ${earlier.fact.name} already; event ids would collide`);
  });
  return problems;
}
