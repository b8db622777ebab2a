/**
 * `dragoman doctor`: looks at the whole chain, from the connector to Redis, and says what to change. Joins no group, writes nothing.
 * Exit code 3 when a line says FAIL, 5 when Kafka or Redis cannot be reached; warnings and what is not known end well.
 */
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { EXIT, print, say } from '../exit.js';
import { type CommonOptions, configOf, rulesOf } from '../load.js';
import { heldIn, heldNow, type MemberOption } from '../operator/held.js';
import { version } from '../version.js';
import { physicalTablesOf } from '../../domain/tables/physical-table.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import { checkUrl } from '../options/url-option.js';
import { connectLines } from './connect/connect.js';
import { kafkaLook } from './kafka.js';
import { bad, LEVELS, type Level, type Line, lineText, ok, unknown } from './line.js';
import { registryLines } from './registry.js';
import { redisLines } from './redis.js';

export interface DoctorOptions extends CommonOptions, MemberOption {
  readonly json?: boolean;
  readonly connect?: string;
}

export async function doctorCommand(options: DoctorOptions): Promise<number> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const rules = await rulesOf(options, loaded);
  const lines = await doctorLines(config, rules, options);
  const counts = Object.fromEntries(
    LEVELS.map((level) => [level, lines.filter((line) => line.level === level).length]),
  );
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/doctor@1', version, counts, lines }));
  else for (const line of lines) await print(lineText(line));
  say(LEVELS.map((level) => `${counts[level] ?? 0} ${level === 'unknown' ? 'not known' : level}`).join(', '));
  return exitOf(lines);
}

/** Pure. */
export function exitOf(lines: readonly Line[]): number {
  const failed = new Set(lines.filter(({ level }) => level === 'fail').map(({ check }) => check));
  if (failed.has('KAFKA_REACHED') || failed.has('REDIS_REACHED')) return EXIT.unreachable;
  return failed.size === 0 ? EXIT.ok : EXIT.findings;
}

export async function doctorLines(config: Config, rules: LoadedRules, options: DoctorOptions): Promise<Line[]> {
  const { tables, contracts } = rules.rules;
  if (options.connect !== undefined) checkUrl('--connect', options.connect);
  const [kafka, connect, held, registry] = await Promise.all([
    kafkaLook(config, rules),
    connectLines(options.connect ?? config.connect.url, config, [...tables.values()].flatMap(physicalNames)),
    heldLines(config, options),
    registryLines(config.registry),
  ]);
  const redis = await redisLines(config, kafka.cluster, kafka.stateEnds);
  const own = ok(
    'CONFIG_AND_RULES',
    `dragoman ${version}`,
    `${tables.size} tables, ${contracts.length} contracts, digest ${rules.digest}`,
  );
  const all = [own, ...connect, ...registry, ...kafka.lines, ...redis, ...held];
  const worst = (level: Level): Line[] => all.filter((line) => line.level === level);
  return [...worst('ok'), ...worst('unknown'), ...worst('warn'), ...worst('fail')];
}

/** Known to the members that run the pipeline alone. */
async function heldLines(config: Config, options: DoctorOptions): Promise<Line[]> {
  const lines: Line[] = [];
  for (const pipeline of Object.keys(config.pipelines)) {
    try {
      const held = heldIn(await heldNow(config, pipeline, options));
      const named = held.map(({ transaction, source }) => `${transaction} of ${source}`);
      lines.push(
        named.length === 0
          ? ok('HELD', pipeline, 'no transaction is held')
          : bad('fail', 'HELD', pipeline, named.join(', '), 'see `dragoman transactions list`'),
      );
    } catch (error) {
      if (!(error instanceof DragomanError)) throw error;
      const todo = 'give --member URL of the one that runs it, or of each that runs a shard of it';
      lines.push(unknown('HELD', pipeline, 'no running member answered for all of it', todo));
    }
  }
  return lines;
}

/** As the connector names the tables that it captures; a list with `*` in it cannot be held against it. */
const physicalNames = (table: TableDefinition): string[] =>
  (physicalTablesOf(table)?.names ?? [table.name]).filter((name) => !name.includes('*'));
