/** Everything that a proposed folder of rules consists of: it stands by itself, with its package.json and tsconfig.json. Pure. */
import type { Reference } from '../observed/form.js';
import { FirstFact } from './first-fact.js';
import { aggregateFile } from './aggregate-file.js';
import { fileName, kebab, Names, wordsOf } from './names.js';
import type { Proposal } from './proposal.js';
import { readmeFile } from './readme-file.js';
import { leftOutFile, tableFile } from './table-file.js';
import { file, heading, type ProposedFile } from './text.js';

/** Of the packages that the rules are written with. */
export interface Versions {
  readonly dragoman: string;
  readonly zod: string;
  readonly typescript: string;
  readonly vitest: string;
}

/** @returns in the order of their paths. */
export function proposedFolder(proposal: Proposal, name: string, versions: Versions): ProposedFile[] {
  const { tables, leftOut, aggregate, schema } = proposal;
  const files = new Names(new Set());
  for (const table of tables) files.of(table.file);
  return [
    packageFile(name, versions),
    tsconfigFile(),
    readmeFile(proposal),
    ...tables.map((table) => tableFile(table, referencesOf(schema.references, table.observed.name))),
    ...leftOut.map(({ table, ...obstacle }) =>
      leftOutFile(table, files.of(fileName(kebab(wordsOf(table.name.split('.').at(-1) ?? '')))), obstacle),
    ),
    ...(aggregate === null ? [emptyIndex()] : [aggregateFile(aggregate), ...new FirstFact(aggregate).files()]),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}

const referencesOf = (references: readonly Reference[], name: string): Reference[] =>
  references.filter(({ table, to }) => table === name || to === name);

function packageFile(name: string, { dragoman, zod, typescript, vitest }: Versions): ProposedFile {
  const manifest = {
    name: kebab(wordsOf(name)),
    private: true,
    type: 'module',
    scripts: { check: 'dragoman check --rules .', test: 'vitest run' },
    dependencies: { dragoman, zod },
    devDependencies: { typescript, vitest },
  };
  return { path: 'package.json', text: `${JSON.stringify(manifest, null, 2)}\n` };
}

function tsconfigFile(): ProposedFile {
  const compilerOptions = {
    ...{ target: 'ES2022', lib: ['ES2023'], module: 'NodeNext', moduleResolution: 'NodeNext', types: [] },
    ...{ strict: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, skipLibCheck: true, noEmit: true },
  };
  const text = JSON.stringify({ compilerOptions, include: ['**/*.ts'] }, null, 2);
  return { path: 'tsconfig.json', text: `${text.replace(/\[\s+"([^"]+)"\s+\]/g, '["$1"]')}\n` };
}

const emptyIndex = (): ProposedFile =>
  file('index.ts', [
    ...heading(
      'No table could be declared as it is: README.md says why, and the way out. Until then there are no rules.',
    ),
    "import { ruleSet } from 'dragoman/rules';",
    '',
    'export default ruleSet({ aggregates: [], facts: [], publications: [] });',
  ]);
