/** The end of a contract: a day until which it comes. Pure. */
import type { PublishedContract } from '../published.js';
import type { Ground, LintProblem } from './problem.js';

export function endProblems({ sunset, stability }: PublishedContract, { today }: Ground): LintProblem[] {
  if (sunset === null)
    return stability === 'deprecated'
      ? [{ code: 'SUNSET_MISSING', path: 'sunset', text: 'it is deprecated, and nobody knows until when it comes' }]
      : [];
  return sunset <= today
    ? [{ code: 'SUNSET_PAST', path: 'sunset', text: `its sunset was ${sunset}, and it is published still` }]
    : [];
}
