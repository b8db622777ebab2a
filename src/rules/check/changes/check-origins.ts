/** What can be wrong with origins: whether they can be understood, and could ever tell what is asked of them. Pure. */
import { isObject } from '../../../domain/json-text.js';
import type { ColumnDefinition } from '../../../domain/tables/table.js';
import { isSaidName, namesIn, type SaidName, SAYS_NAMES } from '../../../domain/source/said.js';
import type { ContractDefinition } from '../../contract.js';
import type { OriginDefinition, OriginHeader } from '../../origins/origin.js';
import type { RuleSet } from '../../rule-set.js';
import { repeated } from '../check-names.js';
import { readTables } from '../check-references.js';
import { aboutContract, aboutOrigin, problem, type RuleProblem, shown } from '../problem.js';

export function originProblems(rules: RuleSet): RuleProblem[] {
  const { origins = [], aggregates, publications } = rules;
  const read = readTables(aggregates);
  const twice = repeated(origins.map(placeOf));
  const invalid = origins.flatMap((each) =>
    [
      ...(twice.includes(placeOf(each)) ? ['is declared twice: put all that it says into one'] : []),
      ...saysTexts(each),
      ...(each.table === null ? prefixTexts(each) : columnsTexts(each, read)),
    ].map((text) => problem('ORIGIN_INVALID', aboutOrigin(each), text)),
  );
  const told = new Set(origins.flatMap(({ says }) => (isObject(says) ? namesIn(says) : [])));
  return [
    ...invalid,
    ...[...new Set(publications.map(({ contract }) => contract))].flatMap((each) => headerProblems(each, told)),
  ];
}

const placeOf = ({ prefix, table }: OriginDefinition): string =>
  `${prefix === null ? 'table' : 'prefix'} ${prefix ?? table?.name ?? ''}`;

const NAMES = `${SAYS_NAMES.slice(0, -1).join(', ')} and ${SAYS_NAMES.at(-1) ?? ''}`;
const isName = (name: string): boolean => (SAYS_NAMES as readonly string[]).includes(name);

function saysTexts({ says }: OriginDefinition): string[] {
  if (!isObject(says) || Object.keys(says).length === 0) return [`says nothing: it can say ${NAMES}`];
  return Object.entries(says as Readonly<Record<string, unknown>>).flatMap(([name, place]) => {
    if (!isName(name)) return [`says ${name}, and there are only ${NAMES}`];
    return typeof place === 'string' && place !== ''
      ? []
      : [`${name} stands in ${shown(place)}, not in a field or column`];
  });
}

const prefixTexts = ({ prefix }: OriginDefinition): string[] =>
  typeof prefix === 'string' && prefix !== '' ? [] : [`its prefix is ${shown(prefix)}, not a text`];

function columnsTexts({ table, says }: OriginDefinition, read: ReadonlySet<string>): string[] {
  if (table === null || !isObject(says)) return [];
  if (!isObject((table as { readonly columns?: unknown }).columns))
    return ['write origin.columns(table, { user: column })'];
  if (!read.has(table.name)) return [`${table.name} is no member of an aggregate, so nobody looks at its rows`];
  return Object.entries(says).flatMap(([name, column]) => {
    const declared = Object.hasOwn(table.columns, column) ? table.columns[column] : undefined;
    return declared === undefined
      ? [`${table.name} declares no column ${column}`]
      : columnTexts(name, column, declared);
  });
}

const columnTexts = (name: string, column: string, { type, sensitivity }: ColumnDefinition): string[] => [
  ...(TEXTS.includes(type.kind) ? [] : [`${column} is no text and no code`]),
  ...(name === 'user' || sensitivity === 'public'
    ? []
    : [`${column} is ${sensitivity}, and only user may be: ${name} is shown to everybody, and may stand in headers`]),
];

const TEXTS: readonly string[] = ['text', 'code'];

const isHeader = (name: unknown): name is OriginHeader => isSaidName(name) && name !== 'user';

function headerProblems(contract: ContractDefinition, told: ReadonlySet<SaidName>): RuleProblem[] {
  const { origin = [] } = contract as { readonly origin?: unknown };
  if (!Array.isArray(origin) || !origin.every(isHeader))
    return [
      problem(
        'CONTRACT_INVALID',
        aboutContract(contract, 'origin'),
        "origin lists what headers say: ['useCase', 'system']; who it was is for the event's fields, if for anybody",
      ),
    ];
  return origin
    .filter((name) => !told.has(name))
    .map((name) =>
      problem(
        'ORIGIN_UNDECLARED',
        aboutContract(contract, 'origin'),
        `its headers are to say ${name}, and no origin of the rule set tells it`,
      ),
    );
}
