/**
 * What a schema cannot say of a contract: whether it names facts, in words of the business, with all that a consumer may expect. Each finding can
 * be waived in the contract, with a reason. Pure.
 */
import type { PublishedContract } from '../published.js';
import { waiverOf } from '../waiver.js';
import { endProblems } from './ending.js';
import { legacyProblems } from './legacy-words.js';
import { type Ground, type LintProblem, LINTS } from './problem.js';
import { proseProblems } from './prose.js';
import { wireProblems } from './wire.js';

export interface Linted extends LintProblem {
  readonly fix: string;
  /** Why it does not count; null: it does. */
  readonly waived: string | null;
}

const RULES = [proseProblems, legacyProblems, wireProblems, endProblems];

export const lintContract = (contract: PublishedContract, ground: Ground): Linted[] =>
  RULES.flatMap((rule) => rule(contract, ground)).map((found) => ({
    ...found,
    fix: LINTS[found.code],
    waived: waiverOf(contract, found),
  }));
