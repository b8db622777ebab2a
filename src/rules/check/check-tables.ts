/** What can be wrong with tables: their names, literals and primary keys. Pure. */
import type { ColumnDefinition, TableDefinition } from '../../domain/tables/table.js';
import type { AggregateDefinition } from '../aggregate.js';
import { columnProblems } from './check-columns.js';
import { isMadeOfTable } from './check-references.js';
import { problem, type RuleProblem, shown } from './problem.js';

/** Tables of members and lookups, each once. */
export const tablesOf = (aggregates: readonly AggregateDefinition[]): TableDefinition[] => [
  ...new Set(
    aggregates.flatMap(({ members, lookups }) =>
      [...Object.values(members), ...Object.values(lookups)].filter(isMadeOfTable).map(({ table }) => table),
    ),
  ),
];

export function tableProblems(aggregates: readonly AggregateDefinition[]): RuleProblem[] {
  const byName = new Map<string, TableDefinition>();
  const problems: RuleProblem[] = [];
  for (const table of tablesOf(aggregates)) {
    const other = byName.get(table.name);
    if (other && JSON.stringify(other) !== JSON.stringify(table)) {
      const about = { where: `table ${table.name}`, declared: table, also: [other] };
      problems.push(problem('TABLE_TWICE', about, 'is declared twice, differently'));
    }
    byName.set(table.name, table);
    problems.push(...literalProblems(table), ...keyProblems(table), ...columnProblems(table));
  }
  return [...problems, ...classProblems([...byName.values()])];
}

/** Different classes in a rule set: each is something that people have to know and to agree about. */
const CLASSES_MAX = 16;

function classProblems(tables: readonly TableDefinition[]): RuleProblem[] {
  const known = new Set<string>();
  return tables.flatMap((table) =>
    Object.entries<ColumnDefinition | undefined>(table.columns).flatMap(([name, column]) => {
      const { sensitivity = 'public' } = column ?? {};
      if (sensitivity === 'public' || known.has(sensitivity)) return [];
      known.add(sensitivity);
      if (known.size !== CLASSES_MAX + 1) return [];
      const about = { where: `column ${name} of ${table.name}`, declared: table, word: name };
      const text = `its class ${shown(sensitivity)} is one more than the ${CLASSES_MAX} that a rule set may have`;
      return [problem('COLUMN_INVALID', about, text, 'Use one that there is.')];
    }),
  );
}

const NAME = /^[^.\s]+(\.[^.\s]+)+$/;

function literalProblems(table: TableDefinition): RuleProblem[] {
  const name: unknown = table.name;
  const invalid = (word: string | undefined, text: string, fix?: string) =>
    problem(
      'TABLE_INVALID',
      { where: `table ${String(name)}`, declared: table, ...(word === undefined ? {} : { word }) },
      text,
      fix,
    );
  const problems: RuleProblem[] = [];
  if (typeof name !== 'string' || !NAME.test(name))
    problems.push(
      invalid(
        undefined,
        `its name is ${shown(name)}, and must be that of the change events: schema.table (PostgreSQL), database.table ` +
          '(MySQL, MariaDB), database.schema.table (SQL Server, Oracle)',
        'Write what its topic has behind the prefix of the connector: oms.ord_hdr, where the topic is legacy.oms.ord_hdr.',
      ),
    );
  if (!['stop', 'ignore'].includes(table.truncate ?? 'stop'))
    problems.push(invalid('truncate', `says truncate: ${shown(table.truncate)}; expected 'stop' or 'ignore'`));
  return problems;
}

function keyProblems(table: TableDefinition): RuleProblem[] {
  const invalid = (text: string, word = 'key', fix?: string) =>
    problem('KEY_COLUMN_INVALID', { where: `table ${table.name}`, declared: table, word }, text, fix);
  if (table.key.length === 0) return [invalid('names no columns by which its rows are known', 'key', NO_KEY_FIX)];
  return [
    ...identityTexts(table).map((text) => invalid(text, 'replicaIdentity')),
    ...table.key.flatMap((column) => keyColumnTexts(table, column).map((text) => invalid(text))),
  ];
}

const NO_KEY_FIX =
  'Name in key the columns of its primary key. If the database has none: those that tell its rows apart, and primaryKey: false ' +
  '(docs/replica-identity.md).';

function identityTexts({ replicaIdentity, isKeyless }: TableDefinition): string[] {
  const given: unknown = replicaIdentity;
  if (given !== undefined && given !== 'default' && given !== 'full')
    return [
      `says replicaIdentity: '${typeof given === 'string' ? given : ''}'; expected 'default' (deletes carry the whole primary key) or 'full' ` +
        '(docs/replica-identity.md)',
    ];
  return given === 'default' && isKeyless === true
    ? ["says replicaIdentity: 'default', which is that of the primary key, and primaryKey: false"]
    : [];
}

const KEY_KINDS: readonly string[] = [
  ...['text', 'integer', 'bigint', 'decimal', 'date', 'uuid'],
  ...['timestamp', 'instant', 'time', 'year', 'bytes', 'physicalTable'],
];

/** Keys stand in topics, headers and logs, and must come with every row. */
export function keyColumnTexts(table: TableDefinition, name: string): string[] {
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
