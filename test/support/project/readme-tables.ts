/**
 * The tables of the README that come from code: configuration, metrics, error codes, alerts, commands. Each stands between
 * `<!-- name:begin -->` and `<!-- name:end -->`. `npx tsx test/support/project/readme-tables.ts` writes them; the tidy test compares.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { program } from '../../../src/cli/main.js';
import { describeConfig, type KeyRow } from '../../../src/config/describe.js';
import { REFUSAL_CODES, type RefusalCode } from '../../../src/domain/refusal.js';
import { ERRORS } from '../../../src/errors.js';
import { METRICS } from '../../../src/metrics/catalogue.js';
import { alertRules } from './dashboards.js';

export const README_FILE = fileURLToPath(new URL('../../../README.md', import.meta.url));

/** What each refusal means to an operator; a new code does not compile until it stands here. */
const REFUSALS: Readonly<Record<RefusalCode, string>> = {
  ROW_INVALID: 'A row does not fit its table definition.',
  CODE_UNKNOWN: 'A code column holds a value that the rules do not know.',
  RULE_THREW: 'A condition, a fact or a publication threw an error, or gave what is no plain JSON.',
  RULE_TOO_SLOW: 'Rules took more than 5 s over one change, and were broken off.',
  CONTRACT_VIOLATED: 'An event does not fit the schema of its contract.',
  TRANSLATION_FAILED: 'An unexpected failure, a fault of Dragoman, while one change set was translated.',
  EVENT_TOO_LARGE: 'An event is larger than its topic takes (max.message.bytes).',
  ROW_TOO_LARGE: 'One row is larger than the topic of the state takes (max.message.bytes).',
  DECISION_TOO_LARGE: 'What one transaction changes in an aggregate is larger than the topic of the journal takes.',
  AGGREGATE_TOO_LARGE:
    'What is remembered of an aggregate apart from its rows, or what waits for it, is larger than the topic of the state takes.',
  AGGREGATE_KEY_CHANGED: 'The business key itself was changed, and the aggregate does not say what that means.',
  ROW_OWNER_UNKNOWN: 'A row arrived whose aggregate cannot be found.',
  ROW_KEY_CONFLICT: 'Two physical tables that are one declared table have a row with the same key.',
  RECORD_UNDECODABLE: 'A record is no Debezium change that can be read.',
  TRANSACTION_INCOMPLETE: 'A source transaction lacks rows that it counts, and was put in quarantine.',
  TRANSACTION_TOO_LARGE: 'A source transaction had too many rows to be held, and was put in quarantine.',
  TRANSACTION_WITHOUT_END: 'The commit of a source transaction never arrived, and it was put in quarantine.',
  LOOKUPS_TOO_LARGE: 'The rules ask for more rows of lookup tables than one decision may, or for other ones each time.',
  WAITING_ROWS_FULL: 'More rows than allowed wait for one parent row that never came.',
};

const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))];
  return lines.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function configTable(): string {
  const values = ({ type, limits, unit }: KeyRow): string => {
    const range = limits === '' ? type : limits;
    return unit === '' ? range : `${range} ${unit}`;
  };
  const standard = (row: KeyRow): string =>
    row.default.includes('`') || row.default === 'required' ? row.default : code(row.default);
  const variables = ({ variable, fileVariable }: KeyRow): string =>
    [variable, fileVariable]
      .filter((name) => name !== null)
      .map(code)
      .join(' ');
  const rows = describeConfig().map((row) => [
    code(row.key),
    row.description,
    standard(row),
    values(row),
    variables(row),
  ]);
  return table(['Key', 'Meaning', 'Default', 'Values', 'Variable'], rows);
}

const metricsTable = (): string =>
  table(
    ['Metric', 'Type', 'Labels', 'Meaning'],
    METRICS.map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(' '), help]),
  );

const errorsTable = (): string =>
  [
    table(
      ['Error', 'Disposition', 'Meaning'],
      Object.entries(ERRORS).map(([name, { disposition, meaning }]) => [code(name), disposition, meaning]),
    ),
    table(
      ['Reason for parking', 'Meaning'],
      REFUSAL_CODES.map((name) => [code(name), REFUSALS[name]]),
    ),
  ].join('\n\n');

const alertsText = (): string =>
  alertRules()
    .map(
      ({ alert, labels, annotations }) => `#### ${alert}\n\nSeverity: ${labels.severity}. ${annotations.description}`,
    )
    .join('\n\n');

function commandsTable(): string {
  const rows = (command: Command, path: string): string[][] => {
    const name = `${path} ${command.name()}`.trim();
    if (command.commands.length > 0) return command.commands.flatMap((child) => rows(child, name));
    const places = command.registeredArguments.map((argument) => ` <${argument.name()}>`).join('');
    return [[code(name + places), command.description(), command.options.map(({ flags }) => code(flags)).join(', ')]];
  };
  return table(['Command', 'What it does', 'Options'], rows(program(), ''));
}

const BLOCKS: Readonly<Record<string, () => string>> = {
  commands: commandsTable,
  config: configTable,
  metrics: metricsTable,
  alerts: alertsText,
  errors: errorsTable,
};

/** A README that holds nothing but the blocks; used when there is none yet. */
const skeleton = (): string =>
  ['# Dragoman', ...Object.keys(BLOCKS).map((name) => `## ${name}\n\n${begin(name)}\n${end(name)}`)].join('\n\n') +
  '\n';

const begin = (name: string): string => `<!-- ${name}:begin -->`;
const end = (name: string): string => `<!-- ${name}:end -->`;

/** The README as it should be: the same text, with every block made anew. @throws when a block is missing. */
export async function updatedReadme(): Promise<string> {
  const before = existsSync(README_FILE) ? readFileSync(README_FILE, 'utf8') : skeleton();
  const after = Object.entries(BLOCKS).reduce((text, [name, write]) => replaceBlock(text, name, write()), before);
  return format(after, { ...(await resolveConfig(README_FILE)), parser: 'markdown' });
}

function replaceBlock(text: string, name: string, block: string): string {
  const from = text.indexOf(begin(name));
  const to = text.indexOf(end(name));
  if (from === -1 || to < from) throw new Error(`README.md has no ${begin(name)} ... ${end(name)}`);
  return `${text.slice(0, from)}${begin(name)}\n\n${block}\n\n${text.slice(to)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(README_FILE, await updatedReadme());
