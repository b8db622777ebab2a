/**
 * The text that a database gives for a column -> the value that the column has when the connector sends it, by its declaration. Each text is
 * brought into a form that the connector might send, and converted as that is: so what both come to is one code (`../types`). What is asked for
 * of each type, and what is known to differ: docs/reconciliation.md. Pure.
 */
import type { ColumnType } from '../../domain/tables/column-type.js';
import type { SqlColumn } from '../../domain/tables/sql-column.js';
import type { ColumnValue } from '../../domain/tables/table.js';
import { type Conversion, type Convert, INVALID, type WireValue } from '../types/conversion.js';
import { converterOf } from '../types/converter.js';
import {
  epochOf,
  intervalIso,
  intervalMicros,
  isInfinity,
  isoDay,
  isoMoment,
  isZeroDate,
  wireClock,
  wireZonedTime,
} from './calendar.js';
import { geometryOf, pointOf } from './spatial.js';

/** Text, not null -> value. */
export type SqlConvert = (text: string) => Conversion;

/** Which a column of the database is, of those that print one value in several ways. */
type Column = Pick<SqlColumn, 'sqlType' | 'isNullable'>;

type Makers = {
  readonly [K in ColumnType['kind']]: (type: Extract<ColumnType, { kind: K }>, column: Column) => SqlConvert;
};

/** Converted as it stands. */
const plain = (type: ColumnType): SqlConvert => converterOf(type);

const brought = (type: ColumnType, wireOf: (text: string) => WireValue): SqlConvert => {
  const convert: Convert = converterOf(type);
  return (text) => {
    const wire = wireOf(text);
    return wire === null ? INVALID : convert(wire);
  };
};

const MAKERS: Makers = {
  text: plain,
  integer: (type) => brought(type, Number),
  bigint: plain,
  decimal: ({ lossy, ...type }) =>
    lossy === true ? brought({ ...type, lossy }, Number) : plain({ ...type, wire: 'text' }),
  float: (type, { sqlType }) => brought(type, sqlType === 'float' ? singleOf : doubleOf),
  boolean: (type) => brought(type, (text) => TRUTHS.get(text) ?? null),
  code: plain,
  set: plain,
  date: (type, column) =>
    dated(
      type,
      column,
      brought({ ...type, unit: 'iso' }, (text) => `${isoDay(text)}Z`),
    ),
  timestamp: (type, column) => dated(type, column, timestampOf(type)),
  instant: (type, column) => dated(type, column, brought(type, isoMoment)),
  time: (type) => brought(type, (text) => wireClock(text, type.unit)),
  zonedTime: (type) => brought(type, wireZonedTime),
  interval: (type) => brought(type, type.unit === 'iso' ? intervalIso : intervalMicros),
  year: (type) => brought(type, Number),
  uuid: plain,
  json: plain,
  bytes: (_, { sqlType }) => brought({ kind: 'bytes', wire: 'hex' }, sqlType === 'varbit' ? bytesOfBits : hexIn),
  bits:
    ({ length }) =>
    (text) =>
      bitsOf(text, length),
  array: ({ element, nullable }, column) => arrayOf(valueOf(element, column), nullable),
  hstore: plain,
  physicalTable: plain,
  point: (type) => brought(type, pointOf),
  geometry: () => geometryOf,
};

export const valueOf = (type: ColumnType, column: Column): SqlConvert =>
  (MAKERS[type.kind] as (type: ColumnType, column: Column) => SqlConvert)(type, column);

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'true', '1'].map((text) => [text, true] as const),
  ...['f', 'false', '0'].map((text) => [text, false] as const),
]);

type Dated = Extract<ColumnType, { kind: 'date' | 'timestamp' | 'instant' }>;

/** The connectors of MySQL and MariaDB write null for a zero date, and 1970 where the column may not be null. */
function dated({ kind, infinity }: Dated, { isNullable }: Column, convert: SqlConvert): SqlConvert {
  return (text) => {
    if (isInfinity(text)) return infinity === true ? text : INVALID;
    if (!isZeroDate(text)) return convert(text);
    return isNullable ? null : convert(kind === 'date' ? '1970-01-01' : '1970-01-01 00:00:00');
  };
}

function timestampOf(type: Extract<ColumnType, { kind: 'timestamp' }>): SqlConvert {
  const { unit } = type;
  if (unit === 'iso') return brought(type, isoMoment);
  return brought(type, (text) => {
    const iso = isoMoment(text);
    return iso === null ? null : epochOf(iso, unit);
  });
}

const NON_FINITE: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity']);

const doubleOf = (text: string): WireValue => (NON_FINITE.has(text) ? text : Number(text));

/** The double that stands for a number of single precision -> the shortest digits that name it, which the connector sends. */
function singleOf(text: string): WireValue {
  const single = Math.fround(Number(text));
  for (let digits = 1; digits <= SINGLE_DIGITS_MAX; digits += 1) {
    const shorter = Number(single.toPrecision(digits));
    if (Math.fround(shorter) === single) return shorter;
  }
  return single;
}

const SINGLE_DIGITS_MAX = 9;

/** PostgreSQL's `\x00ff`, or the digits alone. */
const hexIn = (text: string): string => (text.startsWith('\\x') ? text.slice(2) : text);

/** The connector sends `bit varying` as a number in little-endian bytes, so leading zeros are lost. */
function bytesOfBits(text: string): string {
  let number = BigInt(`0b${text === '' ? '0' : text}`);
  let hex = '';
  for (; number > 0n; number >>= 8n) hex += (number & 0xffn).toString(16).padStart(2, '0');
  return hex;
}

function bitsOf(text: string, length: number): Conversion {
  const extra = text.length - length;
  if (extra <= 0) return text.padStart(length, '0');
  return text.lastIndexOf('1', extra - 1) === -1 ? text.slice(extra) : INVALID;
}

/** A JSON array of texts and nulls. The connector sends those of more dimensions as nulls, which are refused too. */
const arrayOf =
  (convert: SqlConvert, isNullable: boolean): SqlConvert =>
  (text) => {
    const elements: ColumnValue[] = [];
    for (const element of JSON.parse(text) as readonly unknown[]) {
      const converted =
        typeof element === 'string' ? convert(element) : element === null && isNullable ? null : INVALID;
      if (typeof converted === 'symbol') return converted;
      elements.push(converted);
    }
    return elements;
  };
