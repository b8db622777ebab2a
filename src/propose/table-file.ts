/** The file of one table: every column with its evidence, and what has to be asked. Pure. */
import type { ObservedColumn, ObservedTable, Reference } from '../observed/form.js';
import { columnText } from './column-text.js';
import { property, quoted } from './names.js';
import { possibleKey, type ProposedTable } from './proposal.js';
import { comment, file, heading, type ProposedFile, question, sentence } from './text.js';

export function tableFile(
  { observed, identifier, file: name, key }: ProposedTable,
  references: readonly Reference[],
): ProposedFile {
  return file(`tables/${name}.ts`, [
    ...headingOf(observed, references),
    "import { legacy, table } from 'dragoman/rules';",
    '',
    `export const ${identifier} = table(${quoted(observed.name)}, {`,
    ...keyLines(observed, key),
    '  columns: {',
    ...observed.columns.flatMap(columnLines),
    '  },',
    '});',
  ]);
}

/** A table that cannot be declared as it is: what is known of it, why not, and the way out. */
export function leftOutFile(
  observed: ObservedTable,
  name: string,
  { why, wayOut }: { readonly why: string; readonly wayOut: string },
): ProposedFile {
  const key = observed.key.length > 0 ? observed.key : possibleKey(observed);
  return file(`tables/${name}.ts`, [
    ...headingOf(observed, []),
    ...comment(`Not declared: ${why}. ${wayOut}`, 0),
    ...(observed.key.length > 0 || key.length === 0 ? [] : question(apartAsked(observed, key), 0)),
    '//',
    `// export const ... = table(${quoted(observed.name)}, {`,
    `//   key: [${key.map(quoted).join(', ')}],`,
    ...(observed.key.length > 0 ? [] : ['//   primaryKey: false,']),
    '//   columns: {',
    ...observed.columns.flatMap(columnLines).map((line) => `// ${line}`),
    '//   },',
    '// });',
    'export {};',
  ]);
}

const apartAsked = ({ name }: ObservedTable, key: readonly string[]): string => {
  const places = key.map((_, i) => i + 1).join(', ');
  return (
    `Do these columns, or some of them, tell its rows apart, always? SELECT ${key.join(', ')}, count(*) FROM ${name} GROUP BY ${places} HAVING ` +
    'count(*) > 1 gives no row then.'
  );
};

function headingOf({ name, evidence, questions }: ObservedTable, references: readonly Reference[]): string[] {
  const hangs = references
    .filter(({ table, to }) => table === name || to === name)
    .map(({ table, to, columns, evidence: why }) =>
      table === name ? `Names ${to} by ${columns.join(', ')}: ${why}.` : `Is named by ${table}: ${why}.`,
    );
  return heading(`${name}. ${evidence}.`, ...hangs, ...questions.map((text) => `? ${text}`));
}

function keyLines({ key }: ObservedTable, proposed: readonly string[]): string[] {
  const list = `  key: [${proposed.map(quoted).join(', ')}],`;
  if (proposed.every((column, i) => column === key[i])) return [list];
  const text = `The database has it as (${key.join(', ')}); the tables that this one hangs on have their columns first and in this order.`;
  return [...comment(text, 2), list];
}

function columnLines(column: ObservedColumn): string[] {
  const { name, evidence, questions, leftOut } = column;
  const before = `${property(name)}: `;
  const text = `${before}${columnText(column, { indent: 4, before, after: ',' })},`;
  const words = [...comment(sentence(evidence.join('; ')), 4), ...questions.flatMap((each) => question(each, 4))];
  if (leftOut === null) return [...words, ...`    ${text}`.split('\n')];
  return [
    ...words,
    ...comment(sentence(`Left out: ${leftOut}`), 4),
    ...text.split('\n').map((line) => `    // ${line.trim()}`),
  ];
}
