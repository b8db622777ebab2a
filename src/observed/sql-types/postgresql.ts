/** Types of PostgreSQL -> as its connector sends them with decimals as texts and times as they are (docs/column-types.md). Pure. */
import type { ColumnType } from '../../domain/tables/table.js';

export interface PostgresType {
  /** `numeric`, `_int4` of an array; of a domain that of what it is based on. */
  readonly name: string;
  /** `atttypmod`; -1: none. */
  readonly modifier: number;
  /** Of an enum, in its order; null: it is none. */
  readonly labels: readonly string[] | null;
}

const TEXTS = [
  ...[
    'text',
    'varchar',
    'name',
    'char',
    'citext',
    'inet',
    'cidr',
    'macaddr',
    'macaddr8',
    'xml',
    'ltree',
    'tsvector',
    'tsquery',
  ],
  ...['int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange'],
];

const PLAIN: Readonly<Record<string, ColumnType>> = {
  ...Object.fromEntries(TEXTS.map((name): [string, ColumnType] => [name, { kind: 'text', trim: false }])),
  bpchar: { kind: 'text', trim: true },
  int2: { kind: 'integer' },
  int4: { kind: 'integer' },
  oid: { kind: 'bigint' },
  int8: { kind: 'bigint' },
  money: { kind: 'decimal', scale: 2 },
  float4: { kind: 'float' },
  float8: { kind: 'float' },
  bool: { kind: 'boolean' },
  uuid: { kind: 'uuid' },
  date: { kind: 'date' },
  timestamptz: { kind: 'instant' },
  timetz: { kind: 'zonedTime' },
  interval: { kind: 'interval', unit: 'micros' },
  json: { kind: 'json' },
  jsonb: { kind: 'json' },
  bytea: { kind: 'bytes' },
  varbit: { kind: 'bytes' },
  hstore: { kind: 'hstore' },
  point: { kind: 'point' },
  geometry: { kind: 'geometry' },
  geography: { kind: 'geometry' },
};

/** Those of which the connector sends no list. */
const NOT_IN_LISTS = ['money', 'interval', 'hstore', 'point', 'geometry', 'geography', 'xml', 'bit', 'varbit'];

/** @returns null: it is not in the row at all, or cannot be read. A scale of -1: the database has none. */
export function postgresType({ name, modifier, labels }: PostgresType): ColumnType | null {
  if (labels !== null) return { kind: 'code', codes: Object.fromEntries(labels.map((label) => [label, label])) };
  if (name.startsWith('_')) {
    const element = NOT_IN_LISTS.includes(name.slice(1))
      ? null
      : postgresType({ name: name.slice(1), modifier, labels });
    return element && { kind: 'array', element, nullable: true };
  }
  if (name === 'numeric') return { kind: 'decimal', scale: modifier < 0 ? -1 : (modifier - NUMERIC_HEAD) & SCALE_MASK };
  if (name === 'timestamp') return { kind: 'timestamp', unit: isFine(modifier) ? 'micros' : 'millis', zone: 'UTC' };
  if (name === 'time') return { kind: 'time', unit: isFine(modifier) ? 'micros' : 'millis' };
  if (name === 'bit') return modifier <= 1 ? { kind: 'boolean' } : { kind: 'bits', length: modifier };
  return PLAIN[name] ?? null;
}

/** Four bytes of a header; then precision in the upper and scale in the lower half. */
const NUMERIC_HEAD = 4;
const SCALE_MASK = 0x7ff;
const MILLIS_DIGITS = 3;

/** More than milliseconds; without a precision it has six digits. */
const isFine = (modifier: number): boolean => modifier < 0 || modifier > MILLIS_DIGITS;
