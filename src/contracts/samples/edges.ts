/** What a place in a value may have, and code that was tried with ordinary values only is surprised by. Pure. */
import { type Json, type JsonSchema, typesOf } from '../../rules/contracts/json-schema.js';
import { FORMAT_EDGES } from './format-text.js';
import type { Place } from './places.js';
import { isObject, PARTS_MAX, rangeOf, TEXT_MAX } from './values.js';

/** Something else for a place, and what it is. Undefined: the field is left out. */
export interface Put {
  readonly put: Json | undefined;
  readonly what: string;
}

export function edgesOf(place: Place): Put[] {
  const { schema, value, isNullable, isRequired, steps } = place;
  const edges: Put[] = [];
  if (typeof steps.at(-1) === 'string' && !isRequired) edges.push({ put: undefined, what: 'is not there' });
  if (isNullable) edges.push({ put: null, what: 'is null' });
  if (schema.const !== undefined || schema.anyOf !== undefined || schema.oneOf !== undefined) return edges;
  if (schema.allOf !== undefined || schema.not !== undefined) return edges;
  if (schema.enum !== undefined)
    return [...edges, ...schema.enum.map((put) => ({ put, what: `is ${JSON.stringify(put)}` }))];
  const types = typesOf(schema);
  if (types.includes('string')) edges.push(...textEdges(schema));
  if (types.includes('integer')) edges.push(...numberEdges(schema));
  if (types.includes('boolean')) edges.push({ put: true, what: 'is true' }, { put: false, what: 'is false' });
  if (Array.isArray(value)) edges.push(...listEdges(schema, value as readonly Json[]));
  if (isObject(value) && schema.additionalProperties === undefined)
    edges.push({
      put: { ...value, [UNKNOWN_FIELD]: { new: true } },
      what: 'has a field that this version does not know',
    });
  return edges;
}

/** Of a later version: contracts grow by fields. */
export const UNKNOWN_FIELD = 'addedLater';

const STRANGE = 'Zoë "Ó Brien" \\ <b> \u{1F4E6} \n\t\u2028 end';

function textEdges({ format, pattern, minLength = 0, maxLength }: JsonSchema): Put[] {
  if (pattern !== undefined) return [];
  if (format !== undefined) return (FORMAT_EDGES[format] ?? []).map((put) => ({ put, what: `is ${put}` }));
  const long = maxLength ?? TEXT_MAX;
  return [
    { put: 'a'.repeat(minLength), what: minLength === 0 ? 'is empty' : `is as short as it may be (${minLength})` },
    { put: 'z'.repeat(Math.max(minLength, long)), what: `has ${Math.max(minLength, long)} characters` },
    ...(STRANGE.length >= minLength && STRANGE.length <= long
      ? [{ put: STRANGE, what: 'has quotes, signs of markup, line ends and characters beyond ASCII' }]
      : []),
  ];
}

function numberEdges(schema: JsonSchema): Put[] {
  const step = schema.multipleOf ?? 1;
  const { least, most } = rangeOf(schema, step);
  const isOpenBelow = schema.minimum === undefined && schema.exclusiveMinimum === undefined;
  const isOpenAbove = schema.maximum === undefined && schema.exclusiveMaximum === undefined;
  const lowest = isOpenBelow ? Number.MIN_SAFE_INTEGER : Math.ceil(least / step) * step;
  const highest = isOpenAbove ? Number.MAX_SAFE_INTEGER : Math.floor(most / step) * step;
  return [lowest, 0, highest]
    .filter((each) => each >= lowest && each <= highest && each % step === 0)
    .map((put) => ({ put, what: `is ${put}` }));
}

function listEdges({ items, minItems = 0, maxItems, uniqueItems }: JsonSchema, value: readonly Json[]): Put[] {
  const [part] = value;
  if (Array.isArray(items) || part === undefined) return [];
  const many = maxItems ?? minItems + PARTS_MAX;
  return [
    ...(minItems <= value.length
      ? [{ put: value.slice(0, minItems), what: `has ${minItems} of ${value.length}` }]
      : []),
    ...(uniqueItems === true
      ? []
      : [{ put: Array.from({ length: many }, () => part), what: `has ${many}, all alike` }]),
  ];
}
