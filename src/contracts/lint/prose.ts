/** A promise is in words: an event says what happened, and each part of the promise something of its own. Pure. */
import { CHANGE_NAME } from '../../rules/named.js';
import type { PublishedContract } from '../published.js';
import type { Ground, LintProblem } from './problem.js';

const PROSE = ['meaning', 'certainty', 'notSentWhen'] as const;

export const proseProblems = (contract: PublishedContract, { contracts }: Ground): LintProblem[] => [
  ...nameProblems(contract),
  ...missing(contract),
  ...same(contract),
  ...copied(contract, contracts),
];

const nameProblems = ({ name }: PublishedContract): LintProblem[] =>
  CHANGE_NAME.fits(name) ? [{ code: 'NAME_SAYS_NOTHING', path: '', text: `${name} ${CHANGE_NAME.says}` }] : [];

const missing = (contract: PublishedContract): LintProblem[] =>
  ([...PROSE, 'owner'] as const)
    .filter((word) => contract[word].trim() === '')
    .map((word) => ({ code: 'PROSE_MISSING', path: word, text: `${word} is empty` }));

function same(contract: PublishedContract): LintProblem[] {
  return PROSE.flatMap((word, index) => {
    const other = PROSE.slice(0, index).find((each) => isAlike(contract[each], contract[word]));
    return other === undefined ? [] : [{ code: 'PROSE_SAME', path: word, text: `${word} says the same as ${other}` }];
  });
}

/** Majors of one event may mean the same. */
function copied(contract: PublishedContract, contracts: readonly PublishedContract[]): LintProblem[] {
  const other = contracts.find(({ name, meaning }) => name !== contract.name && isAlike(meaning, contract.meaning));
  return other === undefined
    ? []
    : [{ code: 'PROSE_SAME', path: 'meaning', text: `it means the same as ${other.name}, in the same words` }];
}

const isAlike = (a: string, b: string): boolean => plain(a) !== '' && plain(a) === plain(b);
const plain = (words: string): string =>
  words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
