/**
 * The border to the functions of rule authors: what they throw, and answers of a wrong kind, become refusals that park the
 * aggregate. Nothing that user code does leaves here as another exception: what it throws may itself throw when it is looked at.
 * Texts name the rule and the engine's complaint, never the value of a personal or secret column.
 */
import type { Refusal } from '../domain/refusal.js';
import { isError, Misused, NotPure } from '../rules/error.js';
import { Absent, NotKnown, TableNotKnown, type Condition } from '../rules/fact.js';
import { NotPlain, settleQuietly } from './plain.js';

/** Nothing of the change set is applied; caught in `translate`, where it parks the aggregate. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;
  constructor(code: Refusal['code'], text: string) {
    super(text);
    this.refusal = { code, text };
  }
}

/** How long all rules about one change, or about one draft, may take. Well below the time after which the group forgets a member. */
export const RULE_MS_MAX = 5_000;

/** What was asked for the last time: of rules that were broken off it tells which one it was. */
let asking = '';

/**
 * Rules ran for too long and were broken off, wherever they were: whatever was under way is half done. Whoever gave them the time decides
 * what becomes of it.
 */
export class RuleTooSlow extends Error {
  override readonly name = 'RuleTooSlow';
  readonly refusal: Refusal;
  constructor(afterMs: number) {
    const text =
      `The ${asking} was broken off: together with what was asked before it for this change, it took more than ${afterMs / 1_000} s, and the ` +
      'process can do nothing else meanwhile. Look for a loop that does not end, or an expression that takes very long for what it was given. ' +
      'Correct the rule, then parked retry.';
    super(text);
    this.refusal = { code: 'RULE_TOO_SLOW', text };
  }
}

export interface Answers {
  readonly unmet: readonly string[];
  readonly unknown: readonly string[];
}

const ALL_HOLD: Answers = { unmet: [], unknown: [] };

/** Conditions of a milestone look at an aggregate, which has its lookup tables in it, those of a row fact at a row and at these, those of a transition at two states of an aggregate. */
type Asked<Input, Beside> = readonly Condition<[Input, Beside]>[];

/** Which conditions do not hold; both lists are empty when all do. @throws Refused RULE_THREW */
export function askConditions<Input, Beside>(
  fact: string,
  conditions: Asked<Input, Beside>,
  input: Input,
  beside: Beside,
): Answers {
  let unmet: string[] | null = null;
  let unknown: string[] | null = null;
  for (const { name, holds } of conditions) {
    const answer = askCondition(fact, name, holds, input, beside);
    if (answer === 'unknown' || answer === 'absent') (unknown ??= []).push(name);
    else if (!answer) (unmet ??= []).push(name);
  }
  return unmet === null && unknown === null ? ALL_HOLD : { unmet: unmet ?? [], unknown: unknown ?? [] };
}

/** Whether all conditions hold: one that does not, or needs what is not there, decides; one that is unknown leaves it open. @throws Refused RULE_THREW */
export function allHold<Input, Beside>(
  fact: string,
  conditions: Asked<Input, Beside>,
  input: Input,
  beside: Beside,
): boolean | 'unknown' {
  let all: true | 'unknown' = true;
  for (const { name, holds } of conditions) {
    const answer = askCondition(fact, name, holds, input, beside);
    if (answer === false || answer === 'absent') return false;
    if (answer === 'unknown') all = answer;
  }
  return all;
}

/**
 * Runs a function of the rules, and makes of its answer what is needed: getters and proxies in it are code of the rules too.
 * @param use throws NotPlain, or Refused, when the answer does not do.
 * @throws Refused RULE_THREW, or what `use` refuses. @throws TableNotKnown
 */
export function askRule<T>(what: string, rule: () => unknown, use: (answer: unknown) => T): T {
  asking = what;
  try {
    const answer = rule();
    settleQuietly(answer);
    return use(answer);
  } catch (error) {
    if (is(Refused, error) || is(TableNotKnown, error)) throw error;
    if (is(NotPlain, error)) throw new Refused('RULE_THREW', `The ${what} gave ${error.message}. ${PLAIN_ONLY}`);
    throw threw(what, error);
  }
}

const PLAIN_ONLY =
  'What rules give is plain JSON: texts, finite numbers, true, false, null, arrays and records. Correct the rule, then parked retry.';

function askCondition<Input, Beside>(
  fact: string,
  name: string,
  holds: (input: Input, beside: Beside) => boolean,
  input: Input,
  beside: Beside,
) {
  const what = `condition "${name}" of ${fact}`;
  let answer: unknown;
  asking = what;
  try {
    answer = holds(input, beside);
  } catch (error) {
    if (is(NotKnown, error)) return is(Absent, error) ? 'absent' : 'unknown';
    if (is(Refused, error)) throw error;
    throw threw(what, error);
  }
  if (typeof answer === 'boolean') return answer;
  return askRule(
    what,
    () => answer,
    (given): never => {
      throw new Refused('RULE_THREW', `The ${what} gave ${typeof given}, not true or false.`);
    },
  );
}

/** Asking a proxy may throw. */
function is<T>(type: abstract new (...args: never[]) => T, error: unknown): error is T {
  try {
    return error instanceof type;
  } catch {
    return false;
  }
}

/** The engine's words about names in the program; those of the DSL and of the realm are as safe. Its other words, and what a rule throws itself, may hold row values. */
const COMPLAINT =
  /^(Cannot read properties of (undefined|null) \(reading '[\w$]{1,60}'\)|[\w$.()]{1,120} is not (a function|defined|iterable))$/;
const SAFE = [NotKnown, NotPure, Misused];
const NAME = /^[\w$]{1,60}$/;
const WORDS_CHARS_MAX = 300;

const threw = (what: string, error: unknown): Refused =>
  new Refused(
    'RULE_THREW',
    `The ${what} threw ${errorWords(error)}. ${is(NotKnown, error) ? UNTIL_KNOWN : 'Correct the rule'}, then parked retry.`,
  );

const UNTIL_KNOWN = 'Let it become known (a snapshot of its table tells rows), or let the rule do without it';

/** What was thrown, which may be anything, in a few words without row values. Never throws. */
export function errorWords(error: unknown): string {
  try {
    if (!isError(error)) return error === null ? 'null' : typeof error;
    const { name, message } = error as { readonly name: unknown; readonly message: unknown };
    const shown = typeof name === 'string' && NAME.test(name) ? name : 'an error';
    if (typeof message !== 'string') return shown;
    const isShown = SAFE.some((type) => is(type, error)) || COMPLAINT.test(message);
    return isShown ? `${shown}: ${message.slice(0, WORDS_CHARS_MAX)}` : shown;
  } catch {
    return 'something that cannot be looked at';
  }
}
