/** Changes of schemas beyond the table of the rules of registries: null, what is deeper, kinds, references. */
import type { JsonSchema } from '../../../src/rules/contracts/json-schema.js';
import { a, open, type Properties, type SchemaCase, text, TOLERATED, whole } from './schema-case.js';

export const FURTHER_CASES: readonly SchemaCase[] = [
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
