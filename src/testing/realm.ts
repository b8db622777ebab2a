/**
 * The rules of a test as production has them: loaded from their folder into a realm without clock, chance and machine, checked, and given up
 * when they do not end. The imported rule set only says which folder is meant. See decision 0027.
 */
import { AssertionError } from 'node:assert';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ruleWatch } from '../adapters/files/rule-watch.js';
import { ENTRY } from '../adapters/files/rules-bundle.js';
import { RulesFolder } from '../adapters/files/rules-loader.js';
import { invalidRules, placeText, RulesProblems } from '../adapters/files/rules-problems.js';
import { DragomanError } from '../errors.js';
import { compileRuleSet, type CompiledRules } from '../rules/compile.js';
import { callOf, type RuleSet } from '../rules/rule-set.js';
import { RULE_MS_MAX, RuleTooSlow } from '../translate/ask.js';
import { type Doubt, doubtText, twinned } from './twins.js';

export type Watch = <T>(run: () => T) => T;

/** One for each rule set that tests import: a changed file makes another one. */
const realms = new WeakMap<RuleSet, RulesRealm>();

/** @throws DragomanError RULES_INVALID as production would, or when it is no rule set of a folder. */
export function realmOf(rules: RuleSet): RulesRealm {
  const known = realms.get(rules) ?? new RulesRealm(folderOf(rules), rules);
  realms.set(rules, known);
  return known;
}

export class RulesRealm {
  readonly rules: CompiledRules;
  readonly watch: Watch = ruleWatch(RULE_MS_MAX, (forMs) => new RuleTooSlow(forMs));
  #fresh: RuleSet | null = null;
  #doubt: Doubt | null = null;

  constructor(dir: string, imported: RuleSet) {
    const folder = opened(dir);
    const fresh = (): RuleSet => (this.#fresh ??= folder.again());
    const doubt = (found: Doubt): void => void (this.#doubt ??= found);
    if (namesOf(folder.ruleSet) !== namesOf(imported)) throw strange(`it is another one than that of ${dir}/${ENTRY}`);
    this.rules = compileRuleSet(twinned({ rules: folder.ruleSet, fresh, doubt }));
    this.#placeOf = (declared) => placeText(folder.placeOf(declared));
  }

  readonly #placeOf: (declared: object) => string;

  /** One step of a scenario. @throws AssertionError when a rule gave different answers about the same rows. */
  step<T>(run: () => T): T {
    this.#fresh = null;
    this.#doubt = null;
    const done = run();
    const doubt = this.#doubt as Doubt | null;
    if (doubt === null) return done;
    throw new AssertionError({ message: `${this.#placeOf(doubt.declared)}: ${doubtText(doubt)}` });
  }
}

function opened(dir: string): RulesFolder {
  try {
    const folder = new RulesFolder(dir);
    if (folder.problems.length > 0) throw new RulesProblems(folder.problems);
    return folder;
  } catch (error) {
    throw error instanceof RulesProblems ? invalidRules(dir, error.problems) : error;
  }
}

const namesOf = ({ facts }: RuleSet): string => facts.map(({ name }) => name).join();

/** The folder whose `index.ts` called `ruleSet`. */
function folderOf(rules: RuleSet): string {
  const file = fileOf(callOf(rules) ?? '');
  if (file === null) throw strange('it was not made by ruleSet of dragoman/rules');
  if (basename(file) !== ENTRY) throw strange(`it was made in ${file}`);
  return dirname(file);
}

const strange = (why: string): DragomanError =>
  new DragomanError(
    'RULES_INVALID',
    `given() runs rules as production does, from a folder whose ${ENTRY} exports a rule set as its default. This rule set is none of that ` +
      `kind: ${why}. Put the rules of the test into a folder of their own, with export default ruleSet({ ... }) in its ${ENTRY}, and import that.`,
  );

/** The file of the second frame: the first is `ruleSet` itself. Paths and file addresses, with what a test runner puts behind them. */
function fileOf(stack: string): string | null {
  const frames = stack.split('\n').filter((line) => /^\s*at /.test(line));
  const where = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:[\\/]).*?)(?:\?[^:]*)?:\d+:\d+\)?$/.exec(
    frames[1] ?? '',
  )?.[1];
  if (where === undefined) return null;
  return where.startsWith('file://') ? fileURLToPath(where) : where;
}
