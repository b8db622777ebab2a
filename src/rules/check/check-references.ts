/** What can be wrong with references to other rows: `via` a parent, and lookup tables. Pure. */
import type { ColumnDefinition, TableDefinition } from '../../domain/tables/table.js';
import type { AggregateDefinition, Member, Members } from '../aggregate.js';
import { keyColumns } from './key-columns.js';
import { aboutMember, problem, type RuleProblem } from './problem.js';

type AnyMember = Member<unknown, 'one' | 'many'>;

export function viaProblems(aggregate: AggregateDefinition): RuleProblem[] {
  const members = Object.entries(aggregate.members).filter(([, member]) => isMadeOfTable(member));
  const byTable = new Map(members.map(([, member]) => [member.table.name, member]));
  return members.flatMap(([member, definition]) =>
    viaTexts(definition, byTable).map((text) => problem('VIA_INVALID', aboutMember(aggregate, member), text)),
  );
}

function viaTexts(member: AnyMember, byTable: ReadonlyMap<string, AnyMember>): string[] {
  const { table, parent, keyOf } = member;
  if (parent === null) return [];
  if (!byTable.has(parent.name)) return [`is found via ${parent.name}, which is no member of the same aggregate`];
  if (isCyclic(member, byTable)) return [`is found via ${parent.name}, which is found via ${table.name} in the end`];
  const columns = keyColumns(keyOf) ?? [];
  if (columns.length !== parent.key.length) {
    return [`must name a whole row of ${parent.name}: its primary key is (${parent.key.join(', ')})`];
  }
  return columns.flatMap((column, i) => {
    const [kind, other] = [kindOf(table, column), kindOf(parent, parent.key[i] ?? '')];
    if (kind === other) return [];
    return [`column ${column} (${kind}) cannot be compared with ${parent.key[i]} of ${parent.name} (${other})`];
  });
}

function isCyclic(start: AnyMember, byTable: ReadonlyMap<string, AnyMember>): boolean {
  const seen = new Set<AnyMember>();
  for (
    let at: AnyMember | undefined = start;
    at !== undefined;
    at = at.parent ? byTable.get(at.parent.name) : undefined
  ) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

/** Kinds whose values have the same text are one. */
export function kindOf(table: TableDefinition, column: string): ColumnDefinition['type']['kind'] | 'undeclared' {
  const kind = table.columns[column]?.type.kind ?? 'undeclared';
  return kind === 'integer' ? 'bigint' : kind;
}

export function lookupProblems(aggregate: AggregateDefinition): RuleProblem[] {
  const { name, members, lookups } = aggregate;
  return Object.entries(lookups).flatMap(([lookup, definition]) =>
    lookupTexts(lookup, definition, members).map((text) =>
      problem('LOOKUP_INVALID', { where: `lookup ${lookup} of ${name}`, declared: aggregate, word: lookup }, text),
    ),
  );
}

function lookupTexts(name: string, lookup: unknown, members: Members): string[] {
  if (!isMadeOfTable(lookup)) return ['it is no lookup: write lookup(table)'];
  return Object.hasOwn(members, name) ? ['a member has this name already'] : [];
}

/** Names of the tables whose rows aggregates have. */
export const readTables = (aggregates: readonly Pick<AggregateDefinition, 'members'>[]): ReadonlySet<string> =>
  new Set(
    aggregates.flatMap(({ members }) =>
      Object.values(members)
        .filter(isMadeOfTable)
        .map(({ table }) => table.name),
    ),
  );

/** Without types a member or a lookup may be a table itself, or anything. */
export const isMadeOfTable = (made: unknown): boolean =>
  typeof made === 'object' && made !== null && 'table' in made && isTable(made.table);

const isTable = (table: unknown): boolean =>
  typeof table === 'object' && table !== null && 'columns' in table && 'key' in table;
