/** The fields of an event as its contract has them: what it does not declare is left out, and what does not fit is said by what was expected. */
import type { ContractDefinition } from '../../rules/contract.js';
import type { JsonObject } from '../../rules/fact.js';
import { askRule, Refused } from '../ask.js';
import { pathText, plainObject } from '../plain.js';

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
        `${fact} does not fit the contract ${label}: ${issueWords(parsed.error)}.`,
      );
    },
  );
}

const ISSUES_SHOWN = 10;

type Issue = NonNullable<ReturnType<ContractDefinition['data']['safeParse']>['error']>['issues'][number];

/** Words of the schema, and none of the value: zod's own, and an author's, may have it in them. */
function issueWords({ issues }: { readonly issues: readonly Issue[] }): string {
  const shown = issues
    .slice(0, ISSUES_SHOWN)
    .map((issue) => `${pathText(issue.path)}: ${issue.code}${expectedBy(issue)}`);
  return [...shown, ...(issues.length > ISSUES_SHOWN ? [`${issues.length - ISSUES_SHOWN} more`] : [])].join('; ');
}

const EXPECTED_CHARS_MAX = 200;

function expectedBy(issue: Issue): string {
  const expected = expectation(issue);
  return expected === null ? '' : `, expected ${expected.slice(0, EXPECTED_CHARS_MAX)}`;
}

function expectation(issue: Issue): string | null {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_format':
      return issue.format === 'regex' ? String(issue.pattern) : issue.format;
    case 'invalid_value':
      return issue.values.map(String).join(', ');
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return null;
  }
}
