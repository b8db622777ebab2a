/** A comparison of rules as text for people and as JSON. Pure. */
import { type ContractDiff, type Counts, type Difference, KINDS, type Sample } from './compare.js';
import type { FieldDifference } from './fields.js';
import { coverageLines, gapOf } from './covered/coverage.js';
import { COLUMN_REDACTED } from '../redacted-reads.js';
import { pinnedWords, type RulesDiff } from './rules-diff.js';

export function diffLines(diff: RulesDiff): string[] {
  const changed = diff.contracts.filter(({ differences }) => differences.length > 0);
  return [
    ...changed.flatMap((contract) => contractLines(contract)),
    ...diff.parked.flatMap(({ kind, code, text, count, samples }) => [
      `parked: ${count} ${kind}: ${code}: ${text}`,
      `    ${samples.join(', ')}`,
    ]),
    ...pinnedWords(diff),
    ...diff.redacted.map((text) => `${COLUMN_REDACTED}: ${text}`),
    ...coverageLines(diff.coverage).map((line) => `not covered: ${line}`),
  ];
}

function contractLines({ contract, from, to, counts, context, differences }: ContractDiff): string[] {
  return [
    `${contract}: ${from} before, ${to} now: ${countWords(counts)}`,
    ...contextLines(context).map((line) => `  ${line}`),
    ...differences.flatMap((difference) => [
      `  ${difference.count} ${difference.kind}: ${difference.reason}`,
      ...difference.samples.map((sample) => `    ${sampleWords(difference, sample)}`),
    ]),
  ];
}

const VALUES_MAX = 10;

/** One line for each name of the author's context: where most differs first. */
export const contextLines = (context: ContractDiff['context']): string[] =>
  Object.entries(context).map(([name, values]) => {
    const sum = (counts: Counts): number => KINDS.reduce((all, kind) => all + counts[kind], 0);
    const inOrder = Object.entries(values).sort(([, a], [, b]) => sum(b) - sum(a));
    const shown = inOrder.slice(0, VALUES_MAX).map(([value, counts]) => `${value} ${countWords(counts)}`);
    const more = inOrder.length > VALUES_MAX ? [`and ${inOrder.length - VALUES_MAX} more`] : [];
    return `by ${name}: ${[...shown, ...more].join('; ')}`;
  });

const countWords = (counts: Counts): string =>
  KINDS.filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${kind}`)
    .join(', ');

/** Places of one field in one event. */
const FIELDS_MAX = 3;

/** Which aggregate, and what became of it. */
export function sampleWords({ kind, reason }: Pick<Difference, 'kind' | 'reason'>, sample: Sample): string {
  const { aggregate, from, to } = sample;
  if (kind === 'changed') {
    const shown = sample.fields.filter(({ field }) => field === reason);
    const more = shown.length > FIELDS_MAX ? [`and ${shown.length - FIELDS_MAX} more`] : [];
    return `${aggregate}: ${[...shown.slice(0, FIELDS_MAX).map(fieldWords), ...more].join(', ')}`;
  }
  const [one] = [to, from].filter((telling) => telling !== null);
  if (kind !== 'retimed') return `${aggregate} at ${one?.occurredAt ?? ''}, ${one?.transaction ?? ''}`;
  return `${aggregate}: ${from?.occurredAt ?? ''}, ${from?.transaction ?? ''} -> ${to?.occurredAt ?? ''}, ${to?.transaction ?? ''}`;
}

const fieldWords = (difference: FieldDifference): string =>
  'from' in difference
    ? `${difference.path} ${valueText(difference.from)} -> ${valueText(difference.to)}`
    : `${difference.path} (its order has personal or secret columns: --values shows what differs)`;

const VALUE_LENGTH_MAX = 60;

function valueText(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}...` : text;
}

export const diffJson = (diff: RulesDiff): object => ({
  schema: 'dragoman.cli/rules-diff@1',
  ...diff,
  coverage: {
    ...diff.coverage,
    conditions: diff.coverage.conditions.map((seen) => ({ ...seen, gap: gapOf(seen) })),
  },
});
