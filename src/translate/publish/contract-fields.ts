/** The fields of an event as its contract has them: what it does not declare is left out, and what does not fit is said by what was expected. */
import type { ContractDefinition } from '../../rules/contract.js';
import type { JsonObject } from '../../rules/fact.js';
import { issueWords } from '../../rules/values/issue-words.js';
import { askRule, Refused } from '../ask.js';
import { plainObject } from '../plain.js';

/** Refinements and transforms of a contract are functions of its author. @throws Refused CONTRACT_VIOLATED, RULE_THREW */
export function fieldsIn(mapped: unknown, { name, majorVersion, data }: ContractDefinition, fact: string): JsonObject {
  const label = `${name} v${majorVersion}`;
  return askRule(
    `contract ${label}`,
    () => data.safeParse(mapped),
    (answer) => {
      const parsed = answer as ReturnType<typeof data.safeParse>;
      if (parsed.success) return plainObject(parsed.data);
      throw new Refused(
        'CONTRACT_VIOLATED',
        `${fact} does not fit the contract ${label}: ${issueWords(parsed.error.issues)}.`,
      );
    },
  );
}
