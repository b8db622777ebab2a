/**
 * A folder of rules -> checked rules and their digest. The rules are bundled into one text, which is hashed and run in a realm of its own;
 * `dragoman/rules` and `zod` are the running ones, so the same loader works from sources and from the build, for a pipeline and for a test.
 */
import { createHash } from 'node:crypto';
import { SourceMap } from 'node:module';
import { resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as zod from 'zod';
import { DragomanError } from '../../errors.js';
import { BUNDLE_BYTES_MAX, bytesText } from '../../domain/record-size.js';
import { checkRuleSet } from '../../rules/check/check.js';
import type { About, RuleProblem } from '../../rules/check/problem.js';
import { compileRuleSet, type CompiledRules } from '../../rules/compile.js';
import { isError } from '../../rules/error.js';
import type { RuleSet } from '../../rules/rule-set.js';
import { ruleWatch } from './rule-watch.js';
import { bundleRules, ENTRY, type RulesBundle } from './rules-bundle.js';
import { Declarations } from './rules-declared.js';
import { placeOfLine, placeOfThrow, placeOfWord } from './rules-places.js';
import { invalidRules, type LoadProblem, notLoadable, type Place, placeText, RulesProblems } from './rules-problems.js';
import { callInRealm } from './rules-realm.js';

export interface LoadedRules {
  readonly rules: CompiledRules;
  /** Content hash of the bundled rules: 16 hexadecimal digits. */
  readonly digest: string;
  /** What was bundled, zipped, as base64. Absent: they came from no files. */
  readonly bundle?: string;
}

const DSL = 'dragoman/rules';
const ZOD = 'zod';
const DIGEST_LENGTH = 16;

/**
 * @param dir has `index.ts`, whose default export is the rule set.
 * @param wrap what stands in the place of the rules, before they are compiled.
 * @throws DragomanError RULES_INVALID with every problem, in the text and in `details.problems` ({@link LoadProblem}[]).
 */
export const loadRules = (dir: string, wrap: (rules: RuleSet) => RuleSet = (rules) => rules): Promise<LoadedRules> =>
  new Promise((settle) => {
    settle(loaded(resolve(dir), wrap));
  });

function loaded(root: string, wrap: (rules: RuleSet) => RuleSet): LoadedRules {
  try {
    const folder = new RulesFolder(root);
    if (folder.problems.length > 0) throw new RulesProblems(folder.problems);
    return { rules: compileRuleSet(wrap(folder.ruleSet)), digest: folder.digest, bundle: zipped(folder.text) };
  } catch (error) {
    throw error instanceof RulesProblems ? invalidRules(root, error.problems) : error;
  }
}

/** Rules that run, though something may be wrong with what they declare. */
export class RulesFolder {
  readonly root: string;
  readonly ruleSet: RuleSet;
  /** With what the rules declare. */
  readonly problems: readonly LoadProblem[];
  readonly #bundle: RulesBundle;
  readonly #declarations = new Declarations();

  /** @throws RulesProblems when they do not run at all. */
  constructor(dir: string) {
    this.root = resolve(dir);
    this.#bundle = bundleRules(this.root, [DSL, ZOD]);
    const problems = wordProblems(this.#bundle);
    if (problems.length > 0) throw new RulesProblems(problems);
    this.ruleSet = run(this.#bundle, this.#declarations);
    this.problems = checked(this.ruleSet).map(({ code, text, fix, about }) => ({
      ...{ code, fix, where: about.where },
      text: this.#withOthers(text, about),
      place: this.placeOf(about.declared, about.word),
    }));
  }

  get text(): string {
    return this.#bundle.text;
  }

  get digest(): string {
    return digestOf(this.text);
  }

  /** Files that are part of the rules, relative to the folder. */
  get files(): readonly string[] {
    return this.#bundle.files;
  }

  /** What rules declared, listed in the rule set or not. */
  get declared(): readonly object[] {
    return this.#declarations.all;
  }

  /** The same rules in another realm: they know nothing of what was asked before. */
  again(): RuleSet {
    return run(this.#bundle, new Declarations());
  }

  /** Of a declaration, or of a word in it; the file with the rule set when nothing more is known. */
  placeOf(declared: object | null, word?: string): Place {
    const place = declared === null ? null : this.#declarations.placeOf(declared, this.#bundle.sourceMap);
    if (place === null) return { file: ENTRY, line: 1, column: 1 };
    return word === undefined ? place : placeOfWord(this.root, place, word);
  }

  #withOthers(text: string, { also = [] }: About): string {
    const places = also.map((declared) => placeText(this.placeOf(declared)));
    return places.length === 0 ? text : `${text} (see also ${places.join(', ')})`;
  }
}

/** The realm does not have them; but arrays that rules are handed come from outside of it, so they are looked for before anything runs. */
const wordProblems = ({ text, sourceMap }: RulesBundle): LoadProblem[] =>
  text.split('\n').flatMap((line, i) => {
    const found = OF_LANGUAGE.exec(line);
    if (found === null) return [];
    const [, name = ''] = found;
    const words = `${name} follows the language of the machine: compareTexts of dragoman/rules compares alike everywhere`;
    const fix = name === 'localeCompare' ? 'Write compareTexts(a, b).' : 'Write the text without it.';
    return [notLoadable({ text: words, fix, place: placeOfLine(sourceMap, i + 1, found.index + 1) })];
  });

const OF_LANGUAGE = /(?:\.|\[\s*["'`])(toLocale\w+|localeCompare)\b/;

/** Without types a rule set may be made of anything. */
function checked(ruleSet: RuleSet): RuleProblem[] {
  try {
    return checkRuleSet(ruleSet);
  } catch (error) {
    const words = isError(error) ? `${error.name}: ${error.message}` : 'what is no error';
    const text = `cannot be looked at (${words}): a part of it was not made by aggregate, table, contract, publish or their methods`;
    const place = { file: ENTRY, line: 1, column: 1 };
    const fix = 'Make each part of the rule set with the functions of dragoman/rules.';
    throw new RulesProblems([{ ...notLoadable({ text, fix, place }), where: 'rule set' }]);
  }
}

/** As it is kept beside what was decided. */
function zipped(text: string): string {
  const bytes = gzipSync(text);
  if (bytes.length <= BUNDLE_BYTES_MAX) return bytes.toString('base64');
  const words =
    `zipped they have ${bytesText(bytes.length)} bytes, and at most ${bytesText(BUNDLE_BYTES_MAX)} are kept beside what they decide: ` +
    'take out what is no rule, such as lists of values, and declare it as a lookup table';
  const fix = 'Declare what is a list of values as a lookup table: docs/rules-keys-and-lookups.md.';
  throw new RulesProblems([{ code: 'RULES_TOO_LARGE', text: words, fix, where: 'rules', place: null }]);
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

/**
 * Rules out of what is kept of them beside what they decided.
 * @throws DragomanError STATE_DAMAGED when it is not what has that digest; RULES_INVALID when they do not hold together by this version.
 */
export function keptRules(bundle: string, digest: string): CompiledRules {
  const text = unzippedRules(bundle, digest);
  if (text === null)
    throw new DragomanError('STATE_DAMAGED', `What is stored as the rules ${digest} has not that digest.`, {
      details: { digest },
    });
  try {
    return compileRuleSet(run({ text, sourceMap: NO_SOURCE }, new Declarations()));
  } catch (error) {
    throw error instanceof RulesProblems ? invalidRules(`~rules:${digest}`, error.problems) : error;
  }
}

/** Files are not kept. */
const NO_SOURCE = new SourceMap({
  file: '',
  version: 3,
  sources: [],
  sourcesContent: [],
  names: [],
  mappings: '',
  sourceRoot: '',
});

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, DIGEST_LENGTH);

const LOAD_MS_MAX = 5_000;

const watch = ruleWatch(LOAD_MS_MAX, (forMs) => {
  const text = `they were broken off: to load them took more than ${forMs / 1_000} s`;
  const fix = 'Look for a loop that does not end in what runs outside of functions.';
  return new RulesProblems([notLoadable({ text, fix, place: null })]);
});

function run({ text, sourceMap }: Pick<RulesBundle, 'text' | 'sourceMap'>, { dsl }: Declarations): RuleSet {
  const module: { exports: { default?: unknown } } = { exports: {} };
  const provide = (name: string): unknown => {
    if (name === DSL) return dsl;
    if (name === ZOD) return zod;
    throw new TypeError(`rules import dragoman/rules, zod and each other, not "${name}"`);
  };
  try {
    watch(() => callInRealm(text, { require: provide, module, exports: module.exports }));
  } catch (error) {
    if (error instanceof RulesProblems) throw error;
    const words = isError(error) ? `${error.name}: ${error.message}` : 'something that is not an error';
    const fix = 'Rules only declare when they load: what is thrown here stops every pipeline that has them.';
    throw new RulesProblems([notLoadable({ text: `throws ${words}`, fix, place: placeOfThrow(error, sourceMap) })]);
  }
  const ruleSet = module.exports.default;
  if (isRuleSet(ruleSet)) return ruleSet;
  const words = 'its default export is not a rule set: export default ruleSet({ aggregates, facts, publications })';
  const fix = `Let ${ENTRY} end with export default ruleSet({ aggregates: [...], facts: [...], publications: [...] }).`;
  throw new RulesProblems([notLoadable({ text: words, fix, place: { file: ENTRY, line: 1, column: 1 } })]);
}

function isRuleSet(value: unknown): value is RuleSet {
  if (typeof value !== 'object' || value === null) return false;
  const { aggregates, facts, publications, ...more } = value as Record<string, unknown>;
  const { interventions = [], origins = [], corrections = [] } = more;
  return [aggregates, facts, publications, interventions, origins, corrections].every(Array.isArray);
}
