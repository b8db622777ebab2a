/**
 * Changes of a schema with what they mean, by the rules of registries (forward: the old one reads what the new one writes; backward: the new one
 * reads what the old one wrote; both strict). Where Dragoman judges otherwise on purpose, `ours` says so. A registry can be asked the same.
 */
import type { JsonSchema } from '../../../src/rules/contracts/json-schema.js';

export interface SchemaCase {
  readonly name: string;
  readonly from: JsonSchema;
  readonly to: JsonSchema;
  /** Whether consumers go on reading. */
  readonly forward: boolean;
  readonly backward: boolean;
  /** Where the rules of registries let through what hurts consumers, or refuse what does not. */
  readonly ours?: { readonly forward?: boolean; readonly backward?: boolean; readonly why: string };
  /** What the gate says, whatever the direction. */
  readonly codes: readonly string[];
  /** Of the first code. */
  readonly path?: string;
}

type Properties = Readonly<Record<string, JsonSchema>>;

const text: JsonSchema = { type: 'string' };
const whole: JsonSchema = { type: 'integer' };

const open = (properties: Properties, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
});

const closed = (properties: Properties, required: readonly string[] = []): JsonSchema => ({
  ...open(properties, required),
  additionalProperties: false,
});

/** Others are texts. */
const partial = (properties: Properties): JsonSchema => ({ ...open(properties), additionalProperties: text });

const a = (schema: JsonSchema): JsonSchema => open({ a: schema }, ['a']);

const TOLERATED = 'whoever wrote by the old one did not use the name: it is tolerated for consumers that begin again';
const NOT_LOOKED_AT = 'registries do not look at format';

export const SCHEMA_CASES: readonly SchemaCase[] = [
  // The rows of the table, in its order.
  {
    name: 'optional field added to a closed object',
    ...{ from: closed({ a: text }), to: closed({ a: text, b: text }) },
    ...{ forward: false, backward: true, codes: ['FIELD_ADDED_TO_CLOSED'], path: 'b' },
  },
  {
    name: 'optional field added to an open object',
    ...{ from: open({ a: text }), to: open({ a: text, b: text }) },
    ...{ forward: true, backward: false, ours: { backward: true, why: TOLERATED }, codes: ['FIELD_ADDED'], path: 'b' },
  },
  {
    name: 'optional field of any type added to an open object',
    ...{ from: open({ a: text }), to: open({ a: text, b: {} }), forward: true, backward: true, codes: ['FIELD_ADDED'] },
  },
  {
    name: 'required field added to an open object',
    ...{ from: open({ a: text }), to: open({ a: text, b: text }, ['b']) },
    ...{ forward: true, backward: false, codes: ['REQUIRED_FIELD_ADDED'], path: 'b' },
  },
  {
    name: 'required field added to a closed object',
    ...{ from: closed({ a: text }), to: closed({ a: text, b: text }, ['b']) },
    ...{ forward: false, backward: false, codes: ['FIELD_ADDED_TO_CLOSED', 'REQUIRED_FIELD_ADDED'] },
  },
  {
    name: 'required field with a default added to an open object',
    ...{ from: open({ a: text }), to: open({ a: text, b: { ...text, default: '' } }, ['b']) },
    ...{ forward: true, backward: false, ours: { backward: true, why: TOLERATED }, codes: ['FIELD_ADDED'] },
  },
  {
    name: 'required field with a default added to a closed object',
    ...{ from: closed({ a: text }), to: closed({ a: text, b: { ...text, default: '' } }, ['b']) },
    ...{ forward: false, backward: true, codes: ['FIELD_ADDED_TO_CLOSED', 'REQUIRED_FIELD_ADDED'] },
  },
  {
    name: 'optional field removed from an open object',
    ...{ from: open({ a: text, b: text }), to: open({ a: text }) },
    ...{ forward: false, backward: true, codes: ['FIELD_REMOVED'], path: 'b' },
  },
  {
    name: 'optional field removed from a closed object',
    ...{ from: closed({ a: text, b: text }), to: closed({ a: text }) },
    ...{ forward: true, backward: false, codes: ['FIELD_REMOVED_FROM_CLOSED'], path: 'b' },
  },
  {
    name: 'required field removed from an open object',
    ...{ from: open({ a: text, b: text }, ['b']), to: open({ a: text }) },
    ...{ forward: false, backward: true, codes: ['FIELD_REMOVED'], path: 'b' },
  },
  {
    name: 'field added that fits what others may be',
    ...{ from: partial({ a: text }), to: partial({ a: text, b: text }), forward: true, backward: true, codes: [] },
  },
  {
    name: 'field added that does not fit what others may be',
    ...{ from: partial({ a: text }), to: partial({ a: text, b: whole }) },
    ...{ forward: false, backward: false, codes: ['TYPE_CHANGED'], path: 'b' },
  },
  {
    name: 'required field made optional',
    ...{ from: open({ a: text }, ['a']), to: open({ a: text }) },
    ...{ forward: false, backward: true, codes: ['FIELD_MADE_OPTIONAL'], path: 'a' },
  },
  {
    name: 'required field with a default made optional',
    ...{ from: open({ a: { ...text, default: '' } }, ['a']), to: open({ a: { ...text, default: '' } }) },
    ...{ forward: true, backward: true, codes: ['FIELD_MADE_OPTIONAL'] },
  },
  {
    name: 'optional field made required',
    ...{ from: open({ a: text }), to: open({ a: text }, ['a']) },
    ...{ forward: true, backward: false, codes: ['FIELD_MADE_REQUIRED'], path: 'a' },
  },
  {
    name: 'optional field with a default made required',
    ...{ from: open({ a: { ...text, default: '' } }), to: open({ a: { ...text, default: '' } }, ['a']) },
    ...{ forward: true, backward: true, codes: ['FIELD_MADE_REQUIRED'] },
  },
  {
    name: 'closed object opened',
    ...{ from: closed({ a: text }), to: open({ a: text }), forward: false, backward: true, codes: ['CONTENT_OPENED'] },
  },
  {
    name: 'open object closed',
    ...{ from: open({ a: text }), to: closed({ a: text }), forward: true, backward: false, codes: ['CONTENT_CLOSED'] },
  },
  {
    name: 'open object made partially open',
    ...{ from: open({ a: text }), to: partial({ a: text }), forward: true, backward: false, codes: ['CONTENT_CLOSED'] },
  },
  {
    name: 'partially open object closed',
    ...{
      from: partial({ a: text }),
      to: closed({ a: text }),
      forward: true,
      backward: false,
      codes: ['CONTENT_CLOSED'],
    },
  },
  {
    name: 'value of an enum added',
    ...{ from: a({ ...text, enum: ['x'] }), to: a({ ...text, enum: ['x', 'y'] }) },
    ...{ forward: false, backward: true, codes: ['VALUE_ADDED'], path: 'a' },
  },
  {
    name: 'value of an enum removed',
    ...{ from: a({ ...text, enum: ['x', 'y'] }), to: a({ ...text, enum: ['x'] }) },
    ...{ forward: true, backward: false, codes: ['VALUE_REMOVED'], path: 'a' },
  },
  {
    name: 'enum in another order',
    ...{
      from: a({ ...text, enum: ['x', 'y'] }),
      to: a({ ...text, enum: ['y', 'x'] }),
      forward: true,
      backward: true,
      codes: [],
    },
  },
  {
    name: 'enum become any text',
    ...{
      from: a({ ...text, enum: ['x'] }),
      to: a(text),
      forward: false,
      backward: true,
      codes: ['VALUE_ADDED'],
      path: 'a',
    },
  },
  {
    name: 'constant changed',
    ...{
      from: a({ const: 1 }),
      to: a({ const: 2 }),
      forward: false,
      backward: false,
      codes: ['VALUE_ADDED', 'VALUE_REMOVED'],
    },
  },
  {
    name: 'whole number become a number',
    ...{
      from: a(whole),
      to: a({ type: 'number' }),
      forward: false,
      backward: true,
      codes: ['TYPE_CHANGED'],
      path: 'a',
    },
  },
  {
    name: 'number become a whole number',
    ...{
      from: a({ type: 'number' }),
      to: a(whole),
      forward: true,
      backward: false,
      codes: ['TYPE_CHANGED'],
      path: 'a',
    },
  },
  {
    name: 'text become a whole number',
    ...{ from: a(text), to: a(whole), forward: false, backward: false, codes: ['TYPE_CHANGED'], path: 'a' },
  },
  {
    name: 'minimum lowered',
    ...{ from: a({ ...whole, minimum: 5 }), to: a({ ...whole, minimum: 1 }) },
    ...{ forward: false, backward: true, codes: ['LIMIT_LOOSENED'], path: 'a' },
  },
  {
    name: 'minimum raised',
    ...{ from: a({ ...whole, minimum: 1 }), to: a({ ...whole, minimum: 5 }) },
    ...{ forward: true, backward: false, codes: ['LIMIT_TIGHTENED'], path: 'a' },
  },
  {
    name: 'maximum raised',
    ...{ from: a({ ...whole, maximum: 5 }), to: a({ ...whole, maximum: 9 }) },
    ...{ forward: false, backward: true, codes: ['LIMIT_LOOSENED'], path: 'a' },
  },
  {
    name: 'maximum added',
    ...{
      from: a(whole),
      to: a({ ...whole, maximum: 9 }),
      forward: true,
      backward: false,
      codes: ['LIMIT_TIGHTENED'],
      path: 'a',
    },
  },
  {
    name: 'longest length raised',
    ...{ from: a({ ...text, maxLength: 3 }), to: a({ ...text, maxLength: 5 }) },
    ...{ forward: false, backward: true, codes: ['LIMIT_LOOSENED'], path: 'a' },
  },
  {
    name: 'shortest length raised',
    ...{ from: a({ ...text, minLength: 1 }), to: a({ ...text, minLength: 3 }) },
    ...{ forward: true, backward: false, codes: ['LIMIT_TIGHTENED'], path: 'a' },
  },
  {
    name: 'fewest elements lowered',
    ...{ from: a({ type: 'array', items: text, minItems: 1 }), to: a({ type: 'array', items: text }) },
    ...{ forward: false, backward: true, codes: ['LIMIT_LOOSENED'], path: 'a' },
  },
  {
    name: 'most elements lowered',
    ...{ from: a({ type: 'array', items: text, maxItems: 9 }), to: a({ type: 'array', items: text, maxItems: 5 }) },
    ...{ forward: true, backward: false, codes: ['LIMIT_TIGHTENED'], path: 'a' },
  },
  {
    name: 'elements need no longer differ',
    ...{ from: a({ type: 'array', items: text, uniqueItems: true }), to: a({ type: 'array', items: text }) },
    ...{ forward: false, backward: true, codes: ['LIMIT_LOOSENED'], path: 'a' },
  },
  {
    name: 'most fields raised',
    ...{ from: fewer(3), to: fewer(4) },
    ...{ forward: false, backward: true, codes: ['LIMIT_LOOSENED'] },
  },
  {
    name: 'step made finer',
    ...{ from: a({ ...whole, multipleOf: 10 }), to: a({ ...whole, multipleOf: 5 }) },
    ...{ forward: false, backward: true, codes: ['LIMIT_LOOSENED'], path: 'a' },
  },
  {
    name: 'pattern removed',
    ...{
      from: a({ ...text, pattern: '^x' }),
      to: a(text),
      forward: false,
      backward: true,
      codes: ['PATTERN_REMOVED'],
      path: 'a',
    },
  },
  {
    name: 'pattern added',
    ...{
      from: a(text),
      to: a({ ...text, pattern: '^x' }),
      forward: true,
      backward: false,
      codes: ['PATTERN_ADDED'],
      path: 'a',
    },
  },
  {
    name: 'pattern changed',
    ...{ from: a({ ...text, pattern: '^x' }), to: a({ ...text, pattern: '^y' }) },
    ...{ forward: false, backward: false, codes: ['PATTERN_CHANGED'], path: 'a' },
  },
  {
    name: 'alternative added',
    ...{ from: a({ oneOf: [text, whole] }), to: a({ oneOf: [text, whole, { type: 'boolean' }] }) },
    ...{ forward: false, backward: true, codes: ['BRANCH_ADDED'], path: 'a' },
  },
  {
    name: 'alternative removed',
    ...{ from: a({ anyOf: [text, whole, { type: 'boolean' }] }), to: a({ anyOf: [text, whole] }) },
    ...{ forward: true, backward: false, codes: ['BRANCH_REMOVED'], path: 'a' },
  },
  {
    name: 'one or more of the alternatives become exactly one',
    ...{ from: a({ anyOf: [text, whole] }), to: a({ oneOf: [text, whole] }) },
    ...{ forward: true, backward: false, codes: ['UNION_CHANGED'], path: 'a' },
  },
  {
    name: 'condition added to a conjunction',
    ...{ from: a({ allOf: [text] }), to: a({ allOf: [text, { maxLength: 3 }] }) },
    ...{ forward: true, backward: false, codes: ['LIMIT_TIGHTENED'], path: 'a' },
  },
  {
    name: 'title, description and default changed',
    ...{ from: a({ ...text, title: 'A', description: 'x' }), to: a({ ...text, title: 'B', default: 'y' }) },
    ...{ forward: true, backward: true, codes: [] },
  },
  {
    name: 'format changed',
    ...{ from: a({ ...text, format: 'date-time' }), to: a({ ...text, format: 'date' }), forward: true, backward: true },
    ...{ ours: { forward: false, backward: false, why: NOT_LOOKED_AT }, codes: ['FORMAT_CHANGED'], path: 'a' },
  },
  {
    name: 'format removed',
    ...{ from: a({ ...text, format: 'uuid' }), to: a(text), forward: true, backward: true },
    ...{ ours: { forward: false, why: NOT_LOOKED_AT }, codes: ['FORMAT_REMOVED'], path: 'a' },
  },
  {
    name: 'format added',
    ...{ from: a(text), to: a({ ...text, format: 'uuid' }), forward: true, backward: true },
    ...{ ours: { backward: false, why: NOT_LOOKED_AT }, codes: ['FORMAT_ADDED'], path: 'a' },
  },
  // Null.
  {
    name: 'null allowed by a list of types',
    ...{
      from: a(text),
      to: a({ type: ['string', 'null'] }),
      forward: false,
      backward: true,
      codes: ['NULL_ALLOWED'],
      path: 'a',
    },
  },
  {
    name: 'null allowed by an alternative',
    ...{ from: a(text), to: a({ anyOf: [text, { type: 'null' }] }) },
    ...{ forward: false, backward: true, codes: ['NULL_ALLOWED'], path: 'a' },
  },
  {
    name: 'null forbidden',
    ...{
      from: a({ anyOf: [text, { type: 'null' }] }),
      to: a(text),
      forward: true,
      backward: false,
      codes: ['NULL_FORBIDDEN'],
      path: 'a',
    },
  },
  {
    name: 'null said in another way',
    ...{
      from: a({ anyOf: [text, { type: 'null' }] }),
      to: a({ type: ['string', 'null'] }),
      forward: true,
      backward: true,
      codes: [],
    },
  },
  {
    name: 'value added to an enum that may be null',
    ...{
      from: a({ enum: ['x', null] }),
      to: a({ enum: ['x', 'y', null] }),
      forward: false,
      backward: true,
      codes: ['VALUE_ADDED'],
    },
  },
  {
    name: 'field removed from an object that may be null',
    ...{
      from: a({ anyOf: [open({ b: text }, ['b']), { type: 'null' }] }),
      to: a({ anyOf: [open({}), { type: 'null' }] }),
    },
    ...{ forward: false, backward: true, codes: ['FIELD_REMOVED'], path: 'a.b' },
  },
  // Deeper.
  {
    name: 'type of a field in an object in a list changed',
    ...{
      from: open({ lines: { type: 'array', items: open({ sku: text }, ['sku']) } }),
      to: open({ lines: { type: 'array', items: open({ sku: whole }, ['sku']) } }),
    },
    ...{ forward: false, backward: false, codes: ['TYPE_CHANGED'], path: 'lines[].sku' },
  },
  {
    name: 'optional field added to an object in a list',
    ...{
      from: open({ lines: { type: 'array', items: open({ sku: text }) } }),
      to: open({ lines: { type: 'array', items: open({ sku: text, colour: text }) } }),
    },
    ...{
      forward: true,
      backward: false,
      ours: { backward: true, why: TOLERATED },
      codes: ['FIELD_ADDED'],
      path: 'lines[].colour',
    },
  },
  {
    name: 'place added to a tuple',
    ...{
      from: a({ type: 'array', items: [text], additionalItems: false }),
      to: a({ type: 'array', items: [text, whole], additionalItems: false }),
    },
    ...{ forward: false, backward: true, codes: ['FIELD_ADDED_TO_CLOSED'], path: 'a[1]' },
  },
  {
    name: 'values of a map changed',
    ...{
      from: a({ type: 'object', additionalProperties: text }),
      to: a({ type: 'object', additionalProperties: whole }),
    },
    ...{ forward: false, backward: false, codes: ['TYPE_CHANGED'], path: 'a.*' },
  },
  {
    name: 'field of a kind that is told by a constant removed',
    ...{
      from: a({ oneOf: [kind('card', { number: text }), kind('bank', { iban: text })] }),
      to: a({ oneOf: [kind('card', {}), kind('bank', { iban: text })] }),
    },
    ...{ forward: false, backward: true, codes: ['FIELD_REMOVED'], path: 'a.number' },
  },
  {
    name: 'the same by a reference',
    ...{
      from: a({ ...text, maxLength: 3 }),
      to: { ...a({ $ref: '#/definitions/code' }), definitions: { code: { ...text, maxLength: 3 } } },
    },
    ...{ forward: true, backward: true, codes: [] },
  },
  {
    name: 'limit changed in what refers to itself',
    ...{ from: tree(9), to: tree(5), forward: true, backward: false, codes: ['LIMIT_TIGHTENED'], path: 'root.name' },
  },
  {
    name: 'open said as additionalProperties true',
    ...{
      from: open({ a: text }),
      to: { ...open({ a: text }), additionalProperties: true },
      forward: true,
      backward: true,
      codes: [],
    },
  },
];

/** What contracts do not say, and others may. */
function fewer(maxProperties: number): JsonSchema {
  return { type: 'object', ...{ maxProperties } };
}

function kind(name: string, properties: Properties): JsonSchema {
  return open({ kind: { const: name }, ...properties }, ['kind', ...Object.keys(properties)]);
}

function tree(lengthMax: number): JsonSchema {
  const node = open({
    name: { ...text, maxLength: lengthMax },
    children: { type: 'array', items: { $ref: '#/definitions/node' } },
  });
  return { ...open({ root: { $ref: '#/definitions/node' } }), definitions: { node } };
}
