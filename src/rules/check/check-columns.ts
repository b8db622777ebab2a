/** What can be wrong with the declaration of a column by itself. Pure. */
import type { ColumnType, DayRange } from '../../domain/tables/column-type.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import { problem, type RuleProblem } from '../rule-set.js';

/** PostgreSQL's largest. */
const SCALE_MAX = 16_383;

export const columnProblems = (table: TableDefinition): RuleProblem[] => {
  const physical = Object.entries(table.columns).filter(([, { type }]) => type.kind === 'physicalTable');
  return Object.entries(table.columns).flatMap(([name, { type, nullable, optional }]) =>
    [
      ...(name === '__proto__' ? ['nothing can be kept under this name; give the column another one in a view'] : []),
      ...typeTexts(type),
      ...(type.kind === 'physicalTable' && (nullable || optional === true)
        ? ['it is never null, and never absent']
        : []),
      ...(physical[1]?.[0] === name ? [`${physical[0]?.[0] ?? ''} says already which physical tables there are`] : []),
    ].map((text) => problem('COLUMN_INVALID', `column ${name} of ${table.name}`, name, text)),
  );
};

function typeTexts(type: ColumnType): string[] {
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
  if (type.kind === 'code' || type.kind === 'set')
    return Object.keys(type.codes).length > 0 ? [] : ['it lists no codes'];
  if (type.kind === 'physicalTable') return physicalTexts(type.tables);
  if (type.kind !== 'array') return [];
  if (type.element.kind === 'physicalTable') return ['a physical table is no element of an array'];
  return type.element.kind === 'array' ? ['the connector loses arrays in arrays'] : typeTexts(type.element);
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

function zoneTexts(zone: string): string[] {
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
