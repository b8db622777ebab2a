/**
 * Rules that answer everything three times: twice one after the other, and once in a realm where nothing was asked before, as after a restart.
 * What depends on the rows alone is the same each time; what differs depends on what a rule remembered. Pure, but for what `doubt` does.
 */
import type { RuleSet } from '../rules/rule-set.js';
import { errorWords } from '../translate/ask.js';
import { type AboutRule, type Asked, withRules } from './with-rules.js';

/** A function of the rules that gave different answers about the same rows. */
export interface Doubt extends AboutRule {
  /** Answers as texts. */
  readonly first: string;
  readonly other: string;
}

/** What a rule remembers is another thing in another process, and gone after a restart. */
export const doubtText = ({ what, first, other }: Doubt): string =>
  `The ${what} gave ${first} and then ${other} for the same rows: it remembers something from one question to the next. After a restart, or in ` +
  'another process, the same rows would give another event. Take it from the rows alone.';

export interface Twins {
  readonly rules: RuleSet;
  /** The same rules in a realm where less was asked. */
  readonly fresh: () => RuleSet;
  readonly doubt: (found: Doubt) => void;
}

/** The rule set, whose answers are the first of the three. */
export const twinned = (twins: Twins): RuleSet =>
  withRules(twins.rules, (about, rule, inOther) => tripled(about, rule, inOther, twins));

function tripled<F extends Asked>(
  about: AboutRule,
  rule: F,
  inOther: (rules: RuleSet) => Asked | undefined,
  { fresh, doubt }: Twins,
): F {
  return ((...given: never[]) => {
    const first = answerOf(() => rule(...given));
    const text = textOf(first);
    for (const again of [() => rule(...given), () => inOther(fresh())?.(...given)]) {
      const other = textOf(answerOf(again));
      if (other === text) continue;
      doubt({ ...about, first: text, other });
      break;
    }
    if ('thrown' in first) throw first.thrown;
    return first.given;
  }) as F;
}

type Answer = { readonly given: unknown } | { readonly thrown: unknown };

function answerOf(ask: () => unknown): Answer {
  try {
    return { given: ask() };
  } catch (thrown) {
    return { thrown };
  }
}

/** What is no plain JSON is refused where it is used; here it is one text, whatever it is. */
function textOf(answer: Answer): string {
  if ('thrown' in answer) return `throws ${errorWords(answer.thrown)}`;
  try {
    const { given } = answer;
    return typeof given === 'object' && given !== null ? JSON.stringify(given) : String(given);
  } catch {
    return 'what is not JSON';
  }
}
