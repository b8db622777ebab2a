/**
 * `dragoman tables`: of which tables everything is known, and an operator's word that a snapshot of some ended (decision 0009). What is
 * known stands in the committed progress.
 */
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import type { Beginning } from '../../domain/source/beginning.js';
import { type Command, COMMAND_CHARS_MAX, COMMAND_TABLES_MAX, isOnTables, subjectOf } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import { knownOf } from '../../pipeline/progress/known-tables.js';
import type { Progress } from '../../pipeline/progress/progress.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, rulesOf } from '../load.js';
import { answerTo, type ChangeOptions, commandOf, type OperatorOptions, pipelineOf, send } from './operator.js';
import { committedProgress } from './committed-progress.js';

interface SourceTables {
  readonly source: string;
  /** Null: nothing is decided so far. */
  readonly begun: Beginning | null;
  readonly known: readonly string[];
  readonly unknown: readonly string[];
}

export async function tablesListCommand(options: OperatorOptions): Promise<number> {
  const loaded = configOf(options, true);
  const pipeline = pipelineOf(loaded.config, options);
  const rules = await rulesOf(options, loaded);
  const sources = await tablesOf(loaded.config, rules, pipeline);
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/tables@1', pipeline, sources }));
  else {
    for (const { source, begun, known, unknown } of sources) {
      const now = begun === null ? WAITS : UNKNOWN;
      for (const table of known) await print(`${source} ${table} known`);
      for (const table of unknown) await print(`${source} ${table} unknown: ${now}`);
    }
  }
  for (const { source, begun } of sources) say(`${source}: ${beginningText(begun)}`);
  return sources.some(({ unknown }) => unknown.length > 0) ? EXIT.findings : EXIT.ok;
}

const WAITS = 'nothing is published before a snapshot of it ended, or `tables known` says so';
const UNKNOWN = 'facts that read it are unknown until a snapshot of it ended, or `tables known` says so';

function beginningText(begun: Beginning | null): string {
  if (begun === null) return 'has not begun';
  const at = begun.timeMs === null ? '' : ` (${new Date(begun.timeMs).toISOString()})`;
  return begun.position === null
    ? `every transaction is decided${at}`
    : `decided is what was committed after ${begun.position}${at}`;
}

export interface TablesKnownOptions extends ChangeOptions {
  readonly all?: boolean;
}

export async function tablesKnownCommand(
  source: string,
  named: readonly string[],
  options: TablesKnownOptions,
): Promise<number> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const sources = config.pipelines[pipeline]?.sources.map(({ name }) => name) ?? [];
  if (!sources.includes(source)) throw strangeSource(pipeline, source, sources);
  const rules = await rulesOf(options, loaded);
  const before = (await tablesOf(config, rules, pipeline)).find((one) => one.source === source);
  if (before === undefined) throw strangeSource(pipeline, source, sources);
  const tables = tablesFor(named, before, options.all === true);
  const commands = partsOf(tables).map((part) =>
    commandOf('tables.known', { source, tables: part }, pipeline, options),
  );
  if (options.dryRun === true) {
    for (const command of commands)
      say(
        `dry run, nothing is written: ${subjectOf(command)} would count as known once everything was read that is there now`,
      );
    return EXIT.ok;
  }
  const sent = [];
  for (const command of commands) {
    sent.push({ command, offset: await send(config, command) });
    say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
  }
  if (options.wait === 0) return EXIT.ok;
  for (const one of sent) {
    const look = (): Promise<Looked> => lookedAt(config, rules, pipeline, source);
    const after = await answerTo(one.command, options.wait * 1_000, async () => carriedOut(one, await look()));
    const { command } = one;
    const text = `${subjectOf(command)} are known. ${source}: ${beginningText(after.begun)}.`;
    if (options.json === true)
      await print(JSON.stringify({ schema: 'dragoman.cli/tables-known@1', command, result: 'applied', ...after }));
    else await print(`applied: ${text}`);
  }
  return EXIT.ok;
}

/** Half of a command is left for who, why and where. */
const NAMES_CHARS_MAX = COMMAND_CHARS_MAX / 2;

/** As many tables as one command may name. */
export function partsOf(tables: readonly string[]): string[][] {
  const parts: string[][] = [];
  let chars = 0;
  for (const table of tables) {
    const needed = JSON.stringify(table).length + 1;
    const last = parts.at(-1);
    if (last === undefined || last.length >= COMMAND_TABLES_MAX || chars + needed > NAMES_CHARS_MAX) {
      parts.push([table]);
      chars = needed;
    } else {
      last.push(table);
      chars += needed;
    }
  }
  return parts;
}

/** What the pipeline committed last: how far it has read the commands, and what it knows. */
interface Looked {
  readonly nextCommand: number | null;
  readonly tables: SourceTables | undefined;
}

interface Sent {
  readonly command: Command;
  readonly offset: number;
}

/**
 * A command has its effect in the commit that passes it.
 * @returns what is known then; null while the command waits. @throws DragomanError COMMAND_REFUSED
 */
export function carriedOut({ command, offset }: Sent, { nextCommand, tables }: Looked): SourceTables | null {
  const wanted = isOnTables(command) ? command.arguments.tables : [];
  const missing = wanted.filter((table) => tables?.known.includes(table) !== true);
  if (tables !== undefined && missing.length === 0) return tables;
  if (nextCommand === null || nextCommand <= offset) return null;
  throw new DragomanError(
    'COMMAND_REFUSED',
    `Command ${command.id} was read and had no effect; still unknown: ${missing.join(', ')}. Either a transaction is held before it ` +
      '(transactions list says which, and why: decide over that, then say it again), or the member that runs the pipeline has other rules ' +
      'or another config than stand here. Its log has a line with this id and the reason.',
  );
}

const strangeSource = (pipeline: string, source: string, known: readonly string[]): DragomanError =>
  new DragomanError('COMMAND_INVALID', `Pipeline ${pipeline} has no source ${source}: ${known.join(', ')}.`);

/** What an operator vouches for: nothing that is known already, and each table once. @throws DragomanError COMMAND_INVALID */
export function tablesFor(
  named: readonly string[],
  { known, unknown }: Pick<SourceTables, 'known' | 'unknown'>,
  all: boolean,
): readonly string[] {
  const declared = [...known, ...unknown];
  const stranger = named.find((table) => !declared.includes(table));
  if (stranger !== undefined)
    throw new DragomanError('COMMAND_INVALID', `No table is named ${stranger}: ${declared.join(', ')}.`);
  if (all && named.length > 0) throw new DragomanError('COMMAND_INVALID', 'Name the tables, or say --all, not both.');
  if (!all && named.length === 0) throw new DragomanError('COMMAND_INVALID', 'Name the tables, or say --all.');
  const tables = unknown.filter((table) => all || named.includes(table));
  if (tables.length > 0) return tables;
  const text = all
    ? 'All tables are known already.'
    : `Known already: ${named.join(', ')}. Nothing is to be said of them.`;
  throw new DragomanError('COMMAND_INVALID', text);
}

const progressOf = (config: Config, pipeline: string): Promise<Progress | null> =>
  withAdmin(
    config,
    async (kafka, admin) => (await committedProgress(kafka, admin, config, pipeline))?.progress ?? null,
  );

async function lookedAt(config: Config, rules: LoadedRules, pipeline: string, source: string): Promise<Looked> {
  const progress = await progressOf(config, pipeline);
  const tables = sourcesIn(progress, config, rules, pipeline).find((one) => one.source === source);
  return { nextCommand: progress?.commands.next ?? null, tables };
}

const tablesOf = async (config: Config, rules: LoadedRules, pipeline: string): Promise<SourceTables[]> =>
  sourcesIn(await progressOf(config, pipeline), config, rules, pipeline);

function sourcesIn(progress: Progress | null, config: Config, rules: LoadedRules, pipeline: string): SourceTables[] {
  const declared = [...rules.rules.tables.keys()];
  return (config.pipelines[pipeline]?.sources ?? []).map(({ name: source }) => {
    const followed = progress?.frontiers[source];
    if (followed === undefined) return { source, begun: null, known: [], unknown: declared };
    const { tables: known, begun } = knownOf(followed.known, declared);
    return { source, begun, known, unknown: declared.filter((table) => !known.includes(table)) };
  });
}

async function withAdmin<T>(config: Config, use: (kafka: Kafka, admin: Admin) => Promise<T>): Promise<T> {
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    return await use(kafka, admin);
  } finally {
    await admin.disconnect();
  }
}
