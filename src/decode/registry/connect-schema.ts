/**
 * Type of Avro -> the schema of Kafka Connect that it was made of, as JsonConverter writes it in front of a value (`schemas.enable=true`): what
 * knows columns by their schemas (drift, `init`, invented keys) knows them of Avro too. Source: `AvroData.java` of Confluent and Apicurio. Pure.
 */
import { isObject } from '../../domain/json-text.js';
import { type JsonObject } from '../envelope.js';
import { type AvroField, type AvroType, type Primitive, scaleOf } from './avro-type.js';

const PREFIX = 'org.apache.kafka.connect.data.';
/** Avro's logical types that stand for Connect's. */
const LOGICAL: Readonly<Record<string, string>> = {
  decimal: `${PREFIX}Decimal`,
  date: `${PREFIX}Date`,
  'time-millis': `${PREFIX}Time`,
  'timestamp-millis': `${PREFIX}Timestamp`,
};

const TYPES: Readonly<Record<Primitive | 'fixed' | 'enum', string>> = {
  ...{ null: 'string', boolean: 'boolean', int: 'int32', long: 'int64', float: 'float', double: 'double' },
  ...{ bytes: 'bytes', string: 'string', fixed: 'bytes', enum: 'string' },
};

/** In front of a value that was written with this type; behind it one brace closes. A type within itself is told once. */
export const wrapperOf = (type: AvroType): string =>
  `{"schema":${JSON.stringify(schemaOf(type, new Set()))},"payload":`;

function schemaOf(type: AvroType, around: ReadonlySet<AvroType>, isOptional = false): JsonObject {
  if (type.kind === 'optional') return schemaOf(type.of, around, true);
  if (around.has(type)) return { type: 'struct', fields: [], optional: isOptional };
  const within = new Set([...around, type]);
  return { ...formOf(type, within), optional: isOptional, ...said(type) };
}

function formOf(type: Exclude<AvroType, { kind: 'optional' }>, within: ReadonlySet<AvroType>): JsonObject {
  if (type.kind === 'record') return { type: 'struct', fields: type.fields.map((field) => fieldOf(field, within)) };
  if (type.kind === 'array') return { type: 'array', items: schemaOf(type.items, within) };
  if (type.kind === 'map')
    return { type: 'map', keys: { type: 'string', optional: false }, values: schemaOf(type.values, within) };
  const { 'connect.type': connectType } = type.attributes;
  return { type: typeof connectType === 'string' ? connectType : TYPES[type.kind] };
}

function fieldOf({ name, type, attributes }: AvroField, within: ReadonlySet<AvroType>): JsonObject {
  const { default: value } = attributes;
  const form = schemaOf(type, within);
  const hasOwn = 'default' in form || value === undefined || value === null;
  return { ...form, ...(hasOwn ? {} : { default: value }), field: name };
}

/** Name, version, parameters and default, as the converter kept them. */
function said(type: AvroType): JsonObject {
  const { attributes } = type;
  const logical = attributes.logicalType;
  const name = attributes['connect.name'] ?? (typeof logical === 'string' ? LOGICAL[logical] : undefined);
  const parameters = attributes['connect.parameters'];
  const scale = logical === 'decimal' ? { scale: String(scaleOf(type)) } : {};
  const all = { ...scale, ...(isObject(parameters) ? parameters : {}) };
  const parts: readonly (readonly [string, unknown])[] = [
    ['name', name ?? (type.kind === 'record' ? type.name : undefined)],
    ['version', attributes['connect.version']],
    ['parameters', Object.keys(all).length === 0 ? undefined : all],
    ['default', attributes['connect.default']],
  ];
  return Object.fromEntries(parts.filter(([, value]) => value !== undefined));
}
