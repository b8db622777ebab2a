/** Where in a value each part of its schema stands, so that one of them can be put in another's place. Pure. */
import { type Json, type JsonSchema, resolved, typesOf } from '../../rules/contracts/json-schema.js';
import { isObject } from './values.js';

export interface Place {
  /** Names and numbers from the whole to it. */
  readonly steps: readonly (string | number)[];
  /** Without `null`, where that is the other of two branches. */
  readonly schema: JsonSchema;
  readonly value: Json;
  readonly isNullable: boolean;
  /** Of the object that it is a field of; false for a part of a list. */
  readonly isRequired: boolean;
}

/** The whole, and what is in it; of a list, its first part. Branches of which nobody knows which one is meant are not gone into. */
export function placesIn(root: JsonSchema, whole: Json): Place[] {
  const places: Place[] = [];
  walk(root, whole, [], false);
  return places;

  function walk(schema: JsonSchema, value: Json, steps: Place['steps'], isRequired: boolean): void {
    const found = resolved(schema, root);
    if (found === undefined) return;
    const { schema: at, isNullable } = withoutNull(found, root);
    places.push({ steps, schema: at, value, isNullable, isRequired });
    const { properties = {}, required = [], items, additionalProperties } = at;
    if (isObject(value))
      for (const [name, there] of Object.entries(value)) {
        const field = own(properties, name) ?? (typeof additionalProperties === 'object' ? additionalProperties : null);
        if (field !== null) walk(field, there, [...steps, name], required.includes(name));
      }
    else if (Array.isArray(value) && items !== undefined && value[0] !== undefined)
      walk([items].flat()[0] ?? {}, value[0] as Json, [...steps, 0], false);
  }
}

/** Names are those of fields: also such as every object has. */
const own = (fields: Readonly<Record<string, JsonSchema>>, name: string): JsonSchema | undefined =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

function withoutNull(
  schema: JsonSchema,
  root: JsonSchema,
): { readonly schema: JsonSchema; readonly isNullable: boolean } {
  const branches = schema.anyOf ?? schema.oneOf ?? [];
  const others = branches.map((branch) => resolved(branch, root) ?? {}).filter(({ type }) => type !== 'null');
  const [only] = others;
  if (only !== undefined && others.length === 1 && branches.length === 2) return { schema: only, isNullable: true };
  return { schema, isNullable: branches.length > others.length || typesOf(schema).includes('null') };
}

/** `lines[0].sku`; empty for the whole. */
export const placeText = (steps: Place['steps']): string =>
  steps.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`)).join('');

/** A copy with something else there; undefined: nothing, so a field is left out. */
export function withAt(whole: Json, steps: Place['steps'], put: Json | undefined): Json {
  const [first, ...rest] = steps;
  if (first === undefined) return put ?? null;
  if (typeof first === 'number') {
    const list = whole as readonly Json[];
    return list.map((each, i) => (i === first ? withAt(each, rest, put) : each));
  }
  const object = whole as Readonly<Record<string, Json>>;
  const { [first]: there, ...others } = object;
  if (rest.length === 0) return put === undefined ? others : { ...object, [first]: put };
  return { ...object, [first]: withAt(there ?? null, rest, put) };
}
