/** What can be wrong with interventions: whether they can be understood, and could ever be met. Pure. */
import type { OneOf } from '../../../domain/source/annotation.js';
import { instantMs } from '../../values/instant.js';
import type { Having, InterventionDefinition, Scalar } from '../../interventions/intervention.js';
import type { RuleSet } from '../../rule-set.js';
import { repeated } from '../check-names.js';
import { isMadeOfTable, readTables } from '../check-references.js';
import { aboutIntervention, problem, type RuleProblem, shown } from '../problem.js';

export function interventionProblems({ aggregates, interventions = [] }: RuleSet): RuleProblem[] {
  const read = readTables(aggregates);
  const names = repeated(interventions.map(({ name }) => name));
  return interventions.flatMap((each) => {
    const invalid = (text: string, word?: string): RuleProblem =>
      problem('INTERVENTION_INVALID', aboutIntervention(each, word), text);
    return [
      ...nameTexts(each, names).map((text) => invalid(text)),
      ...nothingTexts(each).map((text) => invalid(text)),
      ...annotatedTexts(each).map((text) => invalid(text, 'annotated')),
      ...rowsTexts(each, read).map((text) => invalid(text, 'rows')),
      ...withinTexts(each).map((text) => invalid(text, 'within')),
    ];
  });
}

/** It is a label of metrics. */
const NAME_CHARS_MAX = 100;

function nameTexts({ name }: InterventionDefinition, twice: readonly string[]): string[] {
  if (typeof (name as unknown) !== 'string' || name.trim() !== name || name === '' || name.length > NAME_CHARS_MAX)
    return [`its name must be words, ${NAME_CHARS_MAX} characters at most, without blanks at its ends`];
  return twice.includes(name) ? ['is declared twice: journal and metric could not tell them apart'] : [];
}

const nothingTexts = ({ annotated, rows, within }: InterventionDefinition): string[] =>
  annotated === null && rows.length === 0 && within === null
    ? ['says nothing of its transactions: everything would be learnt in silence']
    : [];

function annotatedTexts({ annotated }: InterventionDefinition): string[] {
  if (annotated === null) return [];
  const { prefix, content } = annotated as { readonly prefix: unknown; readonly content?: unknown };
  const texts =
    typeof prefix === 'string' && prefix !== '' ? [] : [`annotated: its prefix is ${shown(prefix)}, not a text`];
  if (content === undefined || isOneOf(content)) return texts;
  const isFields = typeof content === 'object' && content !== null && Object.keys(content).length > 0;
  if (isFields && !Array.isArray(content) && Object.values(content).every(isOneOf)) return texts;
  return [
    ...texts,
    'annotated: its content must be a text, a list of texts, or fields of a JSON object with their texts',
  ];
}

const isOneOf = (content: unknown): content is OneOf =>
  typeof content === 'string' ||
  (Array.isArray(content) && content.length > 0 && content.every((each) => typeof each === 'string'));

function rowsTexts({ rows }: InterventionDefinition, read: ReadonlySet<string>): string[] {
  const made = rows.filter(isMadeOfTable);
  if (made.length < rows.length) return ['rows: write having(table, { column: value })'];
  const twice = repeated(made.map(({ table }) => table.name));
  return [
    ...twice.map((name) => `rows: ${name} is there twice: which of them its rows must have is not said`),
    ...made.flatMap((having) => havingTexts(having, read)),
  ];
}

function havingTexts({ table, values }: Having, read: ReadonlySet<string>): string[] {
  if (!read.has(table.name)) return [`rows: ${table.name} is no member of an aggregate, so nobody looks at its rows`];
  const columns = Object.entries(values);
  if (columns.length === 0) return [`rows: no column of ${table.name} is named`];
  return columns.flatMap(([column, wanted]) => columnTexts(table, column, wanted));
}

function columnTexts(table: Having['table'], column: string, wanted: Having['values'][string]): string[] {
  const declared = Object.hasOwn(table.columns, column) ? table.columns[column] : undefined;
  if (declared === undefined) return [`rows: ${table.name} declares no column ${column}`];
  const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  if (values.length === 0) return [`rows: no value of ${column} is named`];
  const strange = values.find((value) => !SCALARS.includes(typeof value));
  if (strange !== undefined || values.includes(undefined))
    return [`rows: ${column} is compared with ${shown(strange)}: write texts, numbers, true or false`];
  if (declared.type.kind !== 'code') return [];
  const meanings: readonly Scalar[] = [...Object.values(declared.type.codes), declared.type.other ?? ''];
  return values
    .filter((value) => !meanings.includes(value as Scalar))
    .map((value) => `rows: ${column} never is ${shown(value)}: rules see what its codes mean`);
}

const SCALARS: readonly string[] = ['string', 'number', 'boolean'];

function withinTexts({ within }: InterventionDefinition): string[] {
  if (within === null) return [];
  const { from, until } = within as { readonly from: unknown; readonly until: unknown };
  const [fromMs, untilMs] = [instantMs(from), instantMs(until)];
  const strange = [
    ...(fromMs === null ? [`from is ${shown(from)}`] : []),
    ...(untilMs === null ? [`until is ${shown(until)}`] : []),
  ];
  if (fromMs === null || untilMs === null)
    return [`within: ${strange.join(', ')}, and must be an instant with its zone: 2026-03-01T20:00:00Z`];
  return fromMs < untilMs ? [] : ['within: it ends before it begins'];
}
