/** What can be wrong with references to other rows: `via` a parent, and lookup tables. Pure. */
import type { ColumnDefinition, TableDefinition } from '../../domain/tables/table.js';
import type { AggregateDefinition, Member } from '../aggregate.js';
import { problem, type RuleProblem } from '../rule-set.js';
import { keyColumns } from './key-columns.js';

type AnyMember = Member<unknown, 'one' | 'many'>;

export function viaProblems({ name: aggregate, members }: AggregateDefinition): RuleProblem[] {
  const byTable = new Map(Object.values(members).map((member) => [member.table.name, member]));
  return Object.entries(members).flatMap(([member, definition]) =>
    viaTexts(definition, byTable).map((text) =>
      problem('VIA_INVALID', `member ${member} of ${aggregate}`, member, text),
    ),
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
function kindOf(table: TableDefinition, column: string): ColumnDefinition['type']['kind'] | 'undeclared' {
  const kind = table.columns[column]?.type.kind ?? 'undeclared';
  return kind === 'integer' ? 'bigint' : kind;
}

export function lookupProblems({ name: aggregate, members, lookups }: AggregateDefinition): RuleProblem[] {
  return Object.keys(lookups)
    .filter((name) => Object.hasOwn(members, name))
    .map((name) => problem('LOOKUP_INVALID', `lookup ${name} of ${aggregate}`, name, 'a member has this name already'));
}
