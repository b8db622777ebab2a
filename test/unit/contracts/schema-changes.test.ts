/** Changes of schemas: the table of the rules of registries, row by row, and what is beyond it. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaChanges } from '../../../src/contracts/compatibility/change.js';
import { CHANGE_CODES } from '../../../src/contracts/compatibility/codes.js';
import { COMPARISONS_MAX, differences } from '../../../src/contracts/compatibility/schema/compare.js';
import { KINDS } from '../../../src/contracts/compatibility/schema/difference.js';
import { fieldSchema } from '../../../src/rules/contracts/field-schema.js';
import type { JsonSchema } from '../../../src/rules/contracts/json-schema.js';
import { SCHEMA_CASES } from '../../support/contracts/changes.js';
import { NOT_LOOKED_AT } from '../../support/contracts/schema-case.js';

type Changes = ReturnType<typeof schemaChanges>;

const isRead = (direction: 'forward' | 'backward', changes: Changes, how: 'breaks' | 'breaksStrictly') =>
  !changes.some((change) => change[how].includes(direction));

const named = SCHEMA_CASES.map((each) => [each.name, each] as const);

describe('a change of a schema', () => {
  it('is told by at least 40 cases, each with a name of its own', () => {
    expect(SCHEMA_CASES.length).toBeGreaterThanOrEqual(40);
    expect(new Set(SCHEMA_CASES.map(({ name }) => name)).size).toBe(SCHEMA_CASES.length);
  });

  it.each(named)('%s', (_, { from, to, ours, ...expected }) => {
    const changes = schemaChanges(from, to);
    expect([...new Set<string>(changes.map(({ code }) => code))].sort()).toEqual([...expected.codes].sort());
    expect({ forward: isRead('forward', changes, 'breaks'), backward: isRead('backward', changes, 'breaks') }).toEqual({
      forward: ours?.forward ?? expected.forward,
      backward: ours?.backward ?? expected.backward,
    });
    if (expected.path !== undefined)
      expect(changes.find(({ code }) => code === expected.codes[0])?.path).toBe(expected.path);
  });

  it.each(named.filter(([, { ours }]) => ours?.why !== NOT_LOOKED_AT))(
    '%s, as strictly as registries read it',
    (_, { from, to, forward, backward }) => {
      const changes = schemaChanges(from, to);
      expect({
        forward: isRead('forward', changes, 'breaksStrictly'),
        backward: isRead('backward', changes, 'breaksStrictly'),
      }).toEqual({ forward, backward });
    },
  );

  it.each(named)('%s, the other way round', (_, { from, to }) => {
    const there = schemaChanges(from, to);
    const back = schemaChanges(to, from);
    expect(isRead('forward', back, 'breaksStrictly')).toBe(isRead('backward', there, 'breaksStrictly'));
    expect(isRead('backward', back, 'breaksStrictly')).toBe(isRead('forward', there, 'breaksStrictly'));
  });

  it('is none from a schema to itself', () => {
    for (const { from, to } of SCHEMA_CASES)
      expect([...schemaChanges(from, from), ...schemaChanges(to, to)]).toEqual([]);
  });

  it('tells both values and the word of the schema', () => {
    const limited = (maxLength: number): JsonSchema => ({
      type: 'object',
      properties: { a: { type: 'string', maxLength } },
    });
    expect(schemaChanges(limited(3), limited(5))).toEqual([
      {
        ...{ code: 'LIMIT_LOOSENED', path: 'a', word: 'maxLength', from: 3, to: 5 },
        ...{ breaks: ['forward'], breaksStrictly: ['forward'] },
      },
    ]);
  });
});

const changed = (from: z.ZodType, to: z.ZodType): string[] => {
  const [before, now] = [from, to].map((of) => fieldSchema(z.object({ a: of })));
  return before === undefined || now === undefined
    ? []
    : schemaChanges(before, now).map(({ code, path, breaks }) => `${code} ${path} ${breaks.join(' ')}`.trim());
};

describe('the same, said otherwise', () => {
  const [a, b] = [z.literal('a'), z.literal('b')];

  it.each<[string, z.ZodType, z.ZodType]>([
    ['patterns in another order', z.string().startsWith('A').endsWith('9'), z.string().endsWith('9').startsWith('A')],
    ['literals, and an enum', z.union([a, b]), z.enum(['a', 'b'])],
    ['literals or null, and an enum or null', z.union([a, b]).nullable(), z.enum(['a', 'b']).nullable()],
    ['true or false, and a boolean', z.union([z.literal(true), z.literal(false)]), z.boolean()],
  ])('%s: nothing changed', (_, from, to) => {
    expect([...changed(from, to), ...changed(to, from)]).toEqual([]);
  });

  it.each<[string, z.ZodType, z.ZodType]>([
    ['one pattern more', z.string().startsWith('A'), z.string().endsWith('9').startsWith('A')],
    ['steps three times as wide', z.number().multipleOf(0.1), z.number().multipleOf(0.3)],
    ['0 is a multiple of everything', z.number().multipleOf(5), z.literal(0)],
  ])('%s: consumers of before go on', (_, from, to) => {
    expect(changed(from, to).filter((each) => each.includes('forward'))).toEqual([]);
  });

  it.each<[string, z.ZodType, z.ZodType]>([
    ['a value that lacks the second of two patterns', z.string().startsWith('A').endsWith('9'), z.literal('A1')],
    ['a value where there was none', z.never().optional(), z.literal('a').optional()],
    ['one literal more', z.union([a, b]), z.enum(['a', 'b', 'c'])],
    ['one pattern less', z.string().startsWith('A').endsWith('9'), z.string().startsWith('A')],
  ])('%s breaks consumers of before', (_, from, to) => {
    expect(changed(from, to).some((each) => each.includes('forward'))).toBe(true);
  });
});

describe('names of fields', () => {
  const priced = (words: object): JsonSchema => ({
    type: 'object',
    properties: { a: { type: 'object', additionalProperties: { type: 'number' }, ...words } },
  });
  const named = priced({ propertyNames: { enum: ['EUR', 'USD'] } });
  const closed = (...names: readonly string[]): JsonSchema =>
    priced({
      properties: Object.fromEntries(names.map((name) => [name, { type: 'number' }])),
      additionalProperties: false,
    });
  const forward = (from: JsonSchema, to: JsonSchema) =>
    schemaChanges(from, to).flatMap(({ code, path, breaks }) =>
      breaks.includes('forward') ? [`${code} ${path}`] : [],
    );

  it('that were limited stay so, also where the object has its names one by one', () => {
    expect(forward(named, closed('EUR', 'GBP'))).toEqual(['VALUE_ADDED a.*']);
    expect(forward(named, closed('EUR', 'USD'))).toEqual([]);
    expect(forward(named, closed('EUR'))).toEqual([]);
    expect(forward(named, closed())).toEqual([]);
    expect(forward(named, priced({ propertyNames: { enum: ['EUR'] } }))).toEqual([]);
    expect(forward(named, priced({ propertyNames: { enum: ['EUR', 'GBP'] } }))).toEqual(['VALUE_ADDED a.*']);
    expect(forward(named, priced({}))).toHaveLength(1);
    const odd = (words: object) =>
      priced({ ...closed('EUR').properties?.['a'], propertyNames: { pattern: '^U' }, ...words });
    expect(forward(odd({}), odd({ description: 'None fits.' }))).toEqual([]);
  });
});

describe('what cannot be compared', () => {
  const schema = (of: JsonSchema): JsonSchema => ({ type: 'object', properties: { a: of } });

  it.each<[string, JsonSchema, JsonSchema]>([
    ['a union of too many', { anyOf: Array.from({ length: 40 }, (_, n) => ({ const: n })) }, { type: 'integer' }],
    ['a reference to another document', { $ref: 'https://example.org/other.json' }, { type: 'string' }],
    ['a reference to nothing', { $ref: '#/definitions/none' }, { type: 'string' }],
    ['references in a circle', { $ref: '#/properties/a' }, { type: 'string' }],
  ])('%s breaks', (_, from, to) => {
    expect(schemaChanges(schema(from), schema(to))).toMatchObject([
      { code: 'NOT_COMPARED', breaks: ['forward', 'backward'] },
    ]);
  });

  const kinds = (words: string) => z.union(Array.from({ length: 40 }, (_, n) => z.literal(n))).describe(words);

  it('hides nothing of what is beside it', () => {
    const [from, to] = [
      z.object({ kind: kinds('One.'), total: z.string() }),
      z.object({ kind: kinds('Other.'), total: z.number() }),
    ];
    expect(changed(from, to)).toEqual([
      'NOT_COMPARED a.kind forward backward',
      'TYPE_CHANGED a.total forward backward',
    ]);
  });

  it('breaks nobody while it is the same, also behind references', () => {
    const node = (lengthMax: number): JsonSchema => ({
      ...schema({ $ref: '#/definitions/kinds' }),
      definitions: { kinds: { anyOf: Array.from({ length: 40 }, (_, n) => ({ $ref: `#/definitions/${n}` })) } },
      maxProperties: lengthMax,
    });
    expect(schemaChanges(node(3), node(3))).toEqual([]);
    expect(schemaChanges(node(3), node(2))).toMatchObject([{ code: 'LIMIT_TIGHTENED' }]);
  });

  it('unions of unions end, and break', () => {
    const union = (depth: number, leaf: JsonSchema): JsonSchema =>
      depth === 0
        ? leaf
        : { anyOf: Array.from({ length: 8 }, (_, n) => schema({ ...union(depth - 1, leaf), title: `${n}` })) };
    const [writer, reader] = [union(5, { type: 'string' }), union(5, { type: 'integer' })];
    expect(differences({ writer, reader })).toMatchObject([
      { kind: 'size', word: `more than ${COMPARISONS_MAX} comparisons` },
    ]);
  });

  it('a schema that is too deep breaks', () => {
    const deep = (depth: number, leaf: JsonSchema): JsonSchema => (depth === 0 ? leaf : schema(deep(depth - 1, leaf)));
    expect(schemaChanges(deep(100, { type: 'string' }), deep(100, { type: 'integer' }))).toMatchObject([
      { code: 'NOT_COMPARED' },
    ]);
  });

  it('a condition that is not looked into breaks when it is another', () => {
    const not = (value: string): JsonSchema => schema({ type: 'string', not: { const: value } });
    expect(schemaChanges(not('x'), not('x'))).toEqual([]);
    expect(schemaChanges(not('x'), not('y'))).toMatchObject([
      { code: 'CONDITION_CHANGED', breaks: ['forward', 'backward'] },
    ]);
  });
});

describe('every code', () => {
  it('is in a case, or in this file', () => {
    const seen = new Set([...SCHEMA_CASES.flatMap(({ codes }) => codes), 'NOT_COMPARED', 'CONDITION_CHANGED']);
    const all = Object.values(KINDS).flatMap(({ forward, backward }) => [forward, backward]);
    expect([...new Set<string>(all)].filter((code) => !seen.has(code))).toEqual([]);
  });

  it.each(Object.entries(CHANGE_CODES))('%s has words', (_, { says, instead }) => {
    expect(says).toMatch(/^[a-z]/);
    expect(instead).toMatch(/\.$/);
  });
});
