/**
 * Types by the schema that came with a row (`schemas.enable=true`): what the connector says itself. Source: Debezium 3.6, "Data types" of
 * each connector; `org.apache.kafka.connect.data`. Pure.
 */
import type { ColumnSchema } from '../decode/drift/row-schemas.js';
import type { ColumnType } from '../domain/tables/table.js';

const UTC = 'UTC';
const CONNECT = 'org.apache.kafka.connect.data';

const NAMED: Readonly<Record<string, ColumnType>> = {
  int8: { kind: 'integer' },
  int16: { kind: 'integer' },
  int32: { kind: 'integer' },
  int64: { kind: 'bigint' },
  boolean: { kind: 'boolean' },
  float32: { kind: 'float' },
  float64: { kind: 'float' },
  bytes: { kind: 'bytes' },
  map: { kind: 'hstore' },
  'io.debezium.time.Date': { kind: 'date' },
  [`${CONNECT}.Date`]: { kind: 'date' },
  'io.debezium.time.IsoDate': { kind: 'date', unit: 'iso' },
  'io.debezium.time.Timestamp': { kind: 'timestamp', unit: 'millis', zone: UTC },
  [`${CONNECT}.Timestamp`]: { kind: 'timestamp', unit: 'millis', zone: UTC },
  'io.debezium.time.MicroTimestamp': { kind: 'timestamp', unit: 'micros', zone: UTC },
  'io.debezium.time.NanoTimestamp': { kind: 'timestamp', unit: 'nanos', zone: UTC },
  'io.debezium.time.IsoTimestamp': { kind: 'timestamp', unit: 'iso', zone: UTC },
  'io.debezium.time.ZonedTimestamp': { kind: 'instant' },
  'io.debezium.time.Time': { kind: 'time', unit: 'millis' },
  [`${CONNECT}.Time`]: { kind: 'time', unit: 'millis' },
  'io.debezium.time.MicroTime': { kind: 'time', unit: 'micros' },
  'io.debezium.time.NanoTime': { kind: 'time', unit: 'nanos' },
  'io.debezium.time.IsoTime': { kind: 'time', unit: 'iso' },
  'io.debezium.time.ZonedTime': { kind: 'zonedTime' },
  'io.debezium.time.MicroDuration': { kind: 'interval', unit: 'micros' },
  'io.debezium.time.Interval': { kind: 'interval', unit: 'iso' },
  'io.debezium.time.Year': { kind: 'year' },
  'io.debezium.data.Uuid': { kind: 'uuid' },
  'io.debezium.data.Json': { kind: 'json' },
  'io.debezium.data.Xml': { kind: 'text', trim: false },
  'io.debezium.data.Ltree': { kind: 'text', trim: false },
  'io.debezium.data.geometry.Point': { kind: 'point' },
  'io.debezium.data.geometry.Geometry': { kind: 'geometry' },
  'io.debezium.data.geometry.Geography': { kind: 'geometry' },
};

/** @returns null: the schema does not tell, as of a plain text, which may be a code, a decimal or anything. */
export function schemaType({ type, parameters, element }: ColumnSchema): ColumnType | null {
  const { scale, length, allowed } = parameters;
  if (type === `${CONNECT}.Decimal`) return { kind: 'decimal', scale: Number(scale ?? 0), wire: 'bytes' };
  if (type === 'io.debezium.data.Bits') return { kind: 'bits', length: Number(length ?? 1) };
  if (type === 'io.debezium.data.Enum') return { kind: 'code', codes: codesOf(allowed) };
  if (type === 'io.debezium.data.EnumSet') return { kind: 'set', codes: codesOf(allowed) };
  if (element === null) return NAMED[type] ?? null;
  const of = schemaType(element) ?? (element.type === 'string' ? { kind: 'text', trim: false } : null);
  return of && { kind: 'array', element: of, nullable: element.isOptional };
}

export const codesOf = (allowed: string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((allowed ?? '').split(',').map((code) => [code, code]));
