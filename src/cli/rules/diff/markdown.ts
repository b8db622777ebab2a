/** A comparison of rules as Markdown for a pull request: counts first, what is behind them folded away. Pure. */
import { type ContractDiff, type Counts, KINDS } from './compare.js';
import { coverageLines } from './covered/coverage.js';
import { contextLines, sampleWords } from './report.js';
import { isDifferent, pinnedWords, type RulesDiff } from './rules-diff.js';

export function markdownLines(diff: RulesDiff): string[] {
  const { from, to, records, contracts, parked, redacted, coverage } = diff;
  const changed = contracts.filter(({ differences }) => differences.length > 0);
  const gaps = coverageLines(coverage);
  return [
    `### Rules: ${code(from.name)} to ${code(to.name)}`,
    '',
    `${records} records give ${from.events} events with ${code(from.digest)}, ${to.events} with ${code(to.digest)}. ` +
      (isDifferent(diff) ? `Parked: ${from.parked}, then ${to.parked}.` : 'No event differs.'),
    ...pinnedWords(diff).flatMap((line) => ['', plain(`${line}.`)]),
    ...(changed.length === 0 ? [] : ['', ...countTable(changed)]),
    ...changed.flatMap(details),
    ...(parked.length === 0
      ? []
      : folded(
          'Parked',
          parked.map(({ kind, code: reason, text, count, samples }) => {
            const who = samples.map(plain).join(', ');
            return `- ${count} ${kind}: ${code(reason)}: ${plain(text)} (${who})`;
          }),
        )),
    ...(redacted.length === 0
      ? []
      : folded(
          'Asked for, and not in the recording',
          redacted.map((text) => `- ${plain(text)}`),
        )),
    ...(gaps.length === 0
      ? []
      : folded(
          `What the recording does not cover: ${gaps.length}`,
          gaps.map((line) => `- ${plain(line)}`),
        )),
  ];
}

const countTable = (contracts: readonly ContractDiff[]): string[] => [
  `| Event | Before | Now | ${KINDS.map((kind) => kind.replace(/^./, (first) => first.toUpperCase())).join(' | ')} |`,
  `| --- | --: | --: | ${KINDS.map(() => '--:').join(' | ')} |`,
  ...contracts.map(({ contract, from, to, counts }) => `| ${plain(contract)} | ${from} | ${to} | ${cells(counts)} |`),
];

const cells = (counts: Counts): string => KINDS.map((kind) => (counts[kind] === 0 ? '' : counts[kind])).join(' | ');

const details = ({ contract, context, differences }: ContractDiff): string[] =>
  folded(plain(contract), [
    ...differences.flatMap((difference) => [
      `- **${difference.count} ${difference.kind}**: ${plain(difference.reason)}`,
      ...difference.samples.map((sample) => `  - ${plain(sampleWords(difference, sample))}`),
    ]),
    ...contextLines(context).map((line) => `- ${plain(line)}`),
  ]);

const folded = (summary: string, lines: readonly string[]): string[] => [
  ...['', '<details>', `<summary>${summary}</summary>`, ''],
  ...lines,
  ...['', '</details>'],
];

/** Texts of rules and rows, which may have any character in them. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<#|&~]/g, '\\$&').replace(/\s+/g, ' ');

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;
