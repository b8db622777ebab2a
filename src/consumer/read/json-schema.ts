/**
 * JSON Schema of an exported contract -> what holds values against it: zod, which in two places refuses what JSON Schema takes. A pattern is read
 * with `u` there (`\p{L}`), and any 32 hexadecimal digits are a UUID, not only those of RFC 9562: databases make others.
 */
import { z } from 'zod';
import { type JsonSchema, patternOf } from '../../rules/contracts/json-schema.js';

/** @throws Error, with its words, when it says something that zod does not know. */
export const checkOf = (schema: JsonSchema): z.ZodType =>
  z.fromJSONSchema(marked(schema) as Parameters<typeof z.fromJSONSchema>[0], { registry: new AsJsonSchema() });

/** What zod makes of a schema with a word that it does not know is put into the registry, with the word. */
const MARK = 'x-dragoman-text';

const marked = (schema: JsonSchema): unknown =>
  JSON.parse(JSON.stringify(schema), (_, each: unknown) => (isText(each) ? { ...each, [MARK]: true } : each));

const isText = (each: unknown): each is object =>
  typeof each === 'object' &&
  each !== null &&
  (('pattern' in each && typeof each.pattern === 'string') || ('format' in each && each.format === 'uuid'));

interface Check {
  readonly _zod: { readonly def: { readonly format?: string; pattern?: RegExp } };
}

class AsJsonSchema extends z.core.$ZodRegistry<Readonly<Record<string, unknown>>> {
  override add(schema: z.core.$ZodType, meta: Readonly<Record<string, unknown>>): this {
    if (MARK in meta) loosen(schema);
    return this;
  }
}

/** What stands in the same place as a text: beside null (`options`), beside other words (`left`), with a default (`innerType`). */
interface Parts {
  readonly checks?: readonly Check[];
  readonly options?: readonly z.core.$ZodType[];
  readonly left?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
}

function loosen(schema: z.core.$ZodType): void {
  const { checks = [], options = [], left, innerType } = schema._zod.def as Parts;
  for (const { _zod } of checks) loosenCheck(_zod.def);
  for (const inner of [...options, left, innerType]) if (inner !== undefined) loosen(inner);
}

function loosenCheck(def: Check['_zod']['def']): void {
  if (def.format === 'uuid') def.pattern = z.regexes.guid;
  else if (def.format === 'regex' && def.pattern !== undefined)
    def.pattern = patternOf(def.pattern.source) ?? def.pattern;
}
