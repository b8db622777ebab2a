/**
 * Rules that ask for what a recording does not have, because it was taken out. To them such a column is unknown, so nothing is decided on it;
 * that they asked is said, with what it was.
 */
import { isError } from '../../rules/error.js';
import type { RuleSet } from '../../rules/rule-set.js';
import { withRules } from '../../testing/with-rules.js';

export interface RedactedRead {
  readonly column: string;
  readonly table: string;
  /** `condition "..." of OrderPlaced`, with what it belongs to. */
  readonly what: string;
  readonly declared: object;
}

export const COLUMN_REDACTED = 'COLUMN_REDACTED';

export const redactedText = ({ column, table }: RedactedRead): string =>
  `reads ${column} of ${table}, which is redacted in this recording: to the rule it is unknown, so nothing was decided on it, and what would be in ` +
  'production is not shown here';

export const redactedWords = (read: RedactedRead): string => `the ${read.what} ${redactedText(read)}`;

export const REDACTED_FIX =
  'Try this rule by a test with made-up rows, or record again without taking that class out: dragoman record --redact (docs/recordings.md).';

export class RedactedReads {
  readonly #redacted: ReadonlyMap<string, readonly string[]>;
  readonly #found = new Map<string, RedactedRead>();

  /** @param redacted columns by table, as the recording says. */
  constructor(redacted: ReadonlyMap<string, readonly string[]>) {
    this.#redacted = redacted;
  }

  /** Each function and column once. */
  get found(): readonly RedactedRead[] {
    return [...this.#found.values()];
  }

  /** The same rules, overheard. */
  readonly watch = (rules: RuleSet): RuleSet => {
    if (this.#redacted.size === 0) return rules;
    return withRules(
      rules,
      (about, rule) =>
        ((...given: never[]) => {
          try {
            return rule(...given);
          } catch (error) {
            this.#look(error, about);
            throw error;
          }
        }) as typeof rule,
    );
  };

  /** What the row of a rule says when a column is asked for that never came. */
  #look(error: unknown, about: Pick<RedactedRead, 'what' | 'declared'>): void {
    const words = isError(error) ? (error as { readonly message: unknown }).message : null;
    const [, column = '', table = ''] = typeof words === 'string' ? (NOT_KNOWN.exec(words) ?? []) : [];
    if (this.#redacted.get(table)?.includes(column) !== true) return;
    this.#found.set(`${about.what} ${table} ${column}`, { ...about, column, table });
  }
}

const NOT_KNOWN = /^column (.+) of (\S+) is not known: /;
