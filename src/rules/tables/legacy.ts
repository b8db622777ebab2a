/**
 * Column types of legacy tables. What a value looks like on the wire depends on the database, the connector's settings and the
 * converter, and cannot be seen in it: `docs/column-types.md` says for each case what to declare, what rules see, what is refused.
 */
import type {
  BytesOptions,
  CalendarOptions,
  CodeMeanings,
  DateOptions,
  DecimalOptions,
  TimeOptions,
  TimestampOptions,
  ZeroDate,
} from '../../domain/tables/column-type.js';
import type { ColumnValue } from '../../domain/tables/table.js';
import { type Column, column } from './column.js';

type Codes = Readonly<Record<string, string | boolean>>;
type Other = Pick<CodeMeanings, 'other'>;
type OtherOf<O> = O extends { readonly other: infer V } ? V : never;
type ZeroOf<O> = O extends { readonly zeroDate: 'null' } ? null : never;
type NonFiniteOf<O> = O extends { readonly nonFinite: true } ? 'NaN' | 'Infinity' | '-Infinity' : never;

const namedTables = (
  tables: readonly string[] | Readonly<Record<string, string>>,
): Readonly<Record<string, string | null>> =>
  isList(tables) ? Object.fromEntries(tables.map((name) => [name, null])) : tables;

const isList = (tables: unknown): tables is readonly string[] => Array.isArray(tables);

/** Big integers, decimals, dates, times and instants are texts, so that no digit is ever lost. */
export const legacy = {
  /** `trim` takes away the trailing blanks of `char(n)`. */
  text: (options: { readonly trim?: boolean } = {}) => column<string>({ kind: 'text', trim: options.trim ?? false }),
  /** Up to 53 bits: a number. */
  integer: () => column<number>({ kind: 'integer' }),
  /** 64 bits: decimal digits as text. `unsigned` refuses the negative numbers that MySQL's unsigned ones wrap into. */
  bigint: (options: { readonly unsigned?: boolean } = {}) => column<string>({ kind: 'bigint', ...options }),
  /** Text with exactly `scale` digits after the point. */
  decimal: (options: DecimalOptions) => column<string>({ kind: 'decimal', ...options }),
  /** A double. `nonFinite` takes NaN and the infinities too, as texts. */
  float: <const O extends { readonly nonFinite?: boolean } = object>(options?: O) =>
    column<number | NonFiniteOf<O>>({ kind: 'float', ...options }),
  boolean: () => column<boolean>({ kind: 'boolean' }),
  /** The meanings of the codes, and of all `other` ones; without it a code that is not listed parks the aggregate. */
  code: <const C extends Codes, const O extends Other = object>(codes: C, options?: O) =>
    column<C[keyof C] | OtherOf<O>>({ kind: 'code', codes, ...options }),
  /** MySQL's `set`: the meanings of its members, in the order of the column's declaration. */
  set: <const C extends Codes, const O extends Other = object>(codes: C, options?: O) =>
    column<readonly (C[keyof C] | OtherOf<O>)[]>({ kind: 'set', codes, ...options }),
  /** ISO date: `2026-02-28`. */
  date: <const O extends DateOptions = object>(options?: O) => column<string | ZeroOf<O>>({ kind: 'date', ...options }),
  /** Local time without zone; `zone` is the one that the legacy system means. An ISO-8601 instant in UTC. */
  timestamp: <const O extends TimestampOptions>(options: O) =>
    column<string | ZeroOf<O>>({ kind: 'timestamp', ...options }),
  /** Time with zone. An ISO-8601 instant in UTC. */
  instant: <const O extends CalendarOptions = object>(options?: O) =>
    column<string | ZeroOf<O>>({ kind: 'instant', ...options }),
  /** Time of day: `10:11:12.123456`. */
  time: (options: TimeOptions) => column<string>({ kind: 'time', ...options }),
  /** Time of day with zone, in UTC: `08:11:12.123456Z`. */
  zonedTime: () => column<string>({ kind: 'zonedTime' }),
  /** `micros`: digits. `iso`: `P1Y2M3DT4H5M6.789S`. */
  interval: ({ unit }: { readonly unit: 'micros' | 'iso' }) => column<string>({ kind: 'interval', unit }),
  /** MySQL's `year`: 1901 to 2155. */
  year: <const O extends { readonly zeroDate?: ZeroDate } = object>(options?: O) =>
    column<number | ZeroOf<O>>({ kind: 'year', ...options }),
  uuid: () => column<string>({ kind: 'uuid' }),
  /** The document; a number in it that JavaScript cannot hold exactly is a text with its digits. */
  json: () => column<ColumnValue>({ kind: 'json' }),
  /** Lower-case hexadecimal text. */
  bytes: (options: BytesOptions = {}) => column<string>({ kind: 'bytes', ...options }),
  /** `bit(n)` of more than one bit: `length` digits of 0 and 1. One bit is a boolean. */
  bits: ({ length }: { readonly length: number }) => column<string>({ kind: 'bits', length }),
  /** One-dimensional; `legacy.array(legacy.text().nullable())` takes null elements. */
  array: <V>({ definition: { type, nullable } }: Column<V>) =>
    column<readonly V[]>({ kind: 'array', element: type, nullable }),
  /** Texts and nulls by name. */
  hstore: () => column<Readonly<Record<string, string | null>>>({ kind: 'hstore' }),
  /**
   * The physical table that a row came from, where several of them are one table to the rules: leaf partitions, yearly tables, shards.
   * A list of their names, in which `*` stands for any characters but a dot; or an object that says what rules see of each.
   */
  physicalTable: <const T extends readonly string[] | Readonly<Record<string, string>>>(tables: T) =>
    column<T extends readonly string[] ? string : T[keyof T]>({ kind: 'physicalTable', tables: namedTables(tables) }),
  point: () => column<{ readonly x: number; readonly y: number }>({ kind: 'point' }),
  /** Well-known binary as hexadecimal text. */
  geometry: () => column<{ readonly wkb: string; readonly srid: number | null }>({ kind: 'geometry' }),
} as const;
