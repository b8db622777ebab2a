/**
 * The border to the functions of rule authors: what they throw, and answers of a wrong kind, become refusals that park the
 * aggregate. Texts name the rule and the engine's complaint, never the value of a personal or secret column.
 */
import type { Refusal } from '../domain/refusal.js';
import { isError } from '../rules/error.js';
import { NotKnown, type Condition, type LookupViews } from '../rules/fact.js';

/** Nothing of the change set is applied; caught in `translate`, where it parks the aggregate. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;
  constructor(code: Refusal['code'], text: string) {
    super(text);
    this.refusal = { code, text };
  }
}

export interface Answers {
  readonly unmet: readonly string[];
  readonly unknown: readonly string[];
}

const ALL_HOLD: Answers = { unmet: [], unknown: [] };

/** Conditions of a milestone look at an aggregate (and are given its lookup tables with it), those of a row fact at both. */
type Asked<Input> = readonly Condition<[Input, LookupViews]>[];

/** Which conditions do not hold; both lists are empty when all do. @throws Refused RULE_THREW */
export function askConditions<Input>(
  fact: string,
  conditions: Asked<Input>,
  input: Input,
  lookups: LookupViews,
): Answers {
  let unmet: string[] | null = null;
  let unknown: string[] | null = null;
  for (const { name, holds } of conditions) {
    const answer = askCondition(fact, name, holds, input, lookups);
    if (answer === 'unknown') (unknown ??= []).push(name);
    else if (!answer) (unmet ??= []).push(name);
  }
  return unmet === null && unknown === null ? ALL_HOLD : { unmet: unmet ?? [], unknown: unknown ?? [] };
}

/** Whether all conditions hold; asks no more than it needs. @throws Refused RULE_THREW */
export const allHold = <Input>(fact: string, conditions: Asked<Input>, input: Input, lookups: LookupViews): boolean =>
  conditions.every(({ name, holds }) => askCondition(fact, name, holds, input, lookups) === true);

/** Runs a mapping function of the rules. @throws Refused RULE_THREW */
export function askRule<T>(what: string, rule: () => T): T {
  try {
    return rule();
  } catch (error) {
    throw threw(what, error);
  }
}

function askCondition<Input>(
  fact: string,
  name: string,
  holds: (input: Input, lookups: LookupViews) => boolean,
  input: Input,
  lookups: LookupViews,
) {
  let answer: unknown;
  try {
    answer = holds(input, lookups);
  } catch (error) {
    if (error instanceof NotKnown) return 'unknown';
    throw threw(`condition "${name}" of ${fact}`, error);
  }
  if (typeof answer === 'boolean') return answer;
  throw new Refused('RULE_THREW', `The condition "${name}" of ${fact} gave ${typeof answer}, not true or false.`);
}

/** The engine's words about names in the program; those of the DSL are as safe. Its other words, and what a rule throws itself, may hold row values. */
const COMPLAINT =
  /^(Cannot read properties of (undefined|null) \(reading '[\w$]{1,60}'\)|[\w$.()]{1,120} is not (a function|defined|iterable))$/;

function threw(what: string, error: unknown): Refused {
  const isSafe = error instanceof NotKnown || (isError(error) && COMPLAINT.test(error.message));
  const complaint = isSafe ? `: ${error.message}` : '';
  const name = isError(error) ? error.name : typeof error;
  return new Refused('RULE_THREW', `The ${what} threw ${name}${complaint}. Correct the rule, then parked retry.`);
}
