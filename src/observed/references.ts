/**
 * Which tables hang together: by the foreign keys that the database has, else by columns that are called like the primary key of another table
 * and whose values are among its values. Many legacy databases have no foreign keys. Pure.
 */
import { spelled } from './column-names.js';
import type { ObservedColumn, ObservedTable, Reference } from './form.js';
import { contained } from './values.js';

/** A foreign key, as the database has it. */
export interface ForeignKey {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly to: string;
  readonly toColumns: readonly string[];
}

export function referencesOf(tables: readonly ObservedTable[], foreignKeys: readonly ForeignKey[] = []): Reference[] {
  const declared = foreignKeys.flatMap((foreign) => declaredReference(tables, foreign));
  const withKeys = new Set(declared.map(({ table }) => table));
  const named = tables.map(namesIn);
  const guessed = named
    .filter(({ table }) => !withKeys.has(table.name))
    .flatMap((from) => named.flatMap((to) => guess(from, to)));
  return [...declared, ...withoutImplied([...declared, ...guessed]).filter(({ isDeclared }) => !isDeclared)];
}

/** In the order of the other table's key; none when it leads to other columns than that key. */
function declaredReference(tables: readonly ObservedTable[], foreign: ForeignKey): Reference[] {
  const { name, table, columns, to, toColumns } = foreign;
  const key = tables.find((one) => one.name === to)?.key ?? [];
  const ordered = key.map((column) => columns[toColumns.indexOf(column)]).filter((column) => column !== undefined);
  const isWhole = key.length > 0 && ordered.length === key.length && columns.length === key.length;
  if (!isWhole || to === table || !tables.some((one) => one.name === table)) return [];
  return [{ table, columns: ordered, to, evidence: `foreign key ${name}`, isDeclared: true }];
}

interface NamedColumn {
  readonly column: ObservedColumn;
  /** `ol_o_id`. */
  readonly full: string;
  /** `o_id`, where all columns of the table begin with `ol_`; else the same. */
  readonly stem: string;
}

interface NamedTable {
  readonly table: ObservedTable;
  readonly schema: string;
  readonly words: readonly string[];
  readonly columns: readonly NamedColumn[];
}

function namesIn(table: ObservedTable): NamedTable {
  const full = table.columns.map((column) => ({ column, full: spelled(column.name) }));
  const [first = ''] = full[0]?.full.split('_') ?? [];
  const isPrefix = full.length > 1 && full.every(({ full: name }) => name.startsWith(`${first}_`));
  const name = spelled(table.name.split('.').at(-1) ?? '');
  return {
    table,
    schema: table.name.slice(0, table.name.lastIndexOf('.')),
    words: [name, name.replace(/s$/, ''), name.replace(/^.*_/, '')],
    columns: full.map((one) => ({ ...one, stem: isPrefix ? one.full.slice(first.length + 1) : one.full })),
  };
}

/** Says nothing by itself: each table has one. */
const isGeneric = (name: string): boolean =>
  /^(id|no|nr|num|number|key|code|cd|name|type|typ|uuid|guid|seq|line_?no|pos)$/.test(name);
/** Of the values that can be compared, so many are among those of the other table: what began before the recording is not in it. */
const SHARE_MIN = 0.5;

/** Of one schema: another one has the same names for something else. */
function guess(from: NamedTable, to: NamedTable): Reference[] {
  if (from === to || from.schema !== to.schema || to.table.key.length === 0) return [];
  const keys = to.table.key.map((name) => to.columns.find(({ column }) => column.name === name));
  const columns: ObservedColumn[] = [];
  const seen: string[] = [];
  for (const key of keys) {
    const match = key && bestMatch(from, to, key, columns);
    if (key === undefined || match === undefined) return [];
    const shared = contained(match.values, key.column.values);
    if (shared !== null && shared.found < shared.of * SHARE_MIN) return [];
    seen.push(shared === null ? '' : `${shared.found} of ${shared.of} values`);
    columns.push(match);
  }
  const names = columns.map(({ name }) => name);
  const values = seen.some((text) => text === '')
    ? 'no value could be compared'
    : `${[...new Set(seen)].join(', ')} are there`;
  const evidence = `called like its key (${to.table.key.join(', ')}); ${values}`;
  return [{ table: from.table.name, columns: names, to: to.table.name, evidence, isDeclared: false }];
}

function bestMatch(
  from: NamedTable,
  to: NamedTable,
  key: NamedColumn,
  taken: readonly ObservedColumn[],
): ObservedColumn | undefined {
  const free = from.columns.filter(({ column }) => !taken.includes(column) && isComparable(column, key.column));
  const full = [key.full, ...to.words.map((word) => `${word}_${key.stem}`)].filter((name) => !isGeneric(name));
  const exact = free.find((one) => full.includes(one.full) || full.includes(one.stem));
  if (exact !== undefined || isGeneric(key.stem)) return exact?.column;
  return free.find(({ stem }) => stem === key.stem)?.column;
}

/** Their values have one text. Nullable columns cannot join: a row without the key would belong nowhere. */
const isComparable = (a: ObservedColumn, b: ObservedColumn): boolean => kindOf(a) === kindOf(b) && a.leftOut === null;

const kindOf = ({ type: { kind } }: ObservedColumn): string => (kind === 'integer' ? 'bigint' : kind);

/**
 * Without those that follow from others: of two tables that name each other one way; columns that are part of a longer reference (a line's
 * warehouse, which its order has); the same columns to a table that itself hangs on the other one.
 */
function withoutImplied(references: readonly Reference[]): Reference[] {
  const named = new Map<string, number>();
  for (const { to } of references) named.set(to, (named.get(to) ?? 0) + 1);
  const links = new Map(references.map((one) => [linkOf(one.table, one.to), one]));
  const ways = references.filter((one) => {
    const back = links.get(linkOf(one.to, one.table));
    return back === undefined || !isBefore(back, one, named);
  });
  const kept = new Set(ways.map((one) => linkOf(one.table, one.to)));
  const byTable = new Map<string, Reference[]>();
  for (const one of ways) byTable.set(one.table, [...(byTable.get(one.table) ?? []), one]);
  const follows = (one: Reference, from: Reference): boolean =>
    from.to !== one.to &&
    one.columns.every((column) => from.columns.includes(column)) &&
    (from.columns.length > one.columns.length || kept.has(linkOf(one.to, from.to)));
  return ways.filter((one) => byTable.get(one.table)?.some((other) => follows(one, other)) !== true);
}

const linkOf = (table: string, to: string): string => `${table} ${to}`;

/** The more tables name its target, the more it is the one that is named; else the shorter name. */
function isBefore(one: Reference, other: Reference, named: ReadonlyMap<string, number>): boolean {
  const count = ({ to }: Reference): number => named.get(to) ?? 0;
  const difference = count(one) - count(other) || other.to.length - one.to.length;
  return difference === 0 ? one.to < other.to : difference > 0;
}
