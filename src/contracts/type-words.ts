/** What a field of a contract may hold, in a few words for people. Pure. */
import { type JsonSchema, typesOf } from '../rules/contracts/json-schema.js';

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  null: 'null',
  array: 'list',
  object: 'object',
};

/** `text, date-time`, `list of object`, `"fraud" or "other"`. Objects are not gone into: their fields have paths of their own. */
export function typeWords(schema: JsonSchema): string {
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(typeWords))].join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = typesOf(schema);
  if (types.length > 1) return types.map((type) => typeWords({ ...schema, type })).join(' or ');
  const [type] = types;
  if (type === undefined) return 'anything';
  if (type === 'array') return `list of ${partWords(schema)}`;
  if (type === 'object' && typeof schema.additionalProperties === 'object')
    return `map of ${typeWords(schema.additionalProperties)}`;
  return [TYPES[type] ?? type, ...limitWords(type, schema)].join(', ');
}

function partWords({ items }: JsonSchema): string {
  if (items === undefined) return 'anything';
  return [items].flat().map(typeWords).join(', ');
}

function limitWords(type: string, schema: JsonSchema): string[] {
  if (type === 'string') {
    const { format, pattern, minLength = 0, maxLength } = schema;
    return [
      ...(format === undefined ? [] : [format]),
      ...(pattern === undefined ? [] : [`matches ${pattern}`]),
      ...(maxLength === undefined
        ? minLength > 1
          ? [`at least ${minLength} characters`]
          : []
        : [lengthWords(minLength, maxLength)]),
    ];
  }
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  return [
    minimum === undefined ? null : `at least ${minimum}`,
    exclusiveMinimum === undefined ? null : `above ${exclusiveMinimum}`,
    maximum === undefined ? null : `at most ${maximum}`,
    exclusiveMaximum === undefined ? null : `below ${exclusiveMaximum}`,
    multipleOf === undefined ? null : `a multiple of ${multipleOf}`,
  ].filter((words) => words !== null);
}

const lengthWords = (least: number, most: number): string =>
  least === most ? `${most} characters` : `${least === 0 ? 'up to' : `${least} to`} ${most} characters`;
