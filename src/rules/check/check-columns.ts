/** What can be wrong with the declaration of a column by itself. Pure. */
import type { CodeMeanings, ColumnType, DayRange } from '../../domain/tables/column-type.js';
import { type ColumnDefinition, isClassName, type TableDefinition } from '../../domain/tables/table.js';
import { SCALE_MAX } from '../values/decimal.js';
import { problem, type RuleProblem, shown } from './problem.js';

export const CLASS_WORDS =
  'at most 40 small letters, digits and "-", beginning with a letter, and not public, classed, undeclared or none';

export const columnProblems = (table: TableDefinition): RuleProblem[] => {
  const declared = Object.entries<ColumnDefinition | undefined>(table.columns);
  const physical = declared.filter(([, column]) => column?.type.kind === 'physicalTable').map(([name]) => name);
  return declared.flatMap(([name, column]) =>
    textsOf(name, column, physical).map((text) =>
      problem('COLUMN_INVALID', { where: `column ${name} of ${table.name}`, declared: table, word: name }, text),
    ),
  );
};

/** Without types anything may stand there. */
function textsOf(name: string, column: ColumnDefinition | undefined, physical: readonly string[]): string[] {
  if (column === undefined) return ['it is no column: write legacy.text(), legacy.bigint() and so on, with brackets'];
  const { type, nullable, optional, sensitivity } = column;
  return [
    ...(sensitivity === 'public' || isClassName(sensitivity)
      ? []
      : [`${shown(sensitivity)} is no name of a class: ${CLASS_WORDS}`]),
    ...(name === '__proto__' ? ['nothing can be kept under this name; give the column another one in a view'] : []),
    ...typeTexts(type),
    ...(type.kind === 'physicalTable' && (nullable || optional === true) ? ['it is never null, and never absent'] : []),
    ...(physical[1] === name ? [`${physical[0] ?? ''} says already which physical tables there are`] : []),
  ];
}

/** What an option of a type may be. */
type Legal = readonly string[] | 'true or false';

const TIME_UNITS = ['millis', 'micros', 'nanos', 'iso'];
const FLAGS = ['trim', 'unsigned', 'lossy', 'nonFinite', 'infinity'];
const UNITS: Readonly<Record<string, readonly string[]>> = {
  time: TIME_UNITS,
  timestamp: TIME_UNITS,
  date: ['days', 'iso'],
  interval: ['micros', 'iso'],
};
const WIRES: Readonly<Record<string, readonly string[]>> = {
  decimal: ['text', 'bytes'],
  bytes: ['base64', 'base64-url-safe', 'hex'],
};

function literalTexts(type: ColumnType): string[] {
  const options: Readonly<Record<string, unknown>> = { ...type };
  const legal: [string, Legal][] = [
    ...FLAGS.map((flag): [string, Legal] => [flag, 'true or false']),
    ['zeroDate', ['null', 'refuse']],
    ['unit', UNITS[type.kind] ?? []],
    ['wire', WIRES[type.kind] ?? []],
  ];
  const needsUnit = type.kind === 'time' || type.kind === 'timestamp' || type.kind === 'interval';
  return legal.flatMap(([name, expected]) => {
    const value = options[name];
    if (value === undefined && !(name === 'unit' && needsUnit)) return [];
    const words = typeof expected === 'string' ? expected : expected.map((text) => `'${text}'`).join(', ');
    const fits = typeof expected === 'string' ? typeof value === 'boolean' : expected.includes(value as string);
    return fits ? [] : [`its ${name} is ${value === undefined ? 'missing' : shown(value)}; expected ${words}`];
  });
}

const typeTexts = (type: ColumnType): string[] => [...literalTexts(type), ...formTexts(type)];

function formTexts(type: ColumnType): string[] {
  if (type.kind === 'decimal') {
    return isWhole(type.scale, 0, SCALE_MAX) ? [] : [`its scale must be a whole number from 0 to ${SCALE_MAX}`];
  }
  if (type.kind === 'bits') {
    return isWhole(type.length, 1, Number.MAX_SAFE_INTEGER) ? [] : ['its length must be a whole number from 1 on'];
  }
  if (type.kind === 'date' || type.kind === 'instant') return rangeTexts(type);
  if (type.kind === 'timestamp') return [...zoneTexts(type.zone), ...rangeTexts(type)];
  if (type.kind === 'time') {
    return type.from === undefined || CLOCK.test(type.from) ? [] : [`"${type.from}" is no time of day such as 06:00`];
  }
  if (type.kind === 'code' || type.kind === 'set') return codeTexts(type);
  if (type.kind === 'physicalTable') return physicalTexts(type.tables);
  if (type.kind !== 'array') return [];
  if (type.element.kind === 'physicalTable') return ['a physical table is no element of an array'];
  return type.element.kind === 'array' ? ['the connector loses arrays in arrays'] : typeTexts(type.element);
}

function codeTexts({ codes, other }: CodeMeanings): string[] {
  if (typeof (codes as unknown) !== 'object' || Object.keys(codes).length === 0) return ['it lists no codes'];
  const isMeaning = (value: unknown): boolean => typeof value === 'string' || typeof value === 'boolean';
  const wrong = Object.entries<unknown>(codes).filter(([, meaning]) => !isMeaning(meaning));
  return [
    ...wrong.map(([code, meaning]) => `code ${code} means ${shown(meaning)}; expected a text, true or false`),
    ...(other === undefined || isMeaning(other) ? [] : [`other is ${shown(other)}; expected a text, true or false`]),
  ];
}

/** Two rows with one key must show from which table each came. */
function physicalTexts(tables: Readonly<Record<string, string | null>>): string[] {
  const values = Object.values(tables).filter((value) => value !== null);
  if (Object.keys(tables).length === 0) return ['it lists no physical tables'];
  if (new Set(values).size < values.length) return ['two of its physical tables have one meaning'];
  return Object.entries(tables).some(([name, value]) => name.includes('*') && value !== null)
    ? ['a name with * stands for several physical tables, so it can have no meaning; list it without one']
    : [];
}

const isWhole = (number: number, min: number, max: number): boolean =>
  Number.isInteger(number) && number >= min && number <= max;

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?$/;

function zoneTexts(zone: unknown): string[] {
  if (typeof zone !== 'string')
    return ['its zone is missing: the one that the clock of the legacy system hung in, like Europe/Berlin'];
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return [];
  } catch {
    return [`"${zone}" is no time zone that the runtime knows; zones look like Europe/Berlin`];
  }
}

function rangeTexts({ from, to }: DayRange): string[] {
  const days = [from, to].filter((day) => day !== undefined);
  const wrong = days.filter((day) => !isDay(day));
  if (wrong.length > 0) return wrong.map((day) => `"${day}" is no day such as 2026-11-21`);
  const isEmpty = from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to);
  return isEmpty ? [`its range from ${from} to ${to} is empty`] : [];
}

const DAY = /^(\d{4}|[+-]\d{6})-\d\d-\d\d$/;

const isDay = (text: string): boolean =>
  DAY.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
