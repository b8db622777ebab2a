/**
 * `dragoman check`: config (where there is one) and rules as production has them, types as the author has them, tests, and a recording: all that is
 * wrong at once, each with place, code, reason and what to do. Exit code 3 when something is; notes alone give 0.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { contractsIn } from '../../../rules/correction.js';
import { EXIT, print, say } from '../../exit.js';
import type { CommonOptions } from '../../load.js';
import { Changes } from './changes.js';
import { classesNotTried } from './classes/findings.js';
import { type CheckedConfig, checkedConfig } from './config.js';
import { type Finding, findingLines, inOrder } from './finding.js';
import { undeclaredOrigins } from './text/origins.js';
import { impurities } from './text/purity.js';
import { replayedRules } from './recording.js';
import { sourceRules, type SourceRules } from './source-rules.js';
import { testedRules } from './tests.js';
import { type TypedRules, Types } from './types.js';

export interface CheckOptions extends CommonOptions {
  readonly json?: boolean;
  /** False: neither run nor typed. */
  readonly tests?: boolean;
  readonly recording?: string;
  /** Again after each change of the rules, until the process ends. */
  readonly watch?: boolean;
  /** Ends a watch. */
  readonly signal?: AbortSignal;
}

export async function checkCommand(options: CheckOptions): Promise<number> {
  const types = new Types();
  const config = checkedConfig(options);
  const { folder } = config;
  const isWatched = options.watch === true && folder !== null && existsSync(folder);
  const changes = isWatched ? new Changes(folder, options.signal) : null;
  const code = await round(config, options, types);
  while ((await changes?.next()) === true) await round(checkedConfig(options), options, types);
  return code;
}

interface Looked {
  readonly findings: readonly Finding[];
  /** What was looked at, in words. */
  readonly words: readonly string[];
}

async function round(config: CheckedConfig, options: CheckOptions, types: Types): Promise<number> {
  const { findings, words } =
    config.folder === null ? { findings: [], words: [] } : await checkedRules(config.folder, config, options, types);
  const all = inOrder([...config.findings, ...findings]);
  if (options.json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/check@2', looked: words, findings: all }));
  else for (const finding of all) for (const line of findingLines(finding)) await print(line);
  for (const each of words) say(each);
  const notes = all.filter(({ kind }) => kind === 'note').length;
  const wrong = all.length - notes;
  say(
    `${wrong === 0 ? 'all holds together' : counted(wrong, 'finding')}${notes === 0 ? '' : `, ${counted(notes, 'note')}`}`,
  );
  return wrong === 0 ? EXIT.ok : EXIT.findings;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Everything that is wrong with the rules in a folder, in no order. */
export async function checkedRules(
  dir: string,
  { loaded }: CheckedConfig,
  options: CheckOptions,
  types: Types,
): Promise<Looked> {
  const rules = sourceRules(dir);
  const { folder, root } = rules;
  if (folder === null) return { findings: [...rules.findings, ...typedWithout(rules, options, types)], words: [] };
  const holds = folder.problems.length === 0;
  // The tests wait for their process while the types are looked at.
  const testing = holds && options.tests !== false ? testedRules(root, options.recording !== undefined) : null;
  const typed = types.check(root, { withTests: options.tests !== false });
  const isRule = (file: { readonly fileName: string }) =>
    folder.files.some((each) => join(root, each) === file.fileName);
  const impure = impurities(typed, isRule);
  const replayed =
    holds && options.recording !== undefined ? await replayedRules(folder, options.recording, loaded.config) : null;
  const tested = await testing;
  const { aggregates, facts } = folder.ruleSet;
  return {
    findings: [
      ...rules.findings,
      ...withoutTold(typed, impure),
      ...impure,
      ...undeclaredOrigins(typed, folder.ruleSet, isRule),
      ...(tested?.findings ?? []),
      ...(replayed?.findings ?? []),
    ],
    words: [
      `rules: ${counted(folder.declared.filter((one) => 'columns' in one).length, 'table')}, ${counted(aggregates.length, 'aggregate')}, ` +
        `${counted(facts.length, 'fact')}, ${counted(contractsIn(folder.ruleSet).length, 'contract')}, digest ${folder.digest}`,
      `types: ${counted(typed.files.length, 'file')}, TypeScript ${typed.compiler.version}`,
      ...(tested === null
        ? [holds ? 'tests: left out' : 'tests: not run, because the rules do not hold together']
        : [`tests: ${tested.count}`]),
      ...(replayed === null
        ? holds
          ? classesNotTried(folder)
          : []
        : [`recording: ${counted(replayed.records, 'record')}, ${counted(replayed.events, 'event')}`]),
    ],
  };
}

/** What uses the machine is told in our words, not as a name that TypeScript does not know. */
const withoutTold = ({ findings }: TypedRules, told: readonly Finding[]): Finding[] =>
  findings.filter(
    ({ file, line, column }) => !told.some((one) => one.file === file && one.line === line && one.column === column),
  );

/** Rules that do not run: types may say why, but not once more what the bundler said of the same file. */
function typedWithout({ root, findings }: SourceRules, options: CheckOptions, types: Types): Finding[] {
  const told = new Set(findings.map(({ file }) => file));
  if (findings.some(({ file }) => file === null)) return [];
  return types.check(root, { withTests: options.tests !== false }).findings.filter(({ file }) => !told.has(file));
}
