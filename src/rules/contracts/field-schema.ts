/**
 * The business fields of a contract as JSON Schema draft-07, in the order of the contract: what `z.toJSONSchema` gives, without what is no
 * promise. Objects are open, because a consumer reads over what it does not know; a pattern says less than the format beside it, and
 * changes with the library; whole numbers have no limits that nobody set. Pure.
 */
import { z } from 'zod';
import { type Json, type JsonSchema, resolved } from './json-schema.js';
import type { PromiseOptions } from './promise.js';

/** @throws Error, with its words, when a field has no form in JSON (a date, a function), or a pattern that consumers would read otherwise. */
export function fieldSchema(fields: z.ZodObject): JsonSchema {
  const schema = {
    ...z.toJSONSchema(fields, {
      target: 'draft-07',
      io: 'output',
      override: ({ zodSchema }) => assertPlain(zodSchema),
    }),
  } as Record<string, unknown>;
  delete schema['$schema'];
  return cleaned(schema) as JsonSchema;
}

/** Formats that draft-07 or a later draft describes, so that a consumer's library knows them. */
export const FORMATS = [
  ...['date-time', 'date', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'],
] as const;

interface Form {
  readonly pattern?: Pick<RegExp, 'source' | 'flags'>;
}

/** Flags that let a pattern take other texts than it does without; JSON Schema has the pattern alone. */
const FLAGS_OF_MEANING = /[imsv]/g;

/** @throws Error */
function assertPlain({ _zod: { def } }: z.core.$ZodTypes): void {
  const { checks = [] } = def as { readonly checks?: readonly { readonly _zod: { readonly def: Form } }[] };
  for (const { pattern } of [def as Form, ...checks.map(({ _zod }) => _zod.def)]) {
    if (typeof pattern?.source !== 'string') continue;
    const flags = pattern.flags.match(FLAGS_OF_MEANING);
    if (flags !== null)
      throw new Error(
        `the pattern /${pattern.source}/${pattern.flags} has the flag ${flags.join(', ')}, which JSON Schema does not have: write it without, as [A-Za-z] for i`,
      );
  }
}

export const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

/** Members of a schema whose own members are names or values, not words of JSON Schema. */
const NAMED = ['properties', 'definitions'];
const VALUES = ['const', 'enum', 'default', 'examples', 'required'];

function cleaned(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(cleaned);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([word, value]) => isPromise(word, value, schema));
  return Object.fromEntries(
    kept.map(([word, value]) => [
      word,
      VALUES.includes(word) ? value : NAMED.includes(word) ? mapped(value as object) : cleaned(value),
    ]),
  );
}

const mapped = (named: object): object =>
  Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, cleaned(schema)]));

/** An author may say otherwise what an address is: then that counts. */
const EMAIL = z.regexes.email.source;

interface Said {
  readonly format?: unknown;
  readonly pattern?: unknown;
}

function isPromise(word: string, value: unknown, { format, pattern = EMAIL }: Said): boolean {
  const isStandard = (FORMATS as readonly unknown[]).includes(format) && (format !== 'email' || pattern === EMAIL);
  switch (word) {
    case 'additionalProperties':
      return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    case 'propertyNames':
      return JSON.stringify(value) !== '{"type":"string"}';
    case 'pattern':
      return !isStandard;
    case 'format':
      return isStandard;
    case 'minimum':
      return value !== Number.MIN_SAFE_INTEGER;
    case 'maximum':
      return value !== Number.MAX_SAFE_INTEGER;
    default:
      return true;
  }
}

/** One field: `lines[].sku`. `[]` stands for each part of a list, `*` for each name of a map. */
export interface FieldAt {
  readonly path: string;
  readonly schema: JsonSchema;
  /** Of the object that it is a field of. */
  readonly isRequired: boolean;
}

/** `lines[].sku` is in `lines[]`, and in `lines`; the nearest first. */
export function containersOf(path: string): string[] {
  const inner = /^(.+?)(\[\]|\.[^.[\]]+)$/.exec(path)?.[1];
  return inner === undefined ? [] : [inner, ...containersOf(inner)];
}

/** The nearest that is said: what is in a field has its class. Null: none. */
export function classAt({ fields = {} }: PromiseOptions, path: string): string | null {
  const said = [path, ...containersOf(path)].map((one) =>
    Object.hasOwn(fields, one) ? fields[one]?.class : undefined,
  );
  return said.find((one) => one !== undefined) ?? null;
}

/** Fields of an object and of what is in them, each once, as they are declared. */
export function fieldsOf(object: JsonSchema, root: JsonSchema = object): FieldAt[] {
  const found = new Map<string, FieldAt>();
  walk(object, '', []);
  return [...found.values()];

  /** @param open schemas that are being looked at: one that refers to itself has no end. */
  function walk(schema: JsonSchema, prefix: string, open: readonly JsonSchema[]): void {
    const at = resolved(schema, root);
    if (at === undefined || open.includes(at)) return;
    const inside = [...open, at];
    const { properties = {}, required = [], items, additionalProperties, anyOf = [], oneOf = [], allOf = [] } = at;
    for (const [name, field] of Object.entries(properties)) {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      const isRequired = required.includes(name) && found.get(path)?.isRequired !== false;
      found.set(path, { path, schema: found.get(path)?.schema ?? field, isRequired });
      walk(field, path, inside);
    }
    for (const each of [items ?? []].flat()) walk(each, `${prefix}[]`, inside);
    if (typeof additionalProperties === 'object') walk(additionalProperties, `${prefix}.*`, inside);
    for (const each of [...anyOf, ...oneOf, ...allOf]) walk(each, prefix, inside);
  }
}

/** The same schema with something put into each field, by its path. */
export function withFields(
  schema: JsonSchema,
  put: (field: JsonSchema, path: string) => JsonSchema,
  prefix = '',
): JsonSchema {
  const inside = (each: JsonSchema, path: string): JsonSchema => withFields(each, put, path);
  const { properties, items, additionalProperties, anyOf, oneOf, allOf } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => {
          const path = prefix === '' ? name : `${prefix}.${name}`;
          return [name, put(inside(field, path), path)];
        }),
      ),
    }),
    ...(items !== undefined && {
      items: isList(items) ? items.map((each) => inside(each, `${prefix}[]`)) : inside(items, `${prefix}[]`),
    }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: inside(additionalProperties, `${prefix}.*`),
    }),
    ...(anyOf && { anyOf: anyOf.map((each) => inside(each, prefix)) }),
    ...(oneOf && { oneOf: oneOf.map((each) => inside(each, prefix)) }),
    ...(allOf && { allOf: allOf.map((each) => inside(each, prefix)) }),
  };
}

const isList = (items: JsonSchema | readonly JsonSchema[]): items is readonly JsonSchema[] => Array.isArray(items);

/** With the names of objects in the order of the alphabet, `required` too: how an author sorts fields changes nothing. */
export function sorted(value: Json): Json {
  if (isParts(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name): [string, Json] => [name, sorted(value[name] ?? null)])
      .map(([name, each]) => [name, name === 'required' && isParts(each) ? [...each].sort() : each]),
  );
}

const isParts = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Whether it refers to the whole: on the wire that has more fields than the contract. */
export const refersToWhole = (schema: JsonSchema): boolean => JSON.stringify(schema).includes('"$ref":"#"');
