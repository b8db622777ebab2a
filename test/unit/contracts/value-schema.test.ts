/** The schema of what is on the wire: the same for the same rules, open, and without what is no promise. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldSchema, fieldsOf } from '../../../src/rules/contracts/field-schema.js';
import { aggregate, contract, one, publish, ruleSet } from '../../../src/rules/index.js';
import { publishedOf, publishedWith, refusals } from '../../support/contracts/published.js';
import { head, placedRules, prose } from '../../support/sources/placed-orders.js';

const schemaOf = (data: z.ZodObject, example: object) => publishedWith(data, example as never).contract.value;

describe('the schema of a value', () => {
  it('is draft-07 of metadata, key and fields, called as the events call it', () => {
    const [event] = publishedOf(placedRules(), {
      ...{ sourceSystem: 'legacy', eventSource: 'urn:x', eventTypePrefix: 'com.example' },
    });
    const { value } = event!.contract;
    expect(value.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(value.$id).toBe('urn:dragoman:contract:com.example.OrderPlaced.v1');
    expect(value.$id).toBe(event!.example.headers['ce_dataschema']);
    expect(Object.keys(value.properties ?? {})).toEqual([
      ...['a', 'causationId', 'correlationId', 'eventId', 'eventType', 'occurredAt', 'orderId', 'schemaVersion'],
      ...['sequence', 'sourceSystem'],
    ]);
    expect(value.required).toEqual(Object.keys(value.properties ?? {}));
    expect(value.properties?.['eventType']?.const).toBe('OrderPlaced');
  });

  it('does not depend on the order of fields', () => {
    const [a, b] = [z.object({ a: z.int(), b: z.string() }), z.object({ b: z.string(), a: z.int() })];
    const example = { a: 1, b: 'x' };
    expect(JSON.stringify(schemaOf(a, example))).toBe(JSON.stringify(schemaOf(b, example)));
  });

  it('has no limit that nobody set, no pattern beside a format, and no format that nobody knows', () => {
    const data = z.object({
      whole: z.int(),
      few: z.int().max(5),
      at: z.iso.datetime(),
      local: z.iso.datetime({ local: true }),
      cuid: z.cuid2(),
      id: z.uuid(),
      begins: z.string().startsWith('a-b'),
      mail: z.email(),
      anyMail: z.email({ pattern: z.regexes.unicodeEmail }),
    });
    expect(fieldSchema(data).properties).toEqual({
      whole: { type: 'integer' },
      few: { type: 'integer', maximum: 5 },
      at: { type: 'string', format: 'date-time' },
      local: { type: 'string', pattern: expect.any(String) as string },
      cuid: { type: 'string', pattern: expect.any(String) as string },
      id: { type: 'string', format: 'uuid' },
      begins: { type: 'string', pattern: '^a-b.*' },
      mail: { type: 'string', format: 'email' },
      anyMail: { type: 'string', pattern: z.regexes.unicodeEmail.source },
    });
  });

  it('has no pattern that says something else without its flags', () => {
    const thrown = (text: z.ZodType) => () => fieldSchema(z.object({ of: z.array(text.nullable()) }));
    expect(thrown(z.string().regex(/^[a-z]+$/i))).toThrow(
      '/^[a-z]+$/i has the flag i, which JSON Schema does not have',
    );
    expect(thrown(z.string().min(1).regex(/^.$/s))).toThrow('the flag s');
    expect(thrown(z.record(z.string().regex(/^a$/m), z.int()))).toThrow('the flag m');
    expect(thrown(z.email({ pattern: /^a@b$/i }))).toThrow('the flag i');
    expect(thrown(z.string().regex(/^\p{L}+$/u))).not.toThrow();
    expect(thrown(z.string().regex(/^[a-z]+$/g))).not.toThrow();
  });

  it.each<[string, z.ZodType]>([
    ...Object.entries({ base64: z.base64(), e164: z.e164(), cidr: z.cidrv4(), cidr6: z.cidrv6(), cuid2: z.cuid2() }),
    ...Object.entries({ ulid: z.ulid(), nanoid: z.nanoid(), time: z.iso.time(), mac: z.mac(), ipv6: z.ipv6() }),
    ...Object.entries({ emoji: z.emoji(), upper: z.string().uppercase(), some: z.templateLiteral(['a-', z.int()]) }),
    ...Object.entries({ dashes: z.string().regex(/^\d\-\d$/), mail: z.email({ pattern: z.regexes.rfc5322Email }) }),
    ...Object.entries({ url: z.httpUrl(), host: z.hostname(), iban: z.iban(), duration: z.iso.duration() }),
  ])('is made of all forms that the library knows: %s', (_, form) => {
    expect(() => fieldSchema(z.object({ form }))).not.toThrow();
  });

  it('keeps what looks like a word of JSON Schema and is none: a field called format, a value called pattern', () => {
    const data = z.object({
      format: z.uuid(),
      minimum: z.literal(Number.MIN_SAFE_INTEGER),
      additionalProperties: z.enum(['pattern']),
    });
    expect(fieldSchema(data).properties).toEqual({
      format: { type: 'string', format: 'uuid' },
      minimum: { type: 'number', const: Number.MIN_SAFE_INTEGER },
      additionalProperties: { type: 'string', enum: ['pattern'] },
    });
  });

  it('is open at every depth, but where an author describes all other names', () => {
    const data = z.object({
      strict: z.strictObject({ a: z.int() }),
      parts: z.array(z.object({ b: z.looseObject({}) })),
      either: z.union([z.object({ c: z.int() }), z.null()]),
      prices: z.record(z.string(), z.number()),
    });
    const schema = fieldSchema(data);
    const found = JSON.stringify(schema).match(/"additionalProperties":[^}]*}/g);
    expect(found).toEqual(['"additionalProperties":{"type":"number"}']);
    expect(JSON.stringify(schema)).not.toContain('propertyNames');
  });

  it('takes a value that has more than it knows', () => {
    const { contract, example } = publishedWith(z.object({ at: z.object({ a: z.int() }) }), { at: { a: 1 } });
    const refused = refusals(contract.value);
    expect(refused({ ...example.value, later: 1, at: { a: 1, later: {} } })).toEqual([]);
    expect(refused({ ...example.value, at: {} })).not.toEqual([]);
    expect(refused({ ...example.value, schemaVersion: 2 })).not.toEqual([]);
  });

  it('says what fields mean, also in objects and lists', () => {
    const { value } = publishedWith(
      z.object({
        lines: z.array(z.object({ sku: z.string().describe('By the library') })),
        b: z.string().describe('B'),
      }),
      { lines: [], b: '' },
      { fields: { 'lines[].sku': { meaning: 'The article.' } } },
    ).contract;
    const { lines, b } = value.properties ?? {};
    expect(lines?.items).toEqual({
      ...{ type: 'object', required: ['sku'] },
      properties: { sku: { type: 'string', description: 'The article.' } },
    });
    expect(b?.description).toBe('B');
  });

  it('has a schema that repeats itself once', () => {
    const node = z.object({
      name: z.string(),
      get nodes() {
        return z.array(node);
      },
    });
    const { contract, example } = publishedWith(z.object({ node }), {
      node: { name: 'a', nodes: [{ name: 'b', nodes: [] }] },
    });
    expect(Object.keys(contract.value.definitions ?? {})).toHaveLength(1);
    expect(Object.keys(contract.fields)).toEqual(['orderId', 'node', 'node.name', 'node.nodes']);
    expect(refusals(contract.value)(example.value)).toEqual([]);
    expect(refusals(contract.value)({ ...example.value, node: { name: 'a', nodes: [{}] } })).not.toEqual([]);
  });
});

describe('the context', () => {
  it('is always there, as a text or null', () => {
    const order = aggregate('order', { head: one(head, (row) => row.id) }, { context: { market: () => 'x' } });
    const fact = order.milestone('Thing', { importance: 'low', when: { so: () => true }, data: () => ({}) });
    const thingV1 = contract('Thing', 1, { ...prose, data: z.object({}), example: {} });
    const [event] = publishedOf(
      ruleSet({ aggregates: [order], facts: [fact], publications: [publish(fact).as(thingV1, () => ({}))] }),
    );
    const { contract: published, example } = event!;
    expect(published.value.properties?.['market']?.type).toEqual(['string', 'null']);
    expect(published.value.required).toContain('market');
    expect(example.value['market']).toBe('market-1');
    expect(Object.keys(published.fields)).toEqual(['orderId', 'market']);
  });
});

describe('fields', () => {
  it('have paths through lists, maps and branches, each once', () => {
    const data = z.object({
      a: z.array(z.array(z.object({ b: z.int() }))),
      m: z.record(z.string(), z.object({ c: z.int() })),
      u: z.union([z.object({ d: z.int() }), z.object({ d: z.string(), e: z.int().optional() })]),
      t: z.tuple([z.object({ f: z.int() }), z.string()]),
    });
    const found = fieldsOf(fieldSchema(data)).map(({ path, isRequired }) => `${path}${isRequired ? '' : '?'}`);
    expect(found).toEqual(['a', 'a[][].b', 'm', 'm.*.c', 'u', 'u.d', 'u.e?', 't', 't[].f']);
  });

  it('of a contract are told with what the author says, and who decides them', () => {
    const { contract } = publishedWith(
      z.object({ a: z.int(), b: z.string() }),
      { a: 1, b: '' },
      { fields: { a: { meaning: 'A', authority: { borrowedFrom: 'x' }, class: 'secret' } } },
    );
    expect(contract.fields).toEqual({
      orderId: { meaning: expect.any(String) as string, authority: 'own', class: null },
      a: { meaning: 'A', authority: { borrowedFrom: 'x' }, class: 'secret' },
      b: { authority: 'own', class: null },
    });
  });
});
