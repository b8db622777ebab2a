/**
 * Other values that a column may have, to see what follows from its value. Of the same form where a form can be kept, because what does not fit a
 * contract makes no event: digits stay digits, letters letters, days days. Pure.
 */
import type { ColumnType } from '../../../../domain/tables/column-type.js';
import type { ColumnDefinition, ColumnValue } from '../../../../domain/tables/table.js';

/** What a value becomes; each row has its own. */
export type Other = (value: ColumnValue) => ColumnValue;

/** Values of a column that are remembered, to be tried in other rows. */
export const RECORDED_MAX = 8;

/** @param recorded values of the column that the recording has. */
export function othersOf(column: ColumnDefinition, recorded: readonly ColumnValue[]): Other[] {
  const { type, nullable, optional } = column;
  const fixed = [
    ...(meaningsOf(type) ?? recorded.slice(0, RECORDED_MAX)),
    ...(nullable || optional === true ? [null] : []),
  ];
  return [
    ...fixed.map(
      (value): Other =>
        () =>
          value,
    ),
    ...WAYS.map(
      (_, way): Other =>
        (value) =>
          value === null ? sampleOf(type, way) : changed(type, value, way),
    ),
  ];
}

/** All of them, where they can be counted. */
function meaningsOf(type: ColumnType): readonly ColumnValue[] | null {
  if (type.kind === 'boolean') return [true, false];
  if (type.kind === 'physicalTable') return Object.entries(type.tables).map(([name, meaning]) => meaning ?? name);
  if (type.kind !== 'code' && type.kind !== 'set') return null;
  const meanings = [...Object.values(type.codes), ...(type.other === undefined ? [] : [type.other])];
  return type.kind === 'code' ? [...new Set(meanings)] : [[], [...new Set(meanings)]];
}

interface Way {
  readonly text: (text: string) => string;
  readonly number: (number: number) => number;
  readonly day: string;
  readonly time: string;
  readonly uuid: string;
}

/** Of the same length and form; longer; shorter. */
const WAYS: readonly Way[] = [
  { text: turned, number: (n) => n + 1, day: '2001-02-03', time: '01:02:03', uuid: uuid('1') },
  { text: (text) => `${turned(text)}1`, number: (n) => n + 10, day: '1999-12-28', time: '23:58:59', uuid: uuid('2') },
  {
    text: (text) => text.slice(0, Math.ceil(text.length / 2)),
    number: (n) => n - 1,
    day: '2024-02-29',
    time: '12:00:00',
    uuid: uuid('3'),
  },
];

function uuid(digit: string): string {
  return `0000000${digit}-0000-4000-8000-000000000000`;
}

/** Each digit another one, none of them 0; each letter another one. */
function turned(text: string): string {
  const other = text.replace(/[0-9a-zA-Z]/g, (sign) => {
    if (sign >= '0' && sign <= '9') return String((Number(sign) % 9) + 1);
    const first = sign <= 'Z' ? 65 : 97;
    return String.fromCharCode(((sign.charCodeAt(0) - first + 1) % 26) + first);
  });
  return other === text ? `${text}x` : other;
}

function changed(type: ColumnType, value: ColumnValue, at: number): ColumnValue {
  const way = wayOf(at);
  if (typeof value === 'string') {
    if (type.kind === 'uuid') return way.uuid;
    if (DAY.test(value) && DAYS.includes(type.kind)) return way.day + value.slice(way.day.length);
    if (TIME.test(value) && TIMES.includes(type.kind)) return way.time + value.slice(way.time.length);
    if (type.kind === 'bits') return value.replace(/[01]/g, (bit) => (bit === '0' ? '1' : '0'));
    if (type.kind === 'decimal' || type.kind === 'bigint') return digitsOf(value, at);
  }
  return deep(value, way);
}

const DAYS: readonly string[] = ['date', 'timestamp', 'instant'];
const DAY = /^\d{4}-\d\d-\d\d/;
const TIMES: readonly string[] = ['time', 'zonedTime'];
const TIME = /^\d\d:\d\d:\d\d/;

/** As many behind the point. */
const digitsOf = (value: string, at: number): string =>
  at === 0 ? turned(value) : at === 1 ? turned(value).replace(/\d/, '1$&') : turned(turned(value));

function deep(value: ColumnValue, way: Way): ColumnValue {
  if (typeof value === 'string') return way.text(value);
  if (typeof value === 'number') return way.number(value);
  if (typeof value === 'boolean') return !value;
  if (value === null) return null;
  if (isList(value)) return value.map((each) => deep(each, way));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, deep(each, way)]));
}

const isList = (value: ColumnValue): value is readonly ColumnValue[] => Array.isArray(value);

const wayOf = (at: number): Way => WAYS[at] ?? { ...(WAYS[0] as Way) };

/** In the place of null. */
function sampleOf(type: ColumnType, at: number): ColumnValue {
  const way = wayOf(at);
  switch (type.kind) {
    case 'integer':
    case 'year':
      return 2000 + at;
    case 'float':
      return 1.5 + at;
    case 'bigint':
      return String(20 + at);
    case 'decimal':
      return type.scale === 0 ? String(20 + at) : `${20 + at}.${'5'.repeat(type.scale)}`;
    case 'date':
      return way.day;
    case 'timestamp':
    case 'instant':
      return `${way.day}T${way.time}.000000Z`;
    case 'time':
      return way.time;
    case 'zonedTime':
      return `${way.time}Z`;
    case 'interval':
      return `PT${at + 1}H`;
    case 'uuid':
      return way.uuid;
    case 'bits':
      return '1'.repeat(type.length);
    case 'array':
      return Array<ColumnValue>(at).fill(sampleOf(type.element, at));
    case 'boolean':
    case 'code':
    case 'set':
    case 'physicalTable':
      return meaningsOf(type)?.[at] ?? null;
    case 'json':
    case 'hstore':
      return { [way.text('name')]: way.text('value') };
    case 'point':
    case 'geometry':
    case 'bytes':
    case 'text':
      return way.text('Some');
  }
}
