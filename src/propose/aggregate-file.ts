/** The file of the aggregate: its members, each with why it is one, and the tables in which rules may look things up. Pure. */
import { keyRow } from './names.js';
import type { ProposedAggregate, ProposedMember, ProposedTable } from './proposal.js';
import { comment, file, heading, type ProposedFile, question } from './text.js';

export function aggregateFile(aggregate: ProposedAggregate): ProposedFile {
  const { name, identifier, file: path, root, members, lookups } = aggregate;
  const helpers = [
    'aggregate',
    ...(members.some(({ cardinality }) => cardinality === 'many') ? ['many'] : []),
    'one',
    ...(members.some(({ via }) => via !== null) ? ['via'] : []),
  ];
  const tables = [root, ...members.map(({ table }) => table)].sort((a, b) => (a.file < b.file ? -1 : 1));
  return file(`aggregates/${path}.ts`, [
    ...heading(
      `The rows that belong to one ${name}: ${root.observed.name} and what hangs on it. Rules decide about all of them together.`,
      '? Is this what the business means by it, and what does the business call it? Its name stands in keys and in everything that is remembered.',
    ),
    `import { ${helpers.join(', ')} } from 'dragoman/rules';`,
    ...tables.map(({ identifier: table, file: from }) => `import { ${table} } from '../tables/${from}.js';`),
    '',
    `export const ${identifier} = aggregate(`,
    `  '${name}',`,
    '  {',
    ...comment(`${root.observed.evidence}.`, 4),
    `    ${root.identifier}: one(${root.identifier}, ${keyRow(root.key)}),`,
    ...members.flatMap(memberLines),
    '  },',
    '  {',
    ...question(
      'Where does it belong, as each of its events says it: a tenant, a plant? Then take away the slashes.',
      4,
    ),
    ...comment(`context: { plant: (o) => o.${root.identifier}?.plant ?? null },`, 4),
    ...lookupLines(lookups),
    '  },',
    ');',
  ]);
}

function memberLines({ table, cardinality, columns, via, evidence }: ProposedMember): string[] {
  const { identifier, observed } = table;
  const keyed = via === null ? keyRow(columns) : `via(${via.identifier}, ${keyRow(columns)})`;
  const line = `    ${identifier}: ${cardinality}(${identifier}, ${keyed}),`;
  const lines =
    via === null ? [line] : [`    ${identifier}: ${cardinality}(`, `      ${identifier},`, `      ${keyed},`, '    ),'];
  return [...comment(`${observed.name}, by ${columns.join(', ')}: ${evidence}.`, 4), ...lines];
}

function lookupLines(lookups: readonly { readonly table: ProposedTable; readonly evidence: string }[]): string[] {
  if (lookups.length === 0) return [];
  const names = lookups.map(({ table: { identifier } }) => identifier);
  return [
    ...question('Does a rule need something of these? Then import lookup and the table, and take away the slashes.', 4),
    ...lookups.flatMap(({ table, evidence }) => comment(`${table.identifier}: ${evidence}.`, 4)),
    ...comment(`lookups: { ${names.map((name) => `${name}: lookup(${name})`).join(', ')} },`, 4),
  ];
}
