/**
 * Text of an Avro schema -> its type with all names resolved (Avro 1.12, "Schema Declaration"), as far as the converters of Kafka Connect write
 * any: the one union that they know is that of null and something else. Pure.
 */
import { isObject } from '../../domain/json-text.js';
import { type JsonObject } from '../envelope.js';

export type Primitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

/** What the schema says besides (`connect.name`, `logicalType`, ...): of a named type where it is declared. */
interface Declared {
  readonly attributes: JsonObject;
}

export type AvroType = Declared &
  (
    | { readonly kind: Primitive }
    | { readonly kind: 'fixed'; readonly size: number }
    | { readonly kind: 'enum'; readonly symbols: readonly string[] }
    | { readonly kind: 'array'; readonly items: AvroType }
    | { readonly kind: 'map'; readonly values: AvroType }
    | { readonly kind: 'optional'; readonly of: AvroType; readonly isNullFirst: boolean }
    | AvroRecord
  );

export interface AvroRecord extends Declared {
  readonly kind: 'record';
  /** With its namespace. */
  readonly name: string;
  readonly fields: readonly AvroField[];
}

export interface AvroField extends Declared {
  readonly name: string;
  readonly type: AvroType;
}

/** Of a decimal: digits behind the point. */
export const scaleOf = ({ attributes: { scale } }: AvroType): number => (typeof scale === 'number' ? scale : 0);

/** By full name. */
export type Names = Map<string, AvroType>;

const PRIMITIVES: ReadonlySet<unknown> = new Set<Primitive>([
  ...(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const),
]);
const NONE: JsonObject = Object.freeze({});

/**
 * @param names of other schemas that this one refers to; its own are added.
 * @throws SyntaxError the text is not JSON; RangeError the schema is not one that can be read, and why.
 */
export const avroType = (text: string, names: Names = new Map()): AvroType => typeOf(JSON.parse(text), '', names);

function typeOf(schema: unknown, namespace: string, names: Names): AvroType {
  if (typeof schema === 'string') return named(schema, namespace, names);
  if (Array.isArray(schema)) return union(schema, namespace, names);
  if (!isObject(schema)) throw new RangeError('a type of it is neither a name, a list nor an object');
  const { type } = schema;
  if (isPrimitive(type)) return { kind: type, attributes: schema };
  switch (type) {
    case 'array':
      return { kind: 'array', items: typeOf(schema.items, namespace, names), attributes: schema };
    case 'map':
      return { kind: 'map', values: typeOf(schema.values, namespace, names), attributes: schema };
    case 'record':
      return record(schema, namespace, names);
    case 'enum':
      return declare(schema, namespace, names, { kind: 'enum', symbols: texts(schema.symbols), attributes: schema });
    case 'fixed':
      return declare(schema, namespace, names, { kind: 'fixed', size: sizeOf(schema.size), attributes: schema });
    default:
      return typeOf(type, namespace, names);
  }
}

const isPrimitive = (type: unknown): type is Primitive => PRIMITIVES.has(type);

function named(name: string, namespace: string, names: Names): AvroType {
  if (isPrimitive(name)) return { kind: name, attributes: NONE };
  const found = names.get(fullName(name, namespace)) ?? names.get(name);
  if (found === undefined) throw new RangeError(`it has no type of the name ${name}`);
  return found;
}

function union(branches: readonly unknown[], namespace: string, names: Names): AvroType {
  const types = branches.map((branch) => typeOf(branch, namespace, names));
  const [first, second, ...others] = types;
  if (first !== undefined && second !== undefined && others.length === 0) {
    if (first.kind === 'null') return { kind: 'optional', of: second, isNullFirst: true, attributes: NONE };
    if (second.kind === 'null') return { kind: 'optional', of: first, isNullFirst: false, attributes: NONE };
  }
  throw new RangeError(
    `it has a union of ${types.map(({ kind }) => kind).join(', ')}, where null and one other are known`,
  );
}

function record(schema: JsonObject, namespace: string, names: Names): AvroType {
  const fields: AvroField[] = [];
  const name = nameOf(schema, namespace);
  const type: AvroRecord = { kind: 'record', name, fields, attributes: schema };
  names.set(name, type); // before its fields, which may have it again
  if (!Array.isArray(schema.fields)) throw new RangeError(`its record ${name} has no fields`);
  const inner = name.slice(0, Math.max(name.lastIndexOf('.'), 0));
  for (const field of schema.fields as unknown[]) {
    if (!isObject(field) || typeof field.name !== 'string')
      throw new RangeError(`a field of its record ${name} has no name`);
    fields.push({ name: field.name, type: typeOf(field.type, inner, names), attributes: field });
  }
  return type;
}

function declare(schema: JsonObject, namespace: string, names: Names, type: AvroType): AvroType {
  names.set(nameOf(schema, namespace), type);
  return type;
}

function nameOf({ name, namespace: own }: JsonObject, namespace: string): string {
  if (typeof name !== 'string' || name === '') throw new RangeError('a type of it that needs a name has none');
  return fullName(name, typeof own === 'string' ? own : namespace);
}

const fullName = (name: string, namespace: string): string =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;

function texts(symbols: unknown): readonly string[] {
  if (!Array.isArray(symbols) || !symbols.every((symbol) => typeof symbol === 'string'))
    throw new RangeError('the symbols of an enum of it are no texts');
  return symbols;
}

function sizeOf(size: unknown): number {
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw new RangeError('a fixed type of it has no size');
  return size as number;
}
