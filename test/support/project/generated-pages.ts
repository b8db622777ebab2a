/**
 * The parts of pages in `docs/` that come from code: commands, configuration, metrics, alerts, error codes. Each stands between
 * `<!-- name:begin -->` and `<!-- name:end -->` in a page of its own. `npm run -s docs` writes them; the tidy test compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Argument, Command, Option } from 'commander';
import { format, resolveConfig } from 'prettier';
import { program } from '../../../src/cli/main.js';
import { CONFORM_CODES } from '../../../src/cli/conform/codes.js';
import { describeConfig, type KeyRow } from '../../../src/config/describe.js';
import { type Becomes, CONSUMER_CODES } from '../../../src/consumer/codes.js';
import { MOVE_REFUSALS } from '../../../src/domain/ownership/move-codes.js';
import { RECONCILE_REFUSALS } from '../../../src/pipeline/discrepancies/checks.js';
import { REPAIR_REFUSALS } from '../../../src/domain/repair/refusals.js';
import { PARITY_REFUSALS } from '../../../src/pipeline/parity/accepting.js';
import { TOLD_FINDINGS } from '../../../src/domain/ownership/told.js';
import { REFUSAL_CODES, type RefusalCode } from '../../../src/domain/refusal.js';
import { type Disposition, ERRORS } from '../../../src/errors.js';
import { METRICS } from '../../../src/metrics/catalogue.js';
import { alertRules } from './dashboards.js';

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
  ROW_KEY_CONFLICT:
    'Two rows of one declared table have the same key: of two physical tables, or of a table without primary key.',
  RECORD_UNDECODABLE: 'A record is no Debezium change that can be read.',
  TRANSACTION_INCOMPLETE: 'A source transaction lacks rows that it counts, and was put in quarantine.',
  TRANSACTION_TOO_LARGE: 'A source transaction had too many rows to be held, and was put in quarantine.',
  TRANSACTION_WITHOUT_END: 'The commit of a source transaction never arrived, and it was put in quarantine.',
  LOOKUPS_TOO_LARGE: 'The rules ask for more rows of lookup tables than one decision may, or for other ones each time.',
  OWED_TOO_MANY:
    'More facts happened to one aggregate of a new service than are remembered, and that told none of them.',
  WAITING_ROWS_FULL: 'More rows than allowed wait for one parent row that never came.',
};

const COLUMNS_MAX = 110;

/** What would begin a list, a heading or a quotation at the beginning of a line. */
const MARKS_A_BLOCK = /^(?:[-+*>]|#{1,6}|\d+[.)])$/;

/** The text in lines that can be read without scrolling. */
function wrapped(text: string, indent = ''): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    const fits = line !== undefined && line.length + 1 + word.length <= COLUMNS_MAX;
    if (line !== undefined && (fits || MARKS_A_BLOCK.test(word))) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(line === undefined ? word : `${indent}${word}`);
  }
  return lines.join('\n');
}

const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
const list = (entries: readonly string[]): string => entries.map((text) => wrapped(`- ${text}`, '  ')).join('\n');
const named = (name: string, about: readonly string[], text: string): string => {
  const inParentheses = about.filter((word) => word !== '').join(', ');
  return `**${code(name)}**${inParentheses === '' ? '' : ` (${inParentheses})`}: ${text}`;
};
const sections = (parts: readonly (readonly [heading: string, text: string])[]): string =>
  parts.map(([heading, text]) => `## ${heading}\n\n${text}`).join('\n\n');

function groupedBy<T>(things: readonly T[], keyOf: (thing: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const thing of things) groups.set(keyOf(thing), [...(groups.get(keyOf(thing)) ?? []), thing]);
  return [...groups];
}

function configText(): string {
  const values = ({ type, limits, unit }: KeyRow): string => [limits === '' ? type : limits, unit].join(' ').trim();
  const standard = ({ default: given }: KeyRow): string => {
    if (given === 'required') return 'required';
    return given === '' ? '' : `default ${given.includes('`') ? given : code(given)}`;
  };
  const variables = ({ variable, fileVariable }: KeyRow): string => {
    const names = [variable, fileVariable].filter((name) => name !== null).map(code);
    return names.length === 0 ? '' : ` Variable: ${names.join(', ')}.`;
  };
  const line = (row: KeyRow): string =>
    named(row.key, [values(row), standard(row)], `${row.description}${variables(row)}`);
  const isAlone = ({ path }: KeyRow): boolean => path.length === 1 && path[0] !== 'pipelines';
  return sections(
    groupedBy(describeConfig(), (row) => (isAlone(row) ? 'The whole' : code(row.path[0] ?? ''))).map(
      ([section, rows]) => [section, list(rows.map(line))],
    ),
  );
}

const metricsText = (): string =>
  list(METRICS.map(({ name, type, labels, help }) => named(name, [[type, ...labels.map(code)].join(' ')], help)));

/** In the order of how much they ask of a person. */
const DISPOSITIONS: Readonly<Record<Disposition, string>> = {
  refuse: 'A person is needed; nothing is published meanwhile.',
  retry: 'The outside is not there for now. It is tried again by itself.',
  corrupt: 'What is in memory may be wrong. It is dropped, and read again from Kafka, by itself.',
  fatal: 'A fault of Dragoman.',
};

const errorsText = (): string =>
  sections(
    Object.entries(DISPOSITIONS).map(([disposition, words]) => {
      const errors = Object.entries(ERRORS).filter(([, error]) => error.disposition === disposition);
      return [disposition, `${words}\n\n${list(errors.map(([name, { meaning }]) => named(name, [], meaning)))}`];
    }),
  );

const BECOMES: Readonly<Record<Becomes, string>> = {
  applied: 'Its effect happens.',
  'passed over': 'It has no effect, and needs none.',
  parked: 'It is kept as it was read, and later events of its order wait behind it.',
};

const consumerText = (): string =>
  Object.entries(BECOMES)
    .map(([becomes, words]) => {
      const codes = Object.entries(CONSUMER_CODES).filter(([, code]) => code.becomes === becomes);
      return `_${becomes}_: ${words}\n\n${list(codes.map(([name, { meaning }]) => named(name, [], meaning)))}`;
    })
    .join('\n\n');

const routesText = (): string => list(Object.entries(MOVE_REFUSALS).map(([name, meaning]) => named(name, [], meaning)));
const parityText = (): string =>
  list(Object.entries(PARITY_REFUSALS).map(([name, meaning]) => named(name, [], meaning)));
const reconcileText = (): string =>
  list(Object.entries(RECONCILE_REFUSALS).map(([name, meaning]) => named(name, [], meaning)));
const repairText = (): string =>
  list(Object.entries(REPAIR_REFUSALS).map(([name, meaning]) => named(name, [], meaning)));
const conformText = (): string => list(Object.entries(CONFORM_CODES).map(([name, text]) => named(name, [], text)));
const toldText = (): string => list(Object.entries(TOLD_FINDINGS).map(([name, meaning]) => named(name, [], meaning)));

const parkingText = (): string => list(REFUSAL_CODES.map((name) => named(name, [], REFUSALS[name])));

const alertsText = (): string =>
  sections(
    alertRules().map(({ alert, labels, annotations }) => [
      alert,
      wrapped(`Severity: ${labels.severity}. ${annotations.description}`),
    ]),
  );

/** As it is called: `dragoman parked list`. */
interface Called {
  readonly name: string;
  readonly command: Command;
}

function commandsIn(command: Command, path = ''): Called[] {
  const name = `${path} ${command.name()}`.trim();
  return command.commands.length > 0
    ? command.commands.flatMap((child) => commandsIn(child, name))
    : [{ name, command }];
}

/** From how many commands on an option is said once for all of them. */
const COMMON_FROM = 4;

const optionText = (option: Option): string => {
  const given = option.defaultValue as unknown;
  const isSaid = given === undefined || typeof given === 'boolean' || option.description.includes('default');
  return named(
    option.flags,
    [option.mandatory ? 'required' : '', isSaid ? '' : `default ${JSON.stringify(given).replaceAll('"', '')}`],
    option.description,
  );
};
const argumentText = (argument: Argument): string =>
  named(argument.required ? `<${argument.name()}>` : `[${argument.name()}]`, [], argument.description);

function commandsText(): string {
  const commands = commandsIn(program());
  const options = groupedBy(
    commands.flatMap(({ command }) => command.options),
    optionText,
  );
  const common = new Map(
    options.filter(([, uses]) => uses.length >= COMMON_FROM).map(([text, [first]]) => [text, first]),
  );
  const ofCommand = ({ name, command }: Called): [string, string] => {
    const texts = command.options.map(optionText);
    const own = [...command.registeredArguments.map(argumentText), ...texts.filter((text) => !common.has(text))];
    const shared = texts.flatMap((text) => common.get(text)?.long ?? []).map(code);
    const also = shared.length === 0 ? [] : [wrapped(`With ${shared.join(', ')}.`)];
    return [code(name), [command.description(), ...(own.length === 0 ? [] : [list(own)]), ...also].join('\n\n')];
  };
  return sections([['Options of many commands', list([...common.keys()])], ...commands.map(ofCommand)]);
}

/** By page of `docs/`, what is made of code. */
const PAGES: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'commands.md': { commands: commandsText },
  'configuration.md': { config: configText },
  'metrics.md': { metrics: metricsText },
  'alerts.md': { alerts: alertsText },
  'consuming.md': { codes: consumerText },
  'ownership-protocol.md': { conform: conformText },
  'errors.md': {
    ...{ errors: errorsText, parking: parkingText, routes: routesText, parity: parityText, told: toldText },
    ...{ reconciliation: reconcileText, repair: repairText },
  },
};

/** Names of pages in `docs/`. */
export const GENERATED_PAGES = Object.keys(PAGES);

const pathOf = (page: string): string => fileURLToPath(new URL(`../../../docs/${page}`, import.meta.url));

export const readPage = (page: string): string => readFileSync(pathOf(page), 'utf8');

/** The page as it should be: the same text, with every block made anew. @throws when a block is missing. */
export async function updatedPage(page: string): Promise<string> {
  const after = Object.entries(PAGES[page] ?? {}).reduce(
    (text, [name, write]) => replaceBlock(page, text, name, write()),
    readPage(page),
  );
  return format(after, { ...(await resolveConfig(pathOf(page))), parser: 'markdown' });
}

function replaceBlock(page: string, text: string, name: string, block: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`docs/${page} has no ${begin} ... ${end}`);
  return `${text.slice(0, from)}${begin}\n\n${block}\n\n${text.slice(to)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const page of GENERATED_PAGES) writeFileSync(pathOf(page), await updatedPage(page));
