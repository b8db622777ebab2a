/** What a place in a value may not have: one fault each, of which the schema alone can tell. Pure. */
import {
  type Json,
  type JsonSchema,
  type JsonType,
  patternOf,
  resolved,
  typesOf,
} from '../../rules/contracts/json-schema.js';
import type { Put } from './edges.js';
import type { Place } from './places.js';

/** @param root has the definitions. */
export function faultsOf(place: Place, root: JsonSchema): Put[] {
  const { schema, isNullable, isRequired, value } = place;
  const faults: Put[] = [];
  if (isRequired) faults.push({ put: undefined, what: 'is missing' });
  const taken = takenTypes(schema, root);
  if (taken === null) return faults;
  const accepted = isNullable ? [...taken, 'null'] : taken;
  faults.push(
    ...OF_TYPE.filter(
      ({ type }) => !accepted.includes(type) && !(type === 'integer' && accepted.includes('number')),
    ).map(({ type, put }) => ({ put, what: `is ${WORDS[type]}, which it must not be` })),
  );
  if (schema.const !== undefined) return [...faults, ...otherThan([schema.const])];
  if (schema.enum !== undefined) return [...faults, ...otherThan(schema.enum)];
  // Another branch may take what this one does not.
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) return faults;
  if (typeof value === 'string') faults.push(...textFaults(schema));
  if (typeof value === 'number') faults.push(...numberFaults(schema));
  if (Array.isArray(value)) faults.push(...listFaults(schema, value as readonly Json[]));
  return faults;
}

const WORDS: Readonly<Record<JsonType, string>> = {
  ...{ string: 'a text', number: 'a number with a fraction', integer: 'a whole number', boolean: 'true or false' },
  ...{ null: 'null', array: 'a list', object: 'an object' },
};

const OF_TYPE: readonly { readonly type: JsonType; readonly put: Json }[] = [
  { type: 'string', put: 'a text' },
  { type: 'number', put: 0.5 },
  { type: 'integer', put: 7 },
  { type: 'boolean', put: true },
  { type: 'null', put: null },
  { type: 'array', put: [] },
  { type: 'object', put: {} },
];

/** Null: any type may be there, or nobody knows. */
function takenTypes(schema: JsonSchema, root: JsonSchema): JsonType[] | null {
  const types = typesOf(schema);
  if (types.length > 0) return [...types];
  if (schema.const !== undefined) return [typeOf(schema.const)];
  if (schema.enum !== undefined) return schema.enum.map(typeOf);
  const branches = (schema.anyOf ?? schema.oneOf)?.map((branch) => {
    const at = resolved(branch, root);
    return at === undefined ? null : takenTypes(at, root);
  });
  return branches?.every((each) => each !== null) === true ? branches.flat() : null;
}

function typeOf(value: Json): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value as 'string' | 'boolean' | 'object';
}

/** Of the same type, if there is one: a type that it must not be is a fault of its own. */
function otherThan(values: readonly Json[]): Put[] {
  const [first] = values;
  const strange =
    typeof first === 'string' ? 'unheard-of' : typeof first === 'number' ? 1 + Math.max(...values.map(Number)) : null;
  return strange === null || values.includes(strange) || Number.isNaN(strange)
    ? []
    : [{ put: strange, what: `is ${JSON.stringify(strange)}, which is none of the values` }];
}

const NO_FORMAT = 'not a value of this form \u0001';

/** Longer texts and lists are not made. */
const LENGTH_MAX = 100_000;

function textFaults({ format, pattern, minLength = 0, maxLength }: JsonSchema): Put[] {
  return [
    ...(format === undefined ? [] : [{ put: NO_FORMAT, what: `is no ${format}` }]),
    ...(pattern === undefined || patternOf(pattern)?.test(NO_FORMAT) !== false
      ? []
      : [{ put: NO_FORMAT, what: `does not match ${pattern}` }]),
    ...(minLength === 0 ? [] : [{ put: 'a'.repeat(minLength - 1), what: `is shorter than ${minLength}` }]),
    ...(maxLength === undefined || maxLength > LENGTH_MAX
      ? []
      : [{ put: 'a'.repeat(maxLength + 1), what: `is longer than ${maxLength}` }]),
  ];
}

function numberFaults(schema: JsonSchema): Put[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const step = typesOf(schema).includes('integer') ? 1 : 0.5;
  // Beyond the ends of a double there is nothing; near them a step leads nowhere.
  const isBeside = ({ put }: Put): boolean => Number.isFinite(put) && put !== minimum && put !== maximum;
  return [
    ...(minimum === undefined ? [] : [{ put: minimum - step, what: `is below ${minimum}` }].filter(isBeside)),
    ...(maximum === undefined ? [] : [{ put: maximum + step, what: `is above ${maximum}` }].filter(isBeside)),
    ...(exclusiveMinimum === undefined ? [] : [{ put: exclusiveMinimum, what: `is not above ${exclusiveMinimum}` }]),
    ...(exclusiveMaximum === undefined ? [] : [{ put: exclusiveMaximum, what: `is not below ${exclusiveMaximum}` }]),
    ...(multipleOf === undefined ? [] : [{ put: multipleOf * 1.5, what: `is no multiple of ${multipleOf}` }]),
  ];
}

function listFaults({ items, minItems = 0, maxItems, uniqueItems }: JsonSchema, value: readonly Json[]): Put[] {
  const [part] = value;
  if (Array.isArray(items) || part === undefined) return minItems > 0 ? [{ put: [], what: 'is empty' }] : [];
  const parts = (length: number): Json[] => Array.from({ length }, () => part);
  return [
    ...(minItems === 0 ? [] : [{ put: parts(minItems - 1), what: `has fewer than ${minItems}` }]),
    ...(maxItems === undefined || maxItems > LENGTH_MAX
      ? []
      : [{ put: parts(maxItems + 1), what: `has more than ${maxItems}` }]),
    ...(uniqueItems === true ? [{ put: parts(2), what: 'has one twice' }] : []),
  ];
}
