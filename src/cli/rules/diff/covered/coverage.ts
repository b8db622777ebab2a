/** What a recording is evidence for, and what it says nothing about. Pure. */
import type { UnseenCodes } from './codes.js';
import type { ConditionSeen } from './conditions.js';

export interface Coverage {
  readonly conditions: readonly ConditionSeen[];
  /** Facts that did not happen once. */
  readonly silentFacts: readonly string[];
  readonly unseenCodes: readonly UnseenCodes[];
}

/** What a recording says nothing about, in words; null: it has both. */
export function gapOf({ held, failed, unknown }: ConditionSeen): string | null {
  if (held + failed + unknown === 0) return 'was never asked';
  if (held === 0) return failed === 0 ? 'was never known' : 'was never true';
  return failed === 0 ? 'was never false' : null;
}

/** What the recording says nothing about. */
export function coverageLines({ conditions, silentFacts, unseenCodes }: Coverage): string[] {
  return [
    ...silentFacts.map((fact) => `${fact} did not happen once`),
    ...conditions.flatMap((seen) => {
      const gap = gapOf(seen);
      return gap === null ? [] : [`${seen.fact}: "${seen.condition}" ${gap}`];
    }),
    ...unseenCodes.map(({ table, column, codes }) => `${table}.${column}: ${codes.join(', ')} never came`),
  ];
}
