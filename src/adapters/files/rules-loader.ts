/**
 * A folder of rules -> checked rules and their digest. The rules are bundled into one text (esbuild), which is hashed and run;
 * `dragoman/rules` and `zod` are the running ones, so the same loader works from sources and from the build. The text holds
 * paths relative to the folder only: the same rules give the same digest on every machine.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import * as zod from 'zod';
import { BUNDLE_BYTES_MAX, bytesText } from '../../domain/record-size.js';
import { DragomanError } from '../../errors.js';
import { checkRuleSet } from '../../rules/check/check.js';
import { compileRuleSet, type CompiledRules } from '../../rules/compile.js';
import { isError } from '../../rules/error.js';
import * as dsl from '../../rules/index.js';
import type { RuleProblem, RuleSet } from '../../rules/rule-set.js';
import { callInRealm } from './rules-realm.js';
import { fileOfLine, locateSubject, locateThrow, type SourceFile } from './rules-places.js';

export interface LoadedRules {
  readonly rules: CompiledRules;
  /** Content hash of the bundled rules: 16 hexadecimal digits. */
  readonly digest: string;
  /** What was bundled, zipped, as base64. Absent: they came from no files. */
  readonly bundle?: string;
}

/** What rules may import besides each other. */
const PROVIDED: Readonly<Record<string, unknown>> = { 'dragoman/rules': dsl, zod };

const DIGEST_LENGTH = 16;

/** A problem with the rules; `place` is `facts/order-accepted.ts:12` where it is known. */
export interface LoadProblem {
  readonly code: string;
  readonly text: string;
  readonly where: string;
  readonly place: string | null;
}

/**
 * @param dir has `index.ts`, whose default export is the rule set.
 * @throws DragomanError RULES_INVALID with every problem, in the text and in `details.problems`.
 */
export async function loadRules(dir: string): Promise<LoadedRules> {
  const root = resolve(dir);
  const { text, files } = await bundle(root);
  checkWords(text, root);
  const ruleSet = run(text, root);
  const problems = checked(ruleSet, root).map(({ code, text: words, where, subject }) => ({
    code,
    text: words,
    where,
    place: locateSubject(subject, where.split(' ', 1)[0] ?? '', files),
  }));
  if (problems.length > 0) throw invalid(root, problems);
  return { rules: compileRuleSet(ruleSet), digest: digestOf(text), bundle: zipped(text, root) };
}

/** The realm does not have them; but arrays that rules are handed come from outside of it, so they are looked for before anything runs. */
function checkWords(text: string, root: string): void {
  const lines = text.split('\n');
  const problems = lines.flatMap((line, i) => {
    const name = OF_LANGUAGE.exec(line)?.[1];
    if (name === undefined) return [];
    const words = `${name} follows the language of the machine: compareTexts of dragoman/rules compares alike everywhere`;
    return [{ code: 'NOT_LOADABLE', text: words, where: 'rules', place: fileOfLine(lines, i) }];
  });
  if (problems.length > 0) throw invalid(root, problems);
}

const OF_LANGUAGE = /(?:\.|\[\s*["'`])(toLocale\w+|localeCompare)\b/;

/** Without types a rule set may be made of anything. */
function checked(ruleSet: RuleSet, root: string): RuleProblem[] {
  try {
    return checkRuleSet(ruleSet);
  } catch (error) {
    const words = isError(error) ? `${error.name}: ${error.message}` : 'what is no error';
    const text = `cannot be looked at (${words}): a part of it was not made by aggregate, table, contract, publish or their methods`;
    throw invalid(root, [{ code: 'NOT_LOADABLE', text, where: 'rule set', place: 'index.ts' }]);
  }
}

/** As it is kept beside what was decided. */
function zipped(text: string, root: string): string {
  const bytes = gzipSync(text);
  if (bytes.length <= BUNDLE_BYTES_MAX) return bytes.toString('base64');
  const words =
    `zipped they have ${bytesText(bytes.length)} bytes, and at most ${bytesText(BUNDLE_BYTES_MAX)} are kept beside what they decide: ` +
    'take out what is no rule, such as lists of values, and declare it as a lookup table';
  throw invalid(root, [{ code: 'RULES_TOO_LARGE', text: words, where: 'rules', place: null }]);
}

/** The reverse; null when it is no text of rules with this digest. */
export function unzippedRules(bundle: string, digest: string): string | null {
  try {
    const text = gunzipSync(Buffer.from(bundle, 'base64')).toString('utf8');
    return digestOf(text) === digest ? text : null;
  } catch {
    return null;
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, DIGEST_LENGTH);

async function bundle(root: string): Promise<{ text: string; files: readonly SourceFile[] }> {
  const files: SourceFile[] = [];
  try {
    const built = await esbuild.build({
      absWorkingDir: root,
      entryPoints: ['./index.ts'],
      bundle: true,
      write: false,
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
      plugins: [onlyProvided(files, root)],
    });
    return { text: built.outputFiles[0]?.text ?? '', files };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    throw invalid(root, error.errors.map(problemOfMessage));
  }
}

const isBuildFailure = (error: unknown): error is esbuild.BuildFailure => error instanceof Error && 'errors' in error;

const problemOfMessage = ({ text, location }: esbuild.Message): LoadProblem => ({
  code: 'NOT_LOADABLE',
  text,
  where: 'bundle',
  place: location === null ? null : `${location.file}:${location.line}`,
});

/** Refuses every import that is neither a rule file nor provided, and keeps the sources to find lines in. */
const onlyProvided = (files: SourceFile[], root: string): esbuild.Plugin => ({
  name: 'rules',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point') return null;
      if (Object.hasOwn(PROVIDED, path)) return { path, external: true };
      return { errors: [{ text: `Rules import dragoman/rules, zod and each other, not "${path}".` }] };
    });
    // What a path leads to, links followed: a bundler would gladly take in any text file of this machine.
    const home = realpathSync(root) + sep;
    build.onLoad({ filter: /.*/ }, ({ path }) =>
      isInside(home, path) && /\.[jt]s$/.test(path)
        ? null
        : { errors: [{ text: `Rules are .ts files in their own folder, not "${path.split(sep).at(-1) ?? ''}".` }] },
    );
    build.onEnd(({ metafile }) => {
      files.push(...Object.keys(metafile?.inputs ?? {}).map((path) => ({ path, root })));
    });
    build.initialOptions.metafile = true;
  },
});

function isInside(home: string, path: string): boolean {
  try {
    return realpathSync(path).startsWith(home);
  } catch {
    return false;
  }
}

function run(text: string, root: string): RuleSet {
  const module: { exports: { default?: unknown } } = { exports: {} };
  try {
    callInRealm(text, { require: provide, module, exports: module.exports });
  } catch (error) {
    const words = isError(error) ? `${error.name}: ${error.message}` : 'something that is not an error';
    throw invalid(root, [
      { code: 'NOT_LOADABLE', text: `throws ${words}`, where: 'rules', place: locateThrow(error, text) },
    ]);
  }
  const ruleSet = module.exports.default;
  if (isRuleSet(ruleSet)) return ruleSet;
  const text0 = 'its default export is not a rule set: export default ruleSet({ aggregates, facts, publications })';
  throw invalid(root, [{ code: 'NOT_LOADABLE', text: text0, where: 'rules', place: 'index.ts' }]);
}

function provide(name: string): unknown {
  if (Object.hasOwn(PROVIDED, name)) return PROVIDED[name];
  throw new TypeError(`rules import dragoman/rules, zod and each other, not "${name}"`);
}

function isRuleSet(value: unknown): value is RuleSet {
  if (typeof value !== 'object' || value === null) return false;
  const { aggregates, facts, publications } = value as Record<string, unknown>;
  return [aggregates, facts, publications].every(Array.isArray);
}

function invalid(root: string, problems: readonly LoadProblem[]): DragomanError {
  const lines = problems.map(
    ({ code, text, where, place }) => `  ${place === null ? '' : `${place}: `}${where}: ${text} [${code}]`,
  );
  return new DragomanError('RULES_INVALID', `The rules in ${root} do not load:\n${lines.join('\n')}`, {
    details: { problems },
  });
}
