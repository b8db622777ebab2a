/** Changes of contracts in words: as lines, and as Markdown for a pull request. Pure. */
import { CHANGE_CODES } from '../../../contracts/compatibility/codes.js';
import type { Verdict } from '../../../contracts/compatibility/gate.js';
import { changeText, whoText } from '../../../contracts/compatibility/verdict-words.js';
import { codeText as code, escaped as plain } from '../../../contracts/documents/markdown.js';

export interface Sides {
  readonly from: string;
  readonly to: string;
}

const NOBODY = { breaks: [], untouched: [] };

const byContract = (changes: readonly Verdict[]): [string, Verdict[]][] => {
  const contracts = new Map<string, Verdict[]>();
  for (const change of changes) contracts.set(change.contract, [...(contracts.get(change.contract) ?? []), change]);
  return [...contracts];
};

export const diffLines = (changes: readonly Verdict[]): string[] =>
  byContract(changes).flatMap(([contract, all]) => [
    contract,
    ...all.flatMap((change) => {
      const who = whoText(change, NOBODY);
      return [
        `  ${changeText(change)} [${change.code}]`,
        ...(who === null ? [] : [`      ${who}`]),
        ...(change.weight === 'fine' ? [] : [`      -> ${CHANGE_CODES[change.code].instead}`]),
      ];
    }),
  ]);

export function diffMarkdown(changes: readonly Verdict[], { from, to }: Sides): string[] {
  const breaks = changes.filter(({ breaks: broken }) => broken.length > 0).length;
  return [
    `### Contracts: ${code(from)} to ${code(to)}`,
    '',
    changes.length === 0
      ? 'They promise the same.'
      : `${changes.length} changes, of which ${breaks === 0 ? 'none breaks a consumer' : `${breaks} break consumers`}.`,
    ...byContract(changes).flatMap(([contract, all]) => [
      ...['', `**${plain(contract)}**`, ''],
      ...all.map((change) => {
        const who = whoText(change, NOBODY);
        const [mark, more] =
          who === null ? ['', ''] : ['**breaks** ', `: ${plain(who)}. ${plain(CHANGE_CODES[change.code].instead)}`];
        return `- ${mark}${plain(changeText(change))} (${code(change.code)})${more}`;
      }),
    ]),
  ];
}
