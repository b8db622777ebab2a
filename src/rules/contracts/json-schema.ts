/** The part of JSON Schema draft-07 that contracts are written in; as it is published, and as it is read back. Pure. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';

export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly type?: JsonType | readonly JsonType[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  /** A list: each place has its own. */
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly additionalItems?: JsonSchema | boolean;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  /** Absent: the object is open. */
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
}

/** The types that it names; none: it says nothing of the type. */
export const typesOf = ({ type }: JsonSchema): readonly JsonType[] =>
  type === undefined ? [] : typeof type === 'string' ? [type] : type;

/** As validators read it, with `u`; one that cannot be read so, without. Null: it is none. */
export function patternOf(source: string): RegExp | null {
  for (const flags of ['u', ''])
    try {
      return new RegExp(source, flags);
    } catch {
      // The other way, if there is one.
    }
  return null;
}

/** The one that it refers to; itself when it refers to none. Undefined: that is not there. @param root has the definitions. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema | undefined {
  const seen = new Set<string>();
  let at: JsonSchema | undefined = schema;
  while (at?.$ref !== undefined) {
    if (seen.has(at.$ref)) return undefined;
    seen.add(at.$ref);
    at = root.definitions?.[at.$ref.slice(DEFINITIONS.length)];
  }
  return at;
}

/** In front of the name of a definition. */
export const DEFINITIONS = '#/definitions/';
