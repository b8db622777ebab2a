/** Types of MySQL and MariaDB -> as their connectors send them with decimals as texts and times as they are (docs/column-types.md). Pure. */
import type { ColumnType } from '../../domain/tables/table.js';

export interface MysqlType {
  /** `decimal`. */
  readonly name: string;
  /** `decimal(12,2) unsigned`, `enum('a','b')`. */
  readonly whole: string;
  readonly scale: number | null;
  /** Digits of a second. */
  readonly precision: number | null;
}

const TEXTS = ['varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'uuid', 'inet4', 'inet6'];
const BYTES = ['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'];
const GEOMETRIES = [
  ...[
    'geometry',
    'linestring',
    'polygon',
    'multipoint',
    'multilinestring',
    'multipolygon',
    'geometrycollection',
    'geomcollection',
  ],
];

const PLAIN: Readonly<Record<string, ColumnType>> = {
  ...Object.fromEntries(TEXTS.map((name): [string, ColumnType] => [name, { kind: 'text', trim: false }])),
  ...Object.fromEntries(BYTES.map((name): [string, ColumnType] => [name, { kind: 'bytes' }])),
  ...Object.fromEntries(GEOMETRIES.map((name): [string, ColumnType] => [name, { kind: 'geometry' }])),
  char: { kind: 'text', trim: true },
  tinyint: { kind: 'integer' },
  smallint: { kind: 'integer' },
  mediumint: { kind: 'integer' },
  int: { kind: 'integer' },
  float: { kind: 'float' },
  double: { kind: 'float' },
  date: { kind: 'date' },
  timestamp: { kind: 'instant' },
  time: { kind: 'time', unit: 'micros' },
  year: { kind: 'year' },
  json: { kind: 'json' },
  point: { kind: 'point' },
};

/** @returns null: it is not sent so that it can be read. */
export function mysqlType({ name, whole, scale, precision }: MysqlType): ColumnType | null {
  switch (name) {
    case 'tinyint':
      return /^tinyint\(1\)/.test(whole) ? { kind: 'boolean' } : { kind: 'integer' };
    case 'bigint':
      return whole.includes('unsigned') ? { kind: 'bigint', unsigned: true } : { kind: 'bigint' };
    case 'decimal':
      return { kind: 'decimal', scale: scale ?? 0 };
    case 'datetime':
      return { kind: 'timestamp', unit: (precision ?? 0) > MILLIS_DIGITS ? 'micros' : 'millis', zone: 'UTC' };
    case 'enum':
      return { kind: 'code', codes: meaningsOf(whole) };
    case 'set':
      return { kind: 'set', codes: meaningsOf(whole) };
    case 'bit':
      return bits(Number(/\((\d+)\)/.exec(whole)?.[1] ?? 1));
    default:
      return PLAIN[name] ?? null;
  }
}

const MILLIS_DIGITS = 3;

const bits = (length: number): ColumnType => (length === 1 ? { kind: 'boolean' } : { kind: 'bits', length });

/** `enum('a','it''s')`. */
function meaningsOf(whole: string): Readonly<Record<string, string>> {
  const codes = [...whole.matchAll(/'((?:[^']|'')*)'/g)].map(([, code]) => (code ?? '').replaceAll("''", "'"));
  return Object.fromEntries(codes.map((code) => [code, code]));
}
