/** A contract as TypeScript: an interface of the value on the wire, for consumers. Pure. */
import { DEFINITIONS, type JsonSchema, typesOf } from '../../rules/contracts/json-schema.js';
import type { PublishedContract } from '../published.js';

/** `OrderAcceptedV1`. */
export const typeNameOf = ({ name, version }: Pick<PublishedContract, 'name' | 'version'>): string =>
  `${name}V${version}`;

export function typesText(contract: PublishedContract): string {
  const { value } = contract;
  const name = typeNameOf(contract);
  const definitions = Object.entries(value.definitions ?? {}).map(
    ([defined, schema]) => `\ntype ${definedName(name, defined)} = ${typeText(schema, name, '')};\n`,
  );
  return [
    '/** Made by `dragoman contracts export`: do not edit. Events may have more fields than these: read over what you do not know. */\n',
    `\n${comment(value.description, '')}export interface ${name} ${objectText(value, name, '')}\n`,
    ...definitions,
  ].join('');
}

/** @param whole name of the interface. @param indent of the line on which it begins. */
function typeText(schema: JsonSchema, whole: string, indent: string): string {
  const { $ref, const: only, enum: values, anyOf, oneOf, allOf } = schema;
  if ($ref !== undefined) return definedName(whole, $ref.slice(DEFINITIONS.length));
  if (only !== undefined) return literal(only);
  if (values !== undefined) return values.map(literal).join(' | ');
  const branches = anyOf ?? oneOf;
  if (branches !== undefined) return branches.map((each) => parts(typeText(each, whole, indent))).join(' | ');
  if (allOf !== undefined && schema.type === undefined)
    return allOf.map((each) => parts(typeText(each, whole, indent))).join(' & ');
  const types = typesOf(schema);
  return types.length === 0 ? 'unknown' : types.map((type) => ofType(type, schema, whole, indent)).join(' | ');
}

function ofType(type: string, schema: JsonSchema, whole: string, indent: string): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'array':
      return listText(schema, whole, indent);
    case 'object':
      return objectText(schema, whole, indent);
    default:
      return 'number';
  }
}

function listText({ items, additionalItems, minItems = 0 }: JsonSchema, whole: string, indent: string): string {
  if (items === undefined) return 'unknown[]';
  const texts = [items].flat().map((part) => typeText(part, whole, indent));
  if (!Array.isArray(items)) return `${parts(texts.join(''))}[]`;
  const each = texts.map((text, place) => (place < minItems ? text : `${parts(text)}?`));
  return `[${[...each, ...(additionalItems === false ? [] : ['...unknown[]'])].join(', ')}]`;
}

function objectText(schema: JsonSchema, whole: string, indent: string): string {
  const { properties = {}, required = [], additionalProperties } = schema;
  const inside = `${indent}  `;
  const fields = Object.entries(properties).map(
    ([name, field]) =>
      `${comment(field.description, inside)}${inside}${nameText(name)}${required.includes(name) ? '' : '?'}: ${typeText(field, whole, inside)};\n`,
  );
  const isMap = typeof additionalProperties === 'object';
  if (fields.length === 0)
    return `Record<string, ${isMap ? typeText(additionalProperties, whole, indent) : 'unknown'}>`;
  const object = `{\n${fields.join('')}${indent}}`;
  // All names together have no other type: what is named would have to be both.
  return isMap ? `${object} & Record<string, unknown>` : object;
}

/** In brackets, where an operator stands in it. */
const parts = (type: string): string =>
  /^[\w"'.<>, ]+$|^\{[^]*\}$/.test(type) && !type.includes(' | ') ? type : `(${type})`;

const literal = (value: unknown): string => JSON.stringify(value);
const nameText = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const definedName = (whole: string, defined: string): string => `${whole}${defined.replace(/\W|^_+/g, '')}`;

const comment = (words: string | undefined, indent: string): string =>
  words === undefined ? '' : `${indent}/** ${words.replaceAll('*/', '* /').replace(/\s+/g, ' ')} */\n`;
