/** Records behind schema ids: what is made of them, what is waited for, and what is said when a schema cannot be had. */
import { describe, expect, it } from 'vitest';
import type { RegisteredSchema } from '../../../../src/domain/registry/registered-schema.js';
import { DragomanError } from '../../../../src/errors.js';
import { PlainRecords } from '../../../../src/pipeline/read/plain-records.js';
import type { RawRecord, Schemas } from '../../../../src/pipeline/ports.js';
import { avscType, framed } from '../../../support/avro/types.js';

const KEY = JSON.stringify({ type: 'record', name: 'Key', fields: [{ name: 'id', type: 'long' }] });
const CODED = JSON.stringify({
  ...{ type: 'record', name: 'Key' },
  fields: [{ name: 'id', type: { type: 'string', 'connect.default': '10' }, default: '10' }],
});
const VALUE = JSON.stringify({ type: 'record', name: 'Envelope', fields: [{ name: 'op', type: 'string' }] });

const record = (key: Buffer | null, value: Buffer | null): RawRecord => ({
  offset: 3,
  timestampMs: 4,
  key,
  value,
  headers: {},
});
const avro = (id: number, text: string, value: unknown): Buffer => framed(id, avscType(text).toBuffer(value));

/** A registry whose answers the test gives when it likes; a text is Avro. */
function answering(answers: Readonly<Record<number, string | RegisteredSchema | DragomanError>>) {
  const asked: number[] = [];
  const schemas: Schemas = {
    schema: (id) => {
      asked.push(id);
      const answer = answers[id];
      if (answer === undefined || answer instanceof DragomanError)
        return Promise.reject(answer ?? new DragomanError('SCHEMA_UNKNOWN', `no schema ${id}`));
      return Promise.resolve(typeof answer === 'string' ? { type: 'AVRO', text: answer, references: [] } : answer);
    },
  };
  return { schemas, asked };
}

const texts = ({ key, value }: RawRecord): readonly (string | null)[] => [
  key?.toString() ?? null,
  value?.toString() ?? null,
];

describe('records', () => {
  it('are JSON once their schemas are there, which are asked for once', async () => {
    const { schemas, asked } = answering({ 1: KEY, 2: VALUE });
    const plain = new PlainRecords(schemas);
    const one = record(avro(1, KEY, { id: 5 }), avro(2, VALUE, { op: 'c' }));
    expect(plain.of(one)).toBeInstanceOf(Promise);
    expect(texts(await plain.kept(one))).toEqual(['{"id":5}', '{"op":"c"}']);
    const next = plain.of(record(avro(1, KEY, { id: 6 }), null));
    expect(next).not.toBeInstanceOf(Promise);
    expect(texts(next as RawRecord)).toEqual(['{"id":6}', null]);
    expect(asked).toEqual([1, 2]);
  });

  it('without an id stay as they are', () => {
    const plain = new PlainRecords(answering({}).schemas);
    const json = record(Buffer.from('{"id":1}'), Buffer.from('{"op":"c"}'));
    expect(plain.of(json)).toBe(json);
    for (const odd of [Buffer.alloc(0), Buffer.of(0), Buffer.of(0, 0, 0, 1)]) {
      const short = record(null, odd);
      expect(plain.of(short)).toBe(short);
    }
  });

  it('have the schema around a key whose defaults only it tells, and around all where it is wanted', async () => {
    const { schemas } = answering({ 1: CODED, 2: VALUE });
    const one = record(avro(1, CODED, { id: '10' }), avro(2, VALUE, { op: 'c' }));
    const [key, value] = texts(await new PlainRecords(schemas).kept(one));
    expect(JSON.parse(key ?? '')).toMatchObject({
      schema: { fields: [{ field: 'id', default: '10' }] },
      payload: { id: '10' },
    });
    expect(value).toBe('{"op":"c"}');
    const wrapped = texts(await new PlainRecords(schemas, 'wrapped').kept(one));
    expect(JSON.parse(wrapped[1] ?? '')).toMatchObject({ schema: { name: 'Envelope' }, payload: { op: 'c' } });
  });

  it('that their schema does not fit say so, and keep the other part', async () => {
    const plain = new PlainRecords(answering({ 1: KEY, 2: VALUE }).schemas);
    const cut = avro(2, VALUE, { op: 'create' }).subarray(0, -1);
    const read = await plain.kept(record(avro(1, KEY, { id: 5 }), cut));
    expect(read).toMatchObject({ unread: 'its value is not what schema 2 of the registry says', value: cut });
    expect(read.key?.toString()).toBe('{"id":5}');
    const long = Buffer.concat([avro(1, KEY, { id: 5 }), Buffer.of(0)]);
    const other = await plain.kept(record(long, avro(2, VALUE, { op: 'c' })));
    expect(other).toMatchObject({ unread: 'its key is not what schema 1 of the registry says', key: null });
  });

  it('whose schema cannot be had stop, and it is asked for again by who comes again', async () => {
    const away = new DragomanError('REGISTRY_UNREACHABLE', 'away');
    const { schemas, asked } = answering({ 1: away });
    const plain = new PlainRecords(schemas);
    const one = record(null, avro(1, KEY, { id: 5 }));
    await expect(plain.kept(one)).rejects.toBe(away);
    await expect(plain.kept(one)).rejects.toBe(away);
    expect(asked).toEqual([1, 1]);
  });

  it('may have their ids in headers, as Apicurio’s converters write them by default', async () => {
    const plain = new PlainRecords(answering({ 1: KEY, 2: VALUE }).schemas);
    const contentId = (id: number): Buffer => Buffer.of(0, 0, 0, 0, 0, 0, 0, id);
    const headers = { 'apicurio.key.contentId': contentId(1), 'apicurio.value.contentId': contentId(2) };
    const bare = (text: string, value: unknown): Buffer => avscType(text).toBuffer(value);
    const read = await plain.kept({ ...record(bare(KEY, { id: 5 }), bare(VALUE, { op: 'c' })), headers });
    expect(texts(read)).toEqual(['{"id":5}', '{"op":"c"}']);
    const brace = await plain.kept({ ...record(bare(KEY, { id: -62 }), null), headers });
    expect(texts(brace)).toEqual(['{"id":-62}', null]);
    const json = { ...record(null, Buffer.from('{"op":"c"}')), headers: { __value_schema_id: Buffer.of(1) } };
    expect(plain.of(json)).toBe(json);
    for (const name of ['apicurio.value.globalId', '__value_schema_id'])
      await expect(
        plain.kept({ ...record(null, bare(VALUE, { op: 'c' })), headers: { [name]: contentId(2) } }),
      ).rejects.toMatchObject({
        code: 'SCHEMA_ID_UNFIT',
        message: expect.stringContaining(name) as string,
      });
  });

  it.each([
    ['an id that nobody knows', 9, undefined, 'SCHEMA_UNKNOWN'],
    ['a schema of another kind', 9, { type: 'PROTOBUF', text: '', references: [] }, 'SCHEMA_UNREADABLE'],
    ['an id of eight bytes', 0, KEY, 'SCHEMA_ID_UNFIT'],
  ] as const)('with %s stop', async (_, id, answer, code) => {
    const { schemas } = answering(answer === undefined ? {} : { [id]: answer });
    const bytes = framed(id, Buffer.of(0, 0, 0, 1, 2));
    await expect(new PlainRecords(schemas).kept(record(null, bytes))).rejects.toMatchObject({
      code,
      disposition: 'refuse',
    });
  });

  it('in JSON behind an id need no registry; in Avro they stay, for who reads them to refuse', async () => {
    const plain = new PlainRecords(null);
    const read = await plain.kept(record(framed(8, Buffer.from('{"id":1}')), framed(9, Buffer.from('{"op":"c"}'))));
    expect(texts(read)).toEqual(['{"id":1}', '{"op":"c"}']);
    const one = record(null, avro(2, VALUE, { op: 'c' }));
    expect(plain.of(one)).toBe(one);
    const described = answering({ 9: { type: 'JSON', text: '{}', references: [] } }).schemas;
    expect(texts(await new PlainRecords(described).kept(record(null, framed(9, Buffer.from('{"op":"c"}')))))).toEqual([
      null,
      '{"op":"c"}',
    ]);
  });

  it('may be of more schemas than are kept ready: then they are asked for again', async () => {
    const answers = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [i + 1, KEY]));
    const { schemas, asked } = answering(answers);
    const plain = new PlainRecords(schemas);
    for (let id = 1; id <= 1_001; id += 1) await plain.kept(record(null, avro(id, KEY, { id })));
    await plain.kept(record(null, avro(1_001, KEY, { id: 1 })));
    expect(asked).toHaveLength(1_001);
    expect(texts(await plain.kept(record(null, avro(1, KEY, { id: 1 }))))).toEqual([null, '{"id":1}']);
    expect(asked).toHaveLength(1_002);
  });
});
