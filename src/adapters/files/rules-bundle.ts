/**
 * A folder of rules -> one text, with the way back from its lines to those of the files. The text holds paths relative to the folder only: the
 * same rules give the same text on every machine. It is made at once, without waiting, so that tests of rules can do the same.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import * as esbuild from 'esbuild';
import { LIST_FILE } from './own-files.js';
import { type LoadProblem, notLoadable, type Place, RulesProblems } from './rules-problems.js';
import { placeOfText } from './rules-places.js';

/** The file whose default export is the rule set. */
export const ENTRY = 'index.ts';

export interface RulesBundle {
  readonly text: string;
  readonly sourceMap: SourceMap;
  /** Files that are part of it, relative to the folder. */
  readonly files: readonly string[];
}

/** @param provided what rules may import besides each other. @throws RulesProblems */
export function bundleRules(root: string, provided: readonly string[]): RulesBundle {
  if (!existsSync(root)) throw new RulesProblems([missing(`there is no folder ${root}`)]);
  if (!existsSync(join(root, ENTRY))) throw new RulesProblems([missing(`the folder has no ${ENTRY}`)]);
  const { outputFiles, metafile } = built(root);
  const problems = [
    ...Object.keys(metafile.inputs).flatMap((file) => outside(root, file)),
    ...notProvided(root, metafile, provided),
  ];
  if (problems.length > 0) throw new RulesProblems(problems);
  const [map, text] = ['.map', '.js'].map((end) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '');
  return {
    text: text ?? '',
    sourceMap: new SourceMap(JSON.parse(map ?? '') as SourceMapPayload),
    files: Object.keys(metafile.inputs),
  };
}

const missing = (text: string): LoadProblem =>
  notLoadable({
    text,
    fix: `Name the folder that has the ${ENTRY} of your rules: --rules, or \`rules\` in the config.`,
    place: null,
  });

function built(root: string) {
  try {
    return esbuild.buildSync({
      absWorkingDir: root,
      entryPoints: [`./${ENTRY}`],
      outfile: 'rules.bundle.js',
      bundle: true,
      write: false,
      metafile: true,
      sourcemap: 'external',
      packages: 'external',
      format: 'cjs',
      platform: 'neutral',
      target: 'node20',
      charset: 'utf8',
      logLevel: 'silent',
      tsconfigRaw: {},
      // Names as rules write them, not where links lead: a mounted folder of links has another target after each change.
      preserveSymlinks: true,
      // Whoever awaits would need a promise, which the realm does not have.
      supported: { 'async-await': false, 'async-generator': false, 'for-await': false },
    });
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    throw new RulesProblems(error.errors.map((found) => problemOfText(root, found)));
  }
}

const isBuildFailure = (error: unknown): error is esbuild.BuildFailure => error instanceof Error && 'errors' in error;

function problemOfText(root: string, { text, location }: esbuild.Message): LoadProblem {
  const file = location?.file ?? '';
  if (location !== null && (text.startsWith('No loader is configured') || isOutside(file)))
    return noRuleFile(file, isOutside(file) ? placeOfName(root, file) : placeOf(location));
  return notLoadable({ text, fix: fixOf(text), place: location === null ? null : placeOf(location) });
}

const placeOf = ({ file, line, column }: esbuild.Location): Place => ({ file, line, column: column + 1 });
const isOutside = (file: string): boolean => file.startsWith('..') || isAbsolute(file);

const fixOf = (text: string): string =>
  text.startsWith('Could not resolve')
    ? 'Correct the path: it begins with ./ or ../, and ends with .js or .ts.'
    : /async|await/.test(text)
      ? 'Rules are asked and answer at once: take out async and await.'
      : 'Correct the syntax.';

function noRuleFile(file: string, place: Place | null): LoadProblem {
  const name = file.split(/[\\/]/).at(-1) ?? '';
  return notLoadable({
    text: `Rules are .ts files in their own folder, not "${name.slice(0, 80)}".`,
    fix: 'Move what rules need into a .ts file in the folder of the rules.',
    place,
  });
}

/** What a path leads to, links followed: a bundler gladly takes in any file of this machine. */
const outside = (root: string, file: string): LoadProblem[] =>
  /\.[jt]s$/.test(file) && isInside(realpathSync(root) + sep, join(root, file))
    ? []
    : [noRuleFile(file, placeOfName(root, file))];

function isInside(home: string, path: string): boolean {
  try {
    return realpathSync(path).startsWith(home);
  } catch {
    return false;
  }
}

/** What is left to be imported when the rules run. What only types are taken from is gone by then. */
function notProvided(root: string, { inputs, outputs }: esbuild.Metafile, provided: readonly string[]): LoadProblem[] {
  const needed = new Set(Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path)));
  return Object.entries(inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ path, external }) => external === true && needed.has(path) && !provided.includes(path))
      .map(({ path }) =>
        notLoadable({
          text: `Rules import dragoman/rules, zod and each other, not "${path}".`,
          fix: 'Take the import out: rules know rows and nothing else. Tables of values can be lookup tables.',
          place: placeOfImport(root, file, path),
        }),
      ),
  );
}

function placeOfImport(root: string, file: string, path: string): Place {
  const text = readFileSync(join(root, file), 'utf8');
  const at = ["'", '"', '`'].map((quote) => text.indexOf(`${quote}${path}${quote}`)).find((index) => index !== -1);
  return placeOfText(file, text, at ?? 0);
}

/** The first import of a file with such a name, in whatever way its path is written. */
function placeOfName(root: string, file: string): Place | null {
  const name = (file.split(/[\\/]/).at(-1) ?? '').replace(/\.\w+$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const quoted = new RegExp(`["'\`][^"'\`\\n]*${name}(\\.\\w+)?["'\`>]`);
  for (const each of ruleFiles(root)) {
    const text = readFileSync(join(root, each), 'utf8');
    const at = text.search(quoted);
    if (at !== -1) return placeOfText(each, text, at);
  }
  return null;
}

/** Relative to the folder, those that no rule imports and tests included, but not what was exported; in the order of their names. */
export function ruleFiles(root: string): string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const exports = files.filter((file) => basename(file) === LIST_FILE).map((file) => join(dirname(file), sep));
  return files
    .filter((file) => /\.ts$/.test(file) && !/\.d\.ts$/.test(file) && !file.split(sep).includes('node_modules'))
    .filter((file) => !exports.some((folder) => file.startsWith(folder)))
    .sort();
}
