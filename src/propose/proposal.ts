/**
 * Observed schema -> what is proposed: which tables can be declared and under which names, and which of them are one aggregate. An aggregate is
 * what rules decide about as a whole, so the one that is looked for is near the leaves: a header and the rows that hang on it alone. Pure.
 */
import type { ObservedTable, ObservedSchema, Reference } from '../observed/form.js';
import type { ColumnDefinition, TableDefinition } from '../domain/tables/table.js';
import { columnProblems } from '../rules/check/check-columns.js';
import { keyColumnTexts } from '../rules/check/check-tables.js';
import { camel, fileName, kebab, Names, wordsOf } from './names.js';

export interface Proposal {
  readonly schema: ObservedSchema;
  readonly tables: readonly ProposedTable[];
  readonly leftOut: readonly { readonly table: ObservedTable; readonly why: string; readonly wayOut: string }[];
  /** Null: no table can be declared. */
  readonly aggregate: ProposedAggregate | null;
}

export interface ProposedTable {
  readonly observed: ObservedTable;
  /** `ordHdr`. */
  readonly identifier: string;
  /** `ord-hdr`. */
  readonly file: string;
  /** In the order in which the tables that it hangs on have it. */
  readonly key: readonly string[];
}

export interface ProposedAggregate {
  /** `ord`. */
  readonly name: string;
  readonly identifier: string;
  readonly file: string;
  readonly root: ProposedTable;
  readonly members: readonly ProposedMember[];
  /** Tables that its rows name, and that are no members: rules may look things up in them. */
  readonly lookups: readonly { readonly table: ProposedTable; readonly evidence: string }[];
}

export interface ProposedMember {
  readonly table: ProposedTable;
  readonly cardinality: 'one' | 'many';
  /** With the aggregate's key, or with the key of `via`. */
  readonly columns: readonly string[];
  readonly via: ProposedTable | null;
  readonly evidence: string;
}

const MEMBERS_MAX = 12;

/** @param rootName of the table that the aggregate is to begin with; null: whichever looks like it. */
export function proposalOf(schema: ObservedSchema, rootName: string | null = null): Proposal {
  const names = new Names();
  const judged = schema.tables.map((table) => ({ table, obstacle: obstacleTo(table) }));
  const declarable = judged.filter(({ obstacle }) => obstacle === null).map(({ table }) => table);
  const usable = schema.references.filter((reference) => joins(reference, declarable));
  const root = declarable.find(({ name }) => name === rootName) ?? likeliestRoot(declarable, usable);
  const members = root === null ? [] : membersOf(root, usable);
  const orders = new Map(members.map(({ table, columns }) => [table, columns]));
  const files = new Names(new Set());
  const tables = declarable.map((observed) => named(observed, names, files, orders.get(observed.name) ?? []));
  const tableOf = (name: string): ProposedTable | undefined => tables.find(({ observed }) => observed.name === name);
  const head = root === null ? undefined : tableOf(root.name);
  return {
    schema,
    tables,
    leftOut: judged.flatMap(({ table, obstacle }) => (obstacle === null ? [] : [{ table, ...obstacle }])),
    aggregate: head === undefined ? null : aggregateOf(head, members, { schema, names, tableOf }),
  };
}

/** As it would be declared. */
export const definitionOf = ({ name, columns }: ObservedTable, key: readonly string[]): TableDefinition => ({
  name,
  key,
  columns: Object.fromEntries(
    columns
      .filter(({ leftOut }) => leftOut === null)
      .map(({ name: column, type, nullable, optional, sensitivity }): [string, ColumnDefinition] => [
        column,
        { type, nullable, sensitivity, ...(optional ? { optional } : {}) },
      ]),
  ),
});

interface Obstacle {
  readonly why: string;
  readonly wayOut: string;
}

const NAME = /^[^.\s]+(\.[^.\s]+)+$/;

function obstacleTo(table: ObservedTable): Obstacle | null {
  if (!NAME.test(table.name))
    return {
      why: 'its name has a blank, or a dot, in it',
      wayOut: 'Capture it under another name, by a view or a rename.',
    };
  if (table.key.length === 0) return WITHOUT_KEY;
  const definition = definitionOf(table, table.key);
  const [text] = table.key.flatMap((column) => keyColumnTexts(definition, column));
  if (text !== undefined)
    return { why: text, wayOut: 'Let the connector key it by other columns: message.key.columns.' };
  const [problem] = columnProblems(definition);
  return problem === undefined ? null : { why: problem.text, wayOut: problem.fix };
}

const WITHOUT_KEY: Obstacle = {
  why: 'it has no primary key, so a change does not say which row it is of',
  wayOut:
    'Give it a primary key; or vouch for columns that tell its rows apart, here (primaryKey: false) and in the connector (message.key.columns): ' +
    'docs/replica-identity.md.',
};

/** Columns that could be a key by their types, where the database has none: whether they tell the rows apart nobody here knows. */
export const possibleKey = (table: ObservedTable): string[] => {
  const definition = definitionOf(table, []);
  return Object.keys(definition.columns).filter((column) => keyColumnTexts(definition, column).length === 0);
};

/** Rows without a value in it would belong nowhere. */
function joins({ table, columns, to }: Reference, declarable: readonly ObservedTable[]): boolean {
  const [from, target] = [table, to].map((name) => declarable.find((one) => one.name === name));
  const isDeclared = (name: string): boolean =>
    from !== undefined && keyColumnTexts(definitionOf(from, from.key), name).length === 0;
  return from !== undefined && target !== undefined && columns.every(isDeclared);
}

const HEADER = new Set([
  ...[
    'ord',
    'order',
    'orders',
    'oorder',
    'orderheader',
    'auftrag',
    'bestellung',
    'commande',
    'pedido',
    'invoice',
    'inv',
    'contract',
  ],
  ...['booking', 'claim', 'case', 'policy', 'quote', 'purchase', 'sale', 'sales'],
]);
const PART = new Set(['hdr', 'header', 'head', 'kopf', 'main', 'master', 'tbl', 'table', 'tab', 't']);

/** `ord` of `oms.ord_hdr`. */
function subjectOf(table: string): string[] {
  const words = wordsOf(table.split('.').at(-1) ?? '');
  const subject = words.filter((word) => !PART.has(word));
  return subject.length === 0 ? words : subject;
}

const isHeader = ({ name }: ObservedTable): boolean => {
  const subject = subjectOf(name);
  return subject.length === 1 && HEADER.has(subject[0] ?? '');
};

function likeliestRoot(tables: readonly ObservedTable[], references: readonly Reference[]): ObservedTable | null {
  const childrenOf = (name: string): Reference[] => references.filter(({ to }) => to === name);
  const score = (table: ObservedTable): number => {
    const leaves = childrenOf(table.name).filter((reference) => childrenOf(reference.table).length === 0);
    const parts = leaves.map((reference) => (isPartOf(reference, tables) ? 2 : 1));
    return parts.reduce((sum, part) => sum + part, isHeader(table) ? 3 : 0);
  };
  const ranked = tables.map((table) => ({ table, score: score(table) }));
  return ranked.sort((a, b) => b.score - a.score || b.table.rows - a.table.rows)[0]?.table ?? null;
}

/** The child's key contains that of its parent. */
const isPartOf = ({ table, columns }: Reference, tables: readonly ObservedTable[]): boolean => {
  const key = tables.find(({ name }) => name === table)?.key ?? [];
  return columns.every((column) => key.includes(column));
};

type PlannedMember = Reference & { readonly via: string | null };

/** What names the root; then what names those, and not the root itself. */
function membersOf(root: ObservedTable, references: readonly Reference[]): PlannedMember[] {
  const found: PlannedMember[] = [];
  const isNew = ({ table }: Reference): boolean => table !== root.name && !found.some((one) => one.table === table);
  const level = (names: readonly string[], isDirect: boolean): void => {
    for (const reference of references)
      if (names.includes(reference.to) && isNew(reference) && found.length < MEMBERS_MAX)
        found.push({ ...reference, via: isDirect ? null : reference.to });
  };
  level([root.name], true);
  level(
    found.map(({ table }) => table),
    false,
  );
  return found;
}

function named(observed: ObservedTable, names: Names, files: Names, first: readonly string[]): ProposedTable {
  const parts = observed.name.split('.');
  const words = wordsOf(parts.at(-1) ?? '');
  const all = wordsOf(parts.join(' '));
  return {
    observed,
    identifier: names.of(camel(words), camel(all), `${camel(words)}Table`),
    file: files.of(fileName(kebab(words)), fileName(kebab(all))),
    key: ordered(observed.key, first),
  };
}

/** With the columns of its reference in front, in the order of what they name: rows are known by the rules' order of the key. */
const ordered = (key: readonly string[], first: readonly string[]): readonly string[] =>
  first.every((column) => key.includes(column)) ? [...first, ...key.filter((column) => !first.includes(column))] : key;

interface Naming {
  readonly schema: ObservedSchema;
  readonly names: Names;
  readonly tableOf: (name: string) => ProposedTable | undefined;
}

function aggregateOf(
  root: ProposedTable,
  planned: readonly PlannedMember[],
  { schema, names, tableOf }: Naming,
): ProposedAggregate {
  const subject = subjectOf(root.observed.name);
  const name = kebab(wordsOf(camel(subject)));
  const members = planned.flatMap(({ table, columns, via, evidence }): ProposedMember[] => {
    const [own, parent] = [tableOf(table), via === null ? null : tableOf(via)];
    if (own === undefined || parent === undefined) return [];
    const isWhole =
      parent === null && own.key.length === columns.length && own.key.every((key) => columns.includes(key));
    return [{ table: own, cardinality: isWhole ? 'one' : 'many', columns, via: parent, evidence }];
  });
  const inside = new Set([root.observed.name, ...planned.map(({ table }) => table)]);
  const known = new Set<string>();
  const lookups = schema.references.flatMap(({ table, to, evidence }) => {
    const target = inside.has(table) && !inside.has(to) && !known.has(to) ? tableOf(to) : undefined;
    if (target === undefined) return [];
    known.add(to);
    return [{ table: target, evidence: `${table}: ${evidence}` }];
  });
  return {
    name,
    identifier: names.of(camel(subject), `${camel(subject)}Aggregate`),
    file: fileName(name),
    root,
    members,
    lookups,
  };
}
