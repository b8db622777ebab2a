/** What a recording has otherwise than the tables of the rules declare, each with its way out. */
import type { RulesFolder } from '../../../adapters/files/rules-loader.js';
import type { TableDrift } from '../../../decode/drift/drift.js';
import type { DriftKind } from '../../../decode/drift/finding.js';
import type { CompiledRules } from '../../../rules/compile.js';
import { REDACTED_FIX } from '../redacted-reads.js';
import { type Finding, NOWHERE } from './finding.js';
import { placed } from './source-rules.js';

/** docs/schema-drift.md says it at length, and what each means at run time. */
const FIXES: Readonly<Record<Exclude<DriftKind, 'table-silent'>, string>> = {
  'column-missing': 'Declare the column as the rows call it now; optional() where it is new, or on its way out.',
  'column-absent': 'None, as long as it is on its way; then take optional() away, or the column.',
  'column-renamed':
    'Declare the new name. While rows of both forms come: both, optional(), and take the one that is not null.',
  'column-appeared': 'None, if no rule needs it; else declare it, optional() because older rows lack it.',
  'column-vanished': 'None: no rule reads it.',
  'column-undeclared': 'None, if no rule needs them: what is declared leaves the legacy system.',
  'column-redacted': `None, if no rule reads it. ${REDACTED_FIX}`,
  'type-differs': 'Declare the type that has the form that comes: docs/column-types.md has each form on the wire.',
  'value-refused': 'Declare a type into which all values fit: docs/column-types.md; or let the source correct them.',
  'null-refused': 'Decide what null means to the rules, then declare the column nullable().',
  'code-unknown': 'Say in the column what the code means; other is for codes that mean nothing to any rule.',
  'code-other': 'None, if they mean nothing to any rule; else say in the column what they mean.',
  'record-unreadable': "Let the topic have Debezium's envelopes: docs/schema-drift.md says what else may be there.",
};

/** Of a table; columns that rules do not declare are usual, and one note. */
export function driftFindings(
  folder: RulesFolder,
  { tables }: CompiledRules,
  drift: TableDrift,
  topicsUnread: readonly string[],
): Finding[] {
  const declared = tables.get(drift.table) ?? null;
  const undeclared = drift.findings.filter(({ kind }) => kind === 'column-undeclared');
  const others = drift.findings.filter(({ kind }) => kind !== 'column-undeclared');
  const found = (kind: DriftKind, isDrift: boolean, text: string, column: string | null): Finding => ({
    ...{ kind: isDrift ? 'finding' : 'note', code: `DRIFT_${kind.toUpperCase().replaceAll('-', '_')}` },
    ...placed(folder.root, folder.placeOf(declared, column ?? undefined)),
    about: column === null ? `table ${drift.table}` : `column ${column} of ${drift.table}`,
    text,
    fix: kind === 'table-silent' ? silentFix(topicsUnread) : FIXES[kind],
  });
  const names = undeclared.map(({ column }) => column ?? '').join(', ');
  return [
    ...others.map(({ kind, isDrift, text, column, example, count }) =>
      found(kind, isDrift, [text, shownExample(example), timesText(count)].join(''), column),
    ),
    ...(names === ''
      ? []
      : [found('column-undeclared', false, `not declared, so rules do not see them: ${names}`, null)]),
  ];
}

/** It may be called otherwise. */
function silentFix(topicsUnread: readonly string[]): string {
  const shown = topicsUnread.slice(0, TOPICS_SHOWN).join(', ');
  const more = topicsUnread.length - TOPICS_SHOWN;
  const which = shown === '' ? '' : ` that no table reads: ${shown}${more > 0 ? ` and ${more} more` : ''}`;
  return `None, if nothing came for it; else compare its name with the topics${which}.`;
}

const TOPICS_SHOWN = 10;

const shownExample = (example: string | null): string => (example === null ? '' : `, such as ${example}`);
const timesText = (count: number): string => (count > 1 ? ` (${count} times in the recording)` : '');

export const otherTable = (topic: string): Finding => ({
  ...{ kind: 'note', code: 'TABLE_UNDECLARED', ...NOWHERE, about: `topic ${topic}` },
  text: 'has rows of a table that no rule declares',
  fix: 'None, if no rule needs it. If a table of the rules is silent, it may be called so.',
});
