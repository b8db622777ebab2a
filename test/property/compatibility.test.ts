/**
 * The comparison of schemas against ajv: where it says that a reader reads all that a writer writes, every value made of the writer's schema is
 * taken by the reader's. It may say less than that, never more.
 */
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/contracts/compatibility/schema/compare.js';
import { boundaryValues, validValue } from '../../src/contracts/samples/samples.js';
import type { JsonSchema } from '../../src/rules/contracts/json-schema.js';
import { SCHEMA_CASES } from '../support/contracts/changes.js';

/** Few names and values, so that two schemas often have something in common. */
const small = fc.integer({ min: 0, max: 4 });
const scalar: fc.Arbitrary<JsonSchema> = fc.oneof(
  fc.record({ type: fc.constant('string' as const), minLength: small, maxLength: small.map((n) => n + 4) }),
  fc.subarray(['x', 'y', 'z'], { minLength: 1 }).map((values): JsonSchema => ({ type: 'string', enum: values })),
  fc.constantFrom<JsonSchema>({ type: 'string' }, { type: 'boolean' }, { const: 'x' }, { type: 'number' }),
  fc.record({
    type: fc.constantFrom('integer' as const, 'number' as const),
    minimum: small,
    maximum: small.map((n) => n + 4),
  }),
);

const schema: fc.Arbitrary<JsonSchema> = fc.letrec<{ any: JsonSchema; object: JsonSchema }>((tie) => ({
  object: fc
    .record({
      properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { maxKeys: 3 }),
      needed: fc.subarray(['a', 'b', 'c']),
      isClosed: fc.boolean(),
    })
    .map(({ properties, needed, isClosed }): JsonSchema => {
      const required = needed.filter((name) => Object.hasOwn(properties, name));
      return { type: 'object', properties, required, ...(isClosed ? { additionalProperties: false } : {}) };
    }),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    scalar.map((each): JsonSchema => ({ anyOf: [each, { type: 'null' }] })),
    tie('any').map((items): JsonSchema => ({ type: 'array', items, maxItems: 3 })),
    fc.tuple(tie('any'), tie('any')).map(([one, other]): JsonSchema => ({ anyOf: [one, other] })),
    tie('object'),
  ),
})).object;

const SEEDS = ['1', '2', '3', '4', '5'];

/** Whether a value fits. Not strictly: registries have schemas that nobody would write. */
function fitting(schema: JsonSchema): (value: unknown) => boolean {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
}

/** What is made of the writer, and refused by the reader. */
function refused(writer: JsonSchema, reader: JsonSchema): unknown[] {
  const contract = { type: 'Any.v1', value: writer, example: {} };
  const [own, other] = [fitting(writer), fitting(reader)];
  const values = [
    ...SEEDS.map((seed) => validValue(contract, seed)),
    ...boundaryValues(contract, '1').map(({ value }) => value),
  ];
  // A schema that no value fits has no valid ones.
  return values.filter((value) => own(value) && !other(value));
}

describe('a reader that is said to read a writer', () => {
  it('takes whatever that writes', () => {
    let compatible = 0;
    fc.assert(
      fc.property(schema, schema, (writer, reader) => {
        if (differences({ writer, reader }).length > 0) return;
        compatible += 1;
        expect(refused(writer, reader)).toEqual([]);
      }),
      { numRuns: 600 },
    );
    expect(compatible).toBeGreaterThan(20);
  });

  it('takes what it writes itself', () => {
    fc.assert(
      fc.property(schema, (same) => {
        expect(differences({ writer: same, reader: structuredClone(same) })).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  const sampled = SCHEMA_CASES.filter(({ from }) => from.properties !== undefined && from.definitions === undefined);
  it.each(sampled.map((each) => [each.name, each] as const))('%s', (_, { from, to }) => {
    for (const [writer, reader] of [
      [to, from],
      [from, to],
    ] as const)
      if (differences({ writer, reader }).length === 0) expect(refused(writer, reader)).toEqual([]);
  });
});
