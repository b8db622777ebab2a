/**
 * `dragoman init <folder>`: looks at what there is (a recording, topics, a database), and writes a folder of rules to begin with: each guess
 * beside its evidence, what only people know as a question. It holds together as it is, so `dragoman check` passes. Overwrites nothing.
 */
import { basename, resolve } from 'node:path';
import { writeNewFiles } from '../../adapters/files/new-files.js';
import { writing } from '../../adapters/files/writing.js';
import { wildcard } from '../../domain/tables/physical-table.js';
import { DragomanError } from '../../errors.js';
import { counted } from '../../observed/column.js';
import type { ObservedSchema } from '../../observed/form.js';
import { proposedFolder, type Versions } from '../../propose/folder.js';
import { type Proposal, proposalOf } from '../../propose/proposal.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf } from '../load.js';
import { manifest } from '../version.js';
import { observedInDatabase } from './database.js';
import { observedInRecording } from './recording.js';
import { observedInTopics } from './topics.js';

export interface InitOptions extends Pick<CommonOptions, 'config'> {
  readonly recording?: string;
  /** Address of a database. */
  readonly database?: string;
  readonly passwordFile?: string;
  /** Of the database. Absent: all. */
  readonly schemas?: readonly string[];
  /** Topics of the config's sources, or of `prefix`. */
  readonly topics?: boolean;
  readonly brokers?: readonly string[];
  readonly prefix?: readonly string[];
  /** Rows of each table, or records of each partition, that are looked at. */
  readonly rows?: number;
  /** Names, `*` for any characters but a dot. Absent: all. */
  readonly tables?: readonly string[];
  /** Table that the aggregate begins with. */
  readonly root?: string;
  readonly json?: boolean;
}

export async function initCommand(folder: string, options: InitOptions): Promise<number> {
  const schema = onlyTables(await observed(options), options.tables);
  if (options.root !== undefined && !schema.tables.some(({ name }) => name === options.root))
    throw noTable(schema, options.root);
  const proposal = proposalOf(schema, options.root);
  if (options.root !== undefined && proposal.aggregate?.root.observed.name !== options.root)
    throw undeclarable(proposal, options.root);
  const files = proposedFolder(proposal, basename(resolve(folder)), VERSIONS);
  await writing(folder, 'Some of its files may be there.', () => writeNewFiles(folder, files));
  if (options.json === true) await print(JSON.stringify(report(proposal, files)));
  else for (const { path } of files) await print(path);
  for (const line of words(proposal, folder)) say(line);
  return EXIT.ok;
}

const ROWS_MAX = 10_000;

function observed(options: InitOptions): Promise<ObservedSchema> {
  const { recording, database, topics, brokers, prefix, rows = ROWS_MAX } = options;
  const isOfTopics = topics === true || brokers !== undefined || prefix !== undefined;
  if ([recording !== undefined, database !== undefined, isOfTopics].filter(Boolean).length !== 1)
    throw new DragomanError(
      'COMMAND_INVALID',
      'Name one thing to look at: --recording <file>, --topics (with --prefix <name>, or a config), or --database <address>.',
    );
  if (recording !== undefined) return observedInRecording(recording);
  if (database !== undefined)
    return observedInDatabase({
      address: database,
      passwordFile: options.passwordFile,
      schemas: options.schemas ?? null,
      isWanted: wantedTables(options.tables),
      rowsMax: rows,
      progress: say,
    });
  const { config } = configOf(options, false);
  const { registry } = config;
  const kafka = brokers === undefined ? config.kafka : { ...config.kafka, brokers };
  const configured = Object.values(config.pipelines).flatMap(({ sources }) =>
    sources.map(({ topicPrefix }) => topicPrefix),
  );
  return observedInTopics({ kafka, registry, prefixes: prefix ?? configured, recordsMax: rows });
}

const wantedTables = (patterns: readonly string[] | undefined): ((name: string) => boolean) => {
  const wanted = patterns?.map(wildcard);
  return (name) => wanted === undefined || wanted.some((pattern) => pattern.test(name));
};

const { dependencies, devDependencies } = manifest;
const VERSIONS: Versions = {
  dragoman: `^${manifest.version}`,
  zod: dependencies.zod ?? '*',
  typescript: dependencies.typescript ?? '*',
  vitest: devDependencies.vitest ?? '*',
};

/** What names tables that are left out is left out too. */
function onlyTables(schema: ObservedSchema, patterns: readonly string[] | undefined): ObservedSchema {
  if (patterns === undefined) return schema;
  const isWanted = wantedTables(patterns);
  const tables = schema.tables.filter(({ name }) => isWanted(name));
  const names = new Set(tables.map(({ name }) => name));
  if (tables.length === 0) throw noTable(schema, patterns.join(', '));
  const references = schema.references.filter(({ table, to }) => names.has(table) && names.has(to));
  return { ...schema, tables, references };
}

const SHOWN_MAX = 20;

const noTable = ({ tables, origin }: ObservedSchema, wanted: string): DragomanError => {
  const names = tables.slice(0, SHOWN_MAX).map(({ name }) => name);
  return new DragomanError(
    'COMMAND_INVALID',
    `There is no table ${wanted} in the ${origin}. There are: ${names.join(', ')}${tables.length > SHOWN_MAX ? ', ...' : ''}.`,
  );
};

const undeclarable = ({ leftOut }: Proposal, root: string): DragomanError => {
  const obstacle = leftOut.find(({ table }) => table.name === root);
  return new DragomanError(
    'COMMAND_INVALID',
    `${root} cannot be what an aggregate begins with: ${obstacle?.why ?? 'it cannot be declared'}. ${obstacle?.wayOut ?? ''}`.trim(),
  );
};

function words({ schema, tables, leftOut, aggregate }: Proposal, folder: string): string[] {
  const questions = tables
    .flatMap(({ observed: { columns } }) => columns)
    .reduce((sum, column) => sum + column.questions.length, 0);
  return [
    `${schema.origin}: ${counted(tables.length, 'table')} declared, ${schema.references.length} that name another`,
    ...leftOut.map(({ table, why, wayOut }) => `not declared: ${table.name}: ${why}. ${wayOut}`),
    aggregate === null
      ? 'no aggregate: no table can be declared'
      : `aggregate ${aggregate.name}: ${[aggregate.root, ...aggregate.members.map(({ table }) => table)].map(({ observed: { name } }) => name).join(', ')}`,
    `${counted(questions, 'question')} about columns, and some about the aggregate, the fact and the contract: search for "// ?". ` +
      `Then: dragoman check --rules ${folder}`,
  ];
}

const report = (
  { schema, tables, leftOut, aggregate }: Proposal,
  files: readonly { readonly path: string }[],
): object => ({
  schema: 'dragoman.cli/init@1',
  origin: schema.origin,
  tables: tables.map(({ observed: { name, rows }, file, key }) => ({ name, file, key, rows })),
  leftOut: leftOut.map(({ table: { name }, why, wayOut }) => ({ table: name, why, wayOut })),
  aggregate: aggregate && {
    name: aggregate.name,
    root: aggregate.root.observed.name,
    members: aggregate.members.map(({ table, cardinality, columns }) => ({
      table: table.observed.name,
      cardinality,
      columns,
    })),
  },
  references: schema.references,
  files: files.map(({ path }) => path),
});
