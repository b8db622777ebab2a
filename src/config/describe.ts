/**
 * The schema as rows for people: one for each key, with its environment variable. docs/configuration.md and `config print` are made
 * of these. Variable names: `DRAGOMAN_`, then the path in upper case with `_` between words and between sections
 * (`kafka.ssl.caFile` is `DRAGOMAN_KAFKA_SSL_CA_FILE`). The way back is a look-up in this finite list, so `_` is never ambiguous;
 * a test holds that no two keys share a name.
 */
import { z } from 'zod';
import { keyMeta, type Secret } from './keys/key.js';
import { configSchema } from './schema.js';

export const VARIABLE_PREFIX = 'DRAGOMAN_';

export type KeyType = 'text' | 'whole number' | 'true or false' | 'choice' | 'list' | 'record';

export interface KeyRow {
  /** Keys from the root; `<pipeline>`, `<contract>` and `[]` stand for any name and any place. */
  readonly path: readonly string[];
  readonly key: string;
  readonly type: KeyType;
  /** Legal values in words: `6000 to 300000`, or the choices. */
  readonly limits: string;
  /** Null inside a record: those have no variable of their own. */
  readonly variable: string | null;
  /** Variable that names a file with the value, for secrets. */
  readonly fileVariable: string | null;
  readonly default: string;
  readonly unit: string;
  readonly secret: Secret | null;
  readonly description: string;
}

/** Stands for any name in a record: `<pipeline>` in `pipelines`. */
export const placeholderOf = (path: readonly string[]): string => `<${(path.at(-1) ?? '').replace(/s$/, '')}>`;

/** Every key in the order of the schema. */
export const describeConfig = (): readonly KeyRow[] => rows(configSchema, [], true);

function rows(schema: z.core.$ZodType, path: readonly string[], settable: boolean): KeyRow[] {
  const inner = unwrap(schema);
  const meta = keyMeta.get(schema as z.ZodType);
  const own = meta === undefined ? [] : [row(schema, inner, path, settable)];
  if (inner instanceof z.ZodObject) {
    const children = Object.entries<z.core.$ZodType>(inner.shape);
    return children.flatMap(([name, child]) => rows(child, [...path, name], settable));
  }
  if (inner instanceof z.ZodRecord) return [...own, ...rows(inner.valueType, [...path, placeholderOf(path)], false)];
  if (inner instanceof z.ZodArray && unwrap(inner.element) instanceof z.ZodObject) {
    return [...own, ...rows(inner.element, [...path.slice(0, -1), `${path.at(-1) ?? ''}[]`], false)];
  }
  return own;
}

function row(schema: z.core.$ZodType, inner: z.core.$ZodType, path: readonly string[], settable: boolean): KeyRow {
  const meta = keyMeta.get(schema as z.ZodType);
  const name = path.at(-1) ?? '';
  const variable = settable ? variableName(path) : null;
  const secret = meta?.secret ?? null;
  return {
    path,
    key: path.join('.'),
    type: typeOf(inner),
    limits: limitsOf(inner),
    variable,
    fileVariable: secret === null || variable === null ? null : `${variable}_FILE`,
    default: meta?.defaultText ?? defaultOf(schema),
    unit: unitOf(name),
    secret,
    description: meta?.description ?? '',
  };
}

export const variableName = (path: readonly string[]): string =>
  VARIABLE_PREFIX + path.map((part) => part.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()).join('_');

/** The schema without its wrappers: default, null, optional, transform. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrap(schema.def.innerType);
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return unwrap(schema.def.innerType);
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
}

function typeOf(schema: z.core.$ZodType): KeyType {
  if (schema instanceof z.ZodNumber) return 'whole number';
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodEnum) return 'choice';
  if (schema instanceof z.ZodArray) return 'list';
  return schema instanceof z.ZodRecord ? 'record' : 'text';
}

function limitsOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodNumber) return `${schema.minValue ?? ''} to ${schema.maxValue ?? ''}`;
  return schema instanceof z.ZodEnum ? schema.options.join(', ') : '';
}

function defaultOf(schema: z.core.$ZodType): string {
  if (!(schema instanceof z.ZodDefault)) return 'required';
  const value = schema.def.defaultValue;
  if (Array.isArray(value)) return value.join(', ');
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '';
}

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/Ms$/, 'ms'],
  [/Bytes/, 'bytes'],
  [/RowsMax$/, 'rows'],
  [/ChangeSetsMax$/, 'change sets'],
  [/TransactionsMax$/, 'transactions'],
];

const unitOf = (name: string): string => UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? '';
