/** What is wrong with a folder of rules, with places in its files. */
import { DragomanError } from '../../errors.js';

export interface Place {
  /** Relative to the folder of the rules. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export interface LoadProblem {
  readonly code: string;
  /** What is wrong, and why that matters. */
  readonly text: string;
  /** What to do. */
  readonly fix: string;
  /** What it is about, in words. */
  readonly where: string;
  /** Null: it is about all rules, or nobody knows. */
  readonly place: Place | null;
}

/** All that was found; for whoever loads rules and needs them, {@link invalidRules} makes an error of it. */
export class RulesProblems extends Error {
  override readonly name = 'RulesProblems';
  readonly problems: readonly LoadProblem[];
  constructor(problems: readonly LoadProblem[]) {
    super('the rules do not load');
    this.problems = problems;
  }
}

export const notLoadable = (found: Pick<LoadProblem, 'text' | 'fix' | 'place'>): LoadProblem => ({
  code: 'NOT_LOADABLE',
  where: 'rules',
  ...found,
});

export const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

export function invalidRules(root: string, problems: readonly LoadProblem[]): DragomanError {
  const lines = problems.map(
    ({ code, text, where, place }) => `  ${place === null ? '' : `${placeText(place)}: `}${where}: ${text} [${code}]`,
  );
  return new DragomanError('RULES_INVALID', `The rules in ${root} do not load:\n${lines.join('\n')}`, {
    details: { problems },
  });
}
