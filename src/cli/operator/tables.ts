/**
 * `dragoman tables`: of which tables everything is known, and an operator's word that a snapshot of some ended (decision 0009). What is
 * known stands in the committed progress of each shard, and is known of the pipeline when it is of all.
 */
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import type { Beginning } from '../../domain/source/beginning.js';
import { type Command, COMMAND_CHARS_MAX, COMMAND_TABLES_MAX, isOnTables, subjectOf } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import type { Known } from '../../sequence/snapshots/knowledge.js';
import { knownOf } from '../../pipeline/progress/known-tables.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, rulesOf } from '../load.js';
import {
  answerTo,
  type Asked,
  type ChangeOptions,
  commandOf,
  type OperatorOptions,
  pipelineOf,
  send,
} from './operator.js';
import { behindCommand, progressIn, type ShardProgress } from './reading/committed-progress.js';

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
  for (const { command, offset } of sent) {
    const look = (): Promise<Looked> => lookedAt(config, rules, { pipeline, source, offset });
    const after = await answerTo(command, options.wait * 1_000, async () => carriedOut(command, await look()));
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

/** What the pipeline committed last: which of its tasks have not read the command, and what it knows. */
interface Looked {
  readonly behind: readonly string[];
  readonly tables: SourceTables | undefined;
}

/**
 * A command has its effect in the commit that passes it, of each shard.
 * @returns what is known then. @throws DragomanError COMMAND_REFUSED
 */
export function carriedOut(command: Command, { behind, tables }: Looked): Asked<SourceTables> {
  const wanted = isOnTables(command) ? command.arguments.tables : [];
  const missing = wanted.filter((table) => tables?.known.includes(table) !== true);
  if (tables !== undefined && missing.length === 0) return { answer: tables };
  if (behind.length > 0) return { waitsFor: behind };
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

async function lookedAt(
  config: Config,
  rules: LoadedRules,
  { pipeline, source, offset }: { readonly pipeline: string; readonly source: string; readonly offset: number },
): Promise<Looked> {
  const all = await progressIn(config, pipeline);
  const names = namesOf(config, pipeline);
  const tables = sourcesIn(all, names, [...rules.rules.tables.keys()]).find((one) => one.source === source);
  return { behind: behindCommand(all, offset), tables };
}

const tablesOf = async (config: Config, { rules }: LoadedRules, pipeline: string): Promise<SourceTables[]> =>
  sourcesIn(await progressIn(config, pipeline), namesOf(config, pipeline), [...rules.tables.keys()]);

const namesOf = ({ pipelines }: Config, pipeline: string): string[] =>
  (pipelines[pipeline]?.sources ?? []).map(({ name }) => name);

/** What all shards know; a source has begun when it has in all, and decided is what the last one decides. Pure. */
export function sourcesIn(
  all: readonly Pick<ShardProgress, 'committed'>[],
  sources: readonly string[],
  declared: readonly string[],
): SourceTables[] {
  return sources.map((source) => {
    const followed = all.map(({ committed }) => committed?.progress.frontiers[source]);
    const shards = followed.map((one) => (one === undefined ? NOTHING : knownOf(one.known, declared)));
    const known = declared.filter((table) => shards.every(({ tables }) => tables.includes(table)));
    const begun = shards.map((shard) => shard.begun).reduce(later);
    return { source, begun, known, unknown: declared.filter((table) => !known.includes(table)) };
  });
}

const NOTHING: Pick<Known, 'tables' | 'begun'> = { tables: [], begun: null };

function later(a: Beginning | null, b: Beginning | null): Beginning | null {
  if (a === null || b === null) return null;
  return (b.position ?? '') > (a.position ?? '') ? b : a;
}
