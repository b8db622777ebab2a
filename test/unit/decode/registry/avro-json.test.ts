/** Values in Avro as JSON: written by avsc, read by us; each kind of type, and bytes that are none of them. */
import fc from 'fast-check';
import { parse } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { JsonBytes } from '../../../../src/decode/registry/json-bytes.js';
import { recordForm, type Wrapping } from '../../../../src/decode/registry/record-form.js';
import { avscType, framed } from '../../../support/avro/types.js';

const ID = 7;

function jsonOf(schema: unknown, value: unknown, wrapping: Wrapping = 'plain'): string | null {
  const text = JSON.stringify(schema);
  const bytes = framed(ID, avscType(text).toBuffer(value));
  return read(schema, bytes, wrapping);
}

function read(
  schema: unknown,
  bytes: Buffer,
  wrapping: Wrapping = 'plain',
  references: readonly string[] = [],
): string | null {
  const form = recordForm(ID, { type: 'AVRO', text: JSON.stringify(schema), references });
  return form.json(bytes, 5, new JsonBytes(), wrapping)?.toString() ?? null;
}

const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
const record = (...fields: readonly object[]) => ({ type: 'record', name: 'R', namespace: 'a.b', fields });

describe('JSON of Avro', () => {
  it.each([
    ['null', null, 'null'],
    ['boolean', true, 'true'],
    ['boolean', false, 'false'],
    ['int', -1, '-1'],
    ['int', 2_147_483_647, '2147483647'],
    ['long', 9_007_199_254_740_991, '9007199254740991'],
    ['long', -9_007_199_254_740_991, '-9007199254740991'],
    ['long', 9_007_199_254_740_993n, '9007199254740993'],
    ['long', 9_223_372_036_854_775_807n, '9223372036854775807'],
    ['long', -9_223_372_036_854_775_808n, '-9223372036854775808'],
    ['float', Math.fround(0.1), '0.1'],
    ['float', Math.fround(3.4028235e38), '3.4028235e+38'],
    ['float', Math.fround(1.5), '1.5'],
    ['float', NaN, '"NaN"'],
    ['double', 0.1, '0.1'],
    ['double', -0, '-0.0'],
    ['double', 5e-324, '5e-324'],
    ['double', -Infinity, '"-Infinity"'],
    ['string', 'grüße 𝄞 "q" \\ / \t\n\u0001', JSON.stringify('grüße 𝄞 "q" \\ / \t\n\u0001')],
    ['string', '', '""'],
    ['bytes', Buffer.from([0, 255, 16]), '"AP8Q"'],
  ])('%s %s is %s', (type, value, json) => {
    expect(jsonOf(type, value)).toBe(json);
  });

  it('has records, lists, maps, enums, fixed and null in its place', () => {
    const schema = record(
      field('none', ['null', 'string']),
      field('some', ['null', 'string']),
      field('last', ['string', 'null'], { default: 'x' }),
      field('list', { type: 'array', items: ['null', 'int'] }),
      field('map', { type: 'map', values: 'long' }),
      field('code', { type: 'enum', name: 'E', symbols: ['A', 'B'] }),
      field('four', { type: 'fixed', name: 'F', size: 4 }),
      field('empty', { type: 'record', name: 'N', fields: [] }),
    );
    const value = {
      ...{ none: null, some: 's', last: null, list: [1, null, 3], map: { a: 1, 'ü"': 2 }, code: 'B' },
      ...{ four: Buffer.from([1, 2, 3, 4]), empty: {} },
    };
    expect(jsonOf(schema, value)).toBe(
      '{"none":null,"some":"s","last":null,"list":[1,null,3],"map":{"a":1,"ü\\"":2},"code":"B","four":"AQIDBA==","empty":{}}',
    );
  });

  it('puts the scale beside a decimal, which bytes alone do not tell, unless the schema goes with it', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 };
    const form = recordForm(ID, { type: 'AVRO', text: JSON.stringify(decimal), references: [] });
    const bytes = framed(ID, Buffer.from([4, 4, 0xe2])); // 12.50
    expect(form.json(bytes, 5, new JsonBytes(), 'plain')?.toString()).toBe('{"scale":2,"value":"BOI="}');
    const wrapped = JSON.parse(form.json(bytes, 5, new JsonBytes(), 'wrapped')?.toString() ?? '') as {
      schema: object;
      payload: string;
    };
    expect(wrapped.payload).toBe('BOI=');
    expect(wrapped.schema).toMatchObject({ name: 'org.apache.kafka.connect.data.Decimal', parameters: { scale: '2' } });
  });

  it('is as the schema of Connect says that it was made of', () => {
    const schema = record(
      field('id', 'long'),
      field('at', { type: 'long', 'connect.version': 1, 'connect.name': 'io.debezium.time.MicroTimestamp' }),
      field('code', { type: 'string', 'connect.default': '10' }, { default: '10' }),
      field('small', ['null', { type: 'int', 'connect.type': 'int16' }], { default: null }),
    );
    const text = jsonOf(schema, { id: 1, at: 2, code: '20', small: null }, 'wrapped');
    expect(JSON.parse(text ?? '')).toEqual({
      schema: {
        type: 'struct',
        fields: [
          { type: 'int64', optional: false, field: 'id' },
          { type: 'int64', optional: false, name: 'io.debezium.time.MicroTimestamp', version: 1, field: 'at' },
          { type: 'string', optional: false, default: '10', field: 'code' },
          { type: 'int16', optional: true, field: 'small' },
        ],
        optional: false,
        name: 'a.b.R',
      },
      payload: { id: 1, at: 2, code: '20', small: null },
    });
  });

  it('is read by schemas that refer to others, by names inside and within themselves', () => {
    const value = { type: 'record', name: 'Value', namespace: 'oms', fields: [field('n', 'int')] };
    const schema = record(field('before', ['null', 'oms.Value']), field('after', ['null', 'oms.Value']));
    const type = avscType(JSON.stringify(schema), [JSON.stringify(value)]);
    const bytes = framed(ID, type.toBuffer({ before: null, after: { n: 5 } }));
    expect(read(schema, bytes, 'plain', [JSON.stringify(value)])).toBe('{"before":null,"after":{"n":5}}');
    const list = record(field('n', 'int'), field('next', ['null', 'R']));
    expect(jsonOf(list, { n: 1, next: { n: 2, next: null } })).toBe('{"n":1,"next":{"n":2,"next":null}}');
    expect(jsonOf(list, { n: 1, next: null }, 'wrapped')).toContain('"payload":{"n":1,"next":null}');
  });

  it('is the same value for any numbers and texts', () => {
    const schema = record(
      field('l', 'long'),
      field('i', 'int'),
      field('d', 'double'),
      field('f', 'float'),
      field('s', 'string'),
    );
    const any = fc.record({
      l: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      i: fc.integer(),
      d: fc.double({ noNaN: true, noDefaultInfinity: true }),
      f: fc.float({ noNaN: true, noDefaultInfinity: true }),
      s: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(any, (value) => {
        const json = jsonOf(schema, value) ?? '';
        const exact = parse(json, undefined, (digits) => digits) as Record<string, string>;
        expect(exact.l).toBe(String(value.l));
        expect(exact.i).toBe(String(value.i));
        const { d, f, s } = JSON.parse(json) as typeof value;
        expect(d).toBe(value.d);
        expect(Math.fround(f)).toBe(value.f);
        expect(s).toBe(value.s);
      }),
    );
  });

  it('says of bytes that are too few, too many or of another schema that they are not of it', () => {
    const schema = record(
      field('a', 'string'),
      field('b', ['null', 'long']),
      field('c', { type: 'array', items: 'null' }),
    );
    const whole = framed(ID, avscType(JSON.stringify(schema)).toBuffer({ a: 'abc', b: 1, c: [null] }));
    expect(read(schema, whole)).not.toBeNull();
    for (let length = 5; length < whole.length; length += 1) expect(read(schema, whole.subarray(0, length))).toBeNull();
    expect(read(schema, Buffer.concat([whole, Buffer.of(0)]))).toBeNull();
    const branch = Buffer.from(whole);
    branch[9] = 4; // there is no third branch
    expect(read(schema, branch)).toBeNull();
    expect(read('boolean', framed(ID, Buffer.of(2)))).toBeNull();
    expect(read({ type: 'enum', name: 'E', symbols: ['A'] }, framed(ID, Buffer.of(2)))).toBeNull();
    expect(read('string', framed(ID, Buffer.of(1)))).toBeNull(); // of a length below zero
    expect(read('long', framed(ID, Buffer.alloc(11, 0xff)))).toBeNull();
    const endless = framed(ID, Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 0]));
    expect(read({ type: 'array', items: 'null' }, endless)).toBeNull();
  });
});

describe('a schema that cannot be used', () => {
  const form = (text: string, type = 'AVRO', references: readonly string[] = []) =>
    recordForm(ID, { type, text, references });

  it.each([
    ['PROTOBUF', '', /PROTOBUF/],
    ['AVRO', '{ not', /not JSON/],
    ['AVRO', '"oms.Value"', /oms\.Value/],
    ['AVRO', '["int","string"]', /union of int, string/],
    ['AVRO', '{"type":"record","name":"R"}', /no fields/],
    ['AVRO', '{"type":"record","fields":[]}', /needs a name/],
    ['AVRO', '{"type":"enum","name":"E","symbols":[1]}', /symbols/],
    ['AVRO', '{"type":"fixed","name":"F"}', /size/],
    ['AVRO', '5', /neither/],
  ])('%s %s is refused with its reason', (type, text, reason) => {
    expect(() => form(text, type)).toThrow(
      expect.objectContaining({ code: 'SCHEMA_UNREADABLE', message: expect.stringMatching(reason) as string }),
    );
  });

  it('is none of JSON Schema: what is behind the id is JSON already', () => {
    const bytes = framed(ID, Buffer.from('{"a":1}'));
    for (const type of ['JSON', 'KCONNECT'])
      expect(form('{}', type).json(bytes, 5, new JsonBytes(), 'plain')?.toString()).toBe('{"a":1}');
  });
});

it('JSON of any length is written into the room that there is, and more', () => {
  const long = 'x"'.repeat(200_000);
  expect(JSON.parse(jsonOf('string', long) ?? '')).toBe(long);
});
