/**
 * Values made of a schema, against ajv: valid ones are taken, broken ones are refused, whatever the schema is. And against the contract's own
 * fields, which may refuse more than a schema says, never less.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { boundaryValues, brokenValues, validValue } from '../../src/contracts/samples/samples.js';
import type { JsonSchema } from '../../src/contracts/published.js';
import { loadRules } from '../../src/adapters/files/rules-loader.js';
import { publishedContracts } from '../../src/contracts/published-contracts.js';
import { publishedWith, refusals, SETTINGS } from '../support/contracts/published.js';

/** A field with a value that it takes. */
type Field = readonly [z.ZodType, unknown];

const leaf: fc.Arbitrary<Field> = fc.oneof(
  fc.constantFrom<Field>(
    [z.string(), 'x'],
    [z.string().min(3), 'abc'],
    [z.string().length(3), 'EUR'],
    [z.string().max(4), ''],
    [z.string().regex(/^-?\d+\.\d{2}$/), '1.00'],
    [z.string().regex(/^(?:[A-Z]{2}|x[^a-c]+)\d?$/), 'AB'],
    [z.string().regex(/^(?=a)a+$/), 'aa'],
    [z.string().regex(/^a/).regex(/b$/), 'ab'],
    [z.iso.datetime(), '2026-01-01T00:00:00Z'],
    [z.iso.date(), '2026-01-01'],
    [z.uuid(), '00000000-0000-5000-8000-000000000000'],
    [z.email(), 'a@b.example'],
    [z.url(), 'https://a.example'],
    [z.int(), 1],
    [z.int().min(-3).max(3), 0],
    [z.int().positive(), 1],
    [z.int().multipleOf(5), 5],
    [z.number(), 0.5],
    [z.number().gt(0).lt(1), 0.5],
    [z.number().multipleOf(0.01), 0.1],
    [z.boolean(), true],
    [z.null(), null],
    [z.literal('only'), 'only'],
    [z.enum(['a', 'b']), 'a'],
    [z.literal([1, 2]), 1],
    [z.any(), { a: 1 }],
    [z.union([z.string(), z.int()]), 1],
    [z.union([z.iso.date(), z.literal('never')]), 'never'],
  ),
);

const field: fc.Arbitrary<Field> = fc.letrec<{ field: Field }>((tie) => ({
  field: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('field').map(([type, value]): Field => [type.nullable(), value]),
    tie('field').map(([type]): Field => [type.nullable(), null]),
    fc
      .tuple(tie('field'), fc.integer({ min: 0, max: 2 }))
      .map(([[type, value], least]): Field => [
        z.array(type).min(least),
        Array.from({ length: Math.max(least, 1) }, () => value),
      ]),
    tie('field').map(([type, value]): Field => [z.array(type).max(3), [value]]),
    tie('field').map(([type, value]): Field => [z.record(z.string(), type), { some: value }]),
    fc.tuple(tie('field'), tie('field')).map(([a, b]): Field => [z.tuple([a[0], b[0]]), [a[1], b[1]]]),
    fc
      .tuple(tie('field'), tie('field'))
      .map(([a, b]): Field => [z.object({ a: a[0], b: b[0].optional() }), { a: a[1] }]),
    fc
      .tuple(tie('field'), tie('field'))
      .map(([a, b]): Field => [
        z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('one'), a: a[0] }),
          z.object({ kind: z.literal('two'), b: b[0] }),
        ]),
        { kind: 'two', b: b[1] },
      ]),
  ),
})).field;

const shape = fc.dictionary(fc.constantFrom('alpha', 'beta', 'gamma', 'delta'), fc.tuple(field, fc.boolean()), {
  minKeys: 1,
});

describe('values made of a schema', () => {
  it('are taken by it when they are valid, and refused when they are broken', () => {
    fc.assert(
      fc.property(shape, fc.integer(), (fields, seed) => {
        const data = z.object(
          Object.fromEntries(
            Object.entries(fields).map(([name, [[type], isOptional]]) => [name, isOptional ? type.optional() : type]),
          ),
        );
        const example = Object.fromEntries(Object.entries(fields).map(([name, [[, value]]]) => [name, value]));
        const { contract } = publishedWith(data, example as never);
        expectAllRight(contract, String(seed), refusals(contract.value));
      }),
      { numRuns: 60 },
    );
  });

  it("are so for the retailer's contracts, whose own fields take them as well", async () => {
    const { rules } = await loadRules('rules');
    for (const { contract } of publishedContracts(rules, SETTINGS)) {
      const { data } = rules.contracts.find(({ name }) => name === contract.name)!;
      const refused = refusals(contract.value);
      for (let seed = 0; seed < 50; seed += 1) {
        expectAllRight(contract, String(seed), refused);
        expect(data.safeParse(validValue(contract, String(seed))).error?.issues ?? []).toEqual([]);
      }
      expect(brokenValues(contract, '1').length).toBeGreaterThan(50);
      expect(new Set(brokenValues(contract, '1').map(({ path }) => path)).size).toBeGreaterThan(10);
      expect(boundaryValues(contract, '1').length).toBeGreaterThan(20);
    }
  });
});

type Sampled = Parameters<typeof validValue>[0];

function expectAllRight(contract: Sampled, seed: string, refused: (value: unknown) => string[]): void {
  const told = (value: unknown, what: string): string => `${what}: ${JSON.stringify(value).slice(0, 300)}`;
  expect(refused(contract.example)).toEqual([]);
  const valid = validValue(contract, seed);
  expect(refused(valid), told(valid, 'valid')).toEqual([]);
  for (const { value, what, path } of boundaryValues(contract, seed))
    expect(refused(value), told(value, `boundary ${path} ${what}`)).toEqual([]);
  for (const { value, what, path } of brokenValues(contract, seed))
    expect(refused(value).length, told(value, `broken ${path} ${what}`)).toBeGreaterThan(0);
}

describe('the same seed', () => {
  const { contract } = publishedWith(z.object({ a: z.string(), b: z.int() }), { a: 'x', b: 1 });

  it('gives the same values, and another one others', () => {
    expect(validValue(contract, 'a')).toEqual(validValue(contract, 'a'));
    expect(validValue(contract, 'a')).not.toEqual(validValue(contract, 'b'));
    expect(brokenValues(contract, 'a')).toEqual(brokenValues(contract, 'a'));
  });
});

describe('what cannot be made up', () => {
  it('is taken from the example, and left away where that has nothing', () => {
    const ahead = z.string().regex(/^(?=a)a+$/);
    const { contract } = publishedWith(
      z.object({ here: ahead, away: ahead.optional(), both: z.string().regex(/^a/).regex(/b$/) }),
      { here: 'aa', both: 'ab' },
    );
    for (let seed = 0; seed < 20; seed += 1)
      expect(validValue(contract, String(seed))).toMatchObject({ here: 'aa', both: 'ab' });
    expect(validValue(contract, '1')).not.toHaveProperty('away');
  });

  it('does not lead to a schema without an end', () => {
    const schema: JsonSchema = { $ref: '#/definitions/a', definitions: { a: { $ref: '#/definitions/a' } } };
    expect(validValue({ type: 'X.v1', value: schema, example: { a: 1 } }, '1')).toEqual({ a: 1 });
  });
});
