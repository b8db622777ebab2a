/** What is wrong with a value, for people and never with the value itself. */
import type { z } from 'zod';
import { pathText } from '../../domain/words/path-text.js';

const ISSUES_SHOWN = 10;

export type Issue = z.core.$ZodIssue;

/** Words of the schema, and none of the value: zod's own, and an author's, may have it in them. */
export function issueWords(issues: readonly Issue[]): string {
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
