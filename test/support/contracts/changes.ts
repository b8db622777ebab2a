/**
 * Changes of a schema with what they mean, by the rules of registries (forward: the old one reads what the new one writes; backward: the new one
 * reads what the old one wrote; both strict). Where Dragoman judges otherwise on purpose, `ours` says so. A registry can be asked the same.
 */

import type { JsonSchema } from '../../../src/rules/contracts/json-schema.js';
import { FURTHER_CASES } from './further-changes.js';
import {
  a,
  closed,
  NOT_FILLED_IN,
  NOT_LOOKED_AT,
  open,
  partial,
  type SchemaCase,
  text,
  TOLERATED,
  whole,
} from './schema-case.js';

/** The rows of the table, in its order. */
const TABLE_CASES: readonly SchemaCase[] = [
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
    ...{ forward: true, backward: false, codes: ['REQUIRED_FIELD_ADDED'], path: 'b' },
  },
  {
    name: 'required field with a default added to a closed object',
    ...{ from: closed({ a: text }), to: closed({ a: text, b: { ...text, default: '' } }, ['b']) },
    ...{ forward: false, backward: true, ours: { backward: false, why: NOT_FILLED_IN } },
    codes: ['FIELD_ADDED_TO_CLOSED', 'REQUIRED_FIELD_ADDED'],
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
    ...{ forward: true, backward: true, ours: { forward: false, why: NOT_FILLED_IN }, codes: ['FIELD_MADE_OPTIONAL'] },
  },
  {
    name: 'optional field made required',
    ...{ from: open({ a: text }), to: open({ a: text }, ['a']) },
    ...{ forward: true, backward: false, codes: ['FIELD_MADE_REQUIRED'], path: 'a' },
  },
  {
    name: 'optional field with a default made required',
    ...{ from: open({ a: { ...text, default: '' } }), to: open({ a: { ...text, default: '' } }, ['a']) },
    ...{ forward: true, backward: true, ours: { backward: false, why: NOT_FILLED_IN }, codes: ['FIELD_MADE_REQUIRED'] },
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
];

export const SCHEMA_CASES: readonly SchemaCase[] = [...TABLE_CASES, ...FURTHER_CASES];

/** What contracts do not say, and others may. */
function fewer(maxProperties: number): JsonSchema {
  return { type: 'object', ...{ maxProperties } };
}
