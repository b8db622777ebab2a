/** The page of a proposal: what it was made of, what hangs together, and everything that is to be asked, in one place. Pure. */
import type { ObservedTable } from '../observed/form.js';
import type { Proposal, ProposedTable } from './proposal.js';
import { cell, marked, type ProposedFile } from './text.js';

export function readmeFile(proposal: Proposal): ProposedFile {
  const { schema, tables, leftOut, aggregate } = proposal;
  const lines = [
    '# Proposed rules',
    '',
    `Made by \`dragoman init\` from ${cell(schema.origin)}. Every guess stands beside its evidence, and what only people know is a question:`,
    'search for `// ?`. Take out what no rule needs: a column that is not declared never leaves the legacy system.',
    '',
    '```sh',
    'npm install',
    'npm run check   # types, rules and tests, as production has them',
    '```',
    '',
    '## Tables',
    '',
    '| table | declared in | key | seen | questions |',
    '| --- | --- | --- | --- | --- |',
    ...tables.map(tableRow),
    ...(leftOut.length === 0 ? [] : ['', '## Not declared', '']),
    ...leftOut.map(({ table, why, wayOut }) => `- ${marked(table.name)}: ${cell(why)}. ${cell(wayOut)}`),
    ...(aggregate === null ? [] : aggregateLines(proposal)),
    '',
    '## What hangs together',
    '',
    ...(schema.references.length === 0 ? ['Nothing was found that says so.'] : []),
    ...schema.references.map(
      ({ table, to, columns, evidence }) =>
        `- ${marked(table)} (${cell(columns.join(', '))}) names ${marked(to)}: ${cell(evidence)}.`,
    ),
  ];
  return { path: 'README.md', text: `${lines.join('\n')}\n` };
}

const tableRow = ({ observed, file, key }: ProposedTable): string =>
  `| ${marked(observed.name)} | tables/${file}.ts | ${cell(key.join(', '))} | ${cell(observed.evidence)} | ${questionCount(observed)} |`;

const questionCount = ({ columns, questions }: ObservedTable): number =>
  questions.length + columns.reduce((sum, column) => sum + column.questions.length, 0);

function aggregateLines({ aggregate, tables }: Proposal): string[] {
  if (aggregate === null) return [];
  const { name, root, members, lookups } = aggregate;
  const used = new Set([root, ...members.map(({ table }) => table)]);
  const unused = tables.filter((table) => !used.has(table)).map(({ observed }) => marked(observed.name));
  return [
    '',
    `## The aggregate \`${name}\``,
    '',
    `It begins with ${marked(root.observed.name)}, the table that looks most like the header of something: the rows of others are parts of its rows. Another`,
    'one is proposed with `dragoman init --root <table>`.',
    '',
    ...members.map(
      ({ table, cardinality, via, evidence }) =>
        `- ${marked(table.observed.name)} (${cardinality}${via === null ? '' : `, via ${marked(via.observed.name)}`}): ${cell(evidence)}.`,
    ),
    ...(lookups.length === 0
      ? []
      : ['', `Rules may look things up in ${lookups.map(({ table }) => marked(table.observed.name)).join(', ')}.`]),
    ...(unused.length === 0
      ? []
      : [
          '',
          `No rule uses yet: ${unused.join(', ')}. \`dragoman check\` notes each of them; delete the files of those that nobody needs.`,
        ]),
  ];
}
