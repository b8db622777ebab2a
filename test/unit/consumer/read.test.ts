/** What a record is read as, by contracts out of rules; events are those that the oracle expects. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { orderAcceptedForFulfillmentV1 } from '../../../rules/contracts/order-accepted-for-fulfillment.v1.js';
import { orderCancellationAcceptedV1 } from '../../../rules/contracts/order-cancellation-accepted.v1.js';
import { type AnyContract, exported, readContract } from '../../../src/consumer/read/contract.js';
import { EventReader, type Read } from '../../../src/consumer/read/event.js';
import type { ConsumedRecord } from '../../../src/consumer/read/record.js';
import { contract } from '../../../src/rules/index.js';
import { prose } from '../../support/sources/placed-orders.js';
import { publishedWith, refusals } from '../../support/contracts/published.js';
import { consumedRecords, fieldsOf, withFields, withHeaders } from '../../support/consumer/records.js';

const VALUE_BYTES_MAX = 2_000;
const NOW = Date.UTC(2026, 5, 1);
const contracts = [orderAcceptedForFulfillmentV1, orderCancellationAcceptedV1].map(readContract);
const readerAt = (nowMs: number): EventReader =>
  new EventReader({ contracts, valueBytesMax: VALUE_BYTES_MAX, now: () => nowMs });
const read = (record: ConsumedRecord): Read => readerAt(NOW).read(record);
const codeOf = (record: ConsumedRecord): string => {
  const outcome = read(record);
  return outcome.kind === 'event' ? 'event' : outcome.code;
};
const textOf = (record: ConsumedRecord): string => {
  const outcome = read(record);
  return outcome.kind === 'event' ? '' : outcome.text;
};
const isType = (type: string) => (record: ConsumedRecord) => fieldsOf(record)['eventType'] === type;
const [accepted] = consumedRecords().filter(isType('OrderAcceptedForFulfillment'));
const [cancelled] = consumedRecords().filter(isType('OrderCancellationAccepted'));
const event = accepted!;
const cancellation = cancelled!;
const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('an event as it is published', () => {
  it('is read with its id, key, number and fields', () => {
    const fields = fieldsOf(event);
    expect(read(event)).toMatchObject({
      kind: 'event',
      id: fields['eventId'],
      key: fields['orderId'],
      sequence: 1,
      value: fields,
    });
  });

  it.each<[string, ConsumedRecord]>([
    ['fields that nobody knows', withFields(event, { giftWrapped: true })],
    ['no headers at all', { ...event, headers: undefined }],
    ['headers as text', withHeaders(event, { ce_type: 'com.example.OrderAcceptedForFulfillment.v1' })],
    ['a header twice', withHeaders(event, { 'content-type': [bytes('text/plain'), bytes('application/json')] })],
    ['a charset', withHeaders(event, { 'content-type': 'application/json; charset=utf-8' })],
    [
      'the prefix of a schema registry',
      { ...event, value: Buffer.concat([bytes('\0\0\0\0\u0007'), event.value as Buffer]) },
    ],
    ['the id of a schema in a header', withHeaders(event, { __value_schema_id: Buffer.alloc(17, 1) })],
    [
      'structured mode',
      {
        ...event,
        headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
        value: JSON.stringify({
          ...{ specversion: '1.0', id: fieldsOf(event)['eventId'], source: 'urn:test' },
          ...{ type: 'com.example.OrderAcceptedForFulfillment.v1', data: fieldsOf(event) },
        }),
      },
    ],
  ])('is read with %s', (_, record) => {
    expect(codeOf(record)).toBe('event');
  });
});

describe('a record that is no event to read', () => {
  const refund = consumedRecords().find(isType('RefundInitiated'))!;
  const huge = withFields(event, { note: 'x'.repeat(VALUE_BYTES_MAX) });

  it.each<[string, string, ConsumedRecord]>([
    ['TYPE_UNKNOWN', 'of another contract', refund],
    ['TYPE_UNKNOWN', 'of another contract, whatever its value is', { ...refund, value: null }],
    ['TYPE_UNKNOWN', 'of a control event', withHeaders(event, { ce_type: 'dragoman.ownership.v1' })],
    ['VERSION_NEWER', 'of a later major', withHeaders(event, { ce_type: 'x.OrderAcceptedForFulfillment.v2' })],
    ['VALUE_ABSENT', 'null', { ...event, value: null }],
    ['VALUE_ABSENT', 'empty', { ...event, value: '' }],
    ['VALUE_TOO_LARGE', 'too large', huge],
    ['CONTENT_TYPE_UNKNOWN', 'XML', withHeaders(event, { 'content-type': 'application/xml' })],
    ['CONTENT_TYPE_UNKNOWN', 'Avro', withHeaders(event, { 'content-type': 'avro/binary' })],
    ['CONTENT_TYPE_UNKNOWN', 'a batch', withHeaders(event, { 'content-type': 'application/cloudevents-batch+json' })],
    ['EVENT_NOT_JSON', 'cut off', { ...event, value: (event.value as Buffer).subarray(0, 40) }],
    ['EVENT_NOT_JSON', 'no UTF-8', { ...event, value: Buffer.concat([event.value as Buffer, Buffer.from([0xff])]) }],
    ['EVENT_NOT_JSON', 'a list', { ...event, value: '[1]' }],
    [
      'EVENT_UNTYPED',
      'of a type that is no text',
      { ...event, headers: {}, value: '{"eventType":7,"schemaVersion":1}' },
    ],
    ['EVENT_UNTYPED', 'of no type', { ...event, headers: {}, value: '{"schemaVersion":1}' }],
    ['EVENT_UNTYPED', 'of no version', { ...event, headers: {}, value: '{"eventType":"OrderAcceptedForFulfillment"}' }],
    ['EVENT_INVALID', 'without a field', withFields(event, { currency: undefined })],
    ['EVENT_INVALID', 'with a number of no order', withFields(event, { sequence: 0 })],
    ['EVENT_INVALID', 'with a number that is too large to be exact', withFields(event, { sequence: 2 ** 53 })],
    ['EVENT_INVALID', 'with an id that is none', withFields(event, { eventId: '17' })],
    ['ENUM_UNKNOWN', 'with an unknown reason', withFields(cancellation, { reason: 'moved-abroad' })],
    ['EVENT_INVALID', 'with an unknown reason and more', withFields(cancellation, { reason: 'x', requestNumber: 'y' })],
    ['EVENT_CONTRADICTORY', 'with another key', { ...event, key: 'other' }],
    ['EVENT_CONTRADICTORY', 'without a key', { ...event, key: null }],
    ['EVENT_CONTRADICTORY', 'with another id in the headers', withHeaders(event, { ce_id: '7' })],
    [
      'EVENT_CONTRADICTORY',
      'whose value is of another type than its headers',
      withFields(event, { eventType: 'Other' }),
    ],
  ])('is told apart: %s, %s', (code, _, record) => {
    expect(codeOf(record)).toBe(code);
  });

  it('is told of without its values, except codes that a list does not have', () => {
    expect(textOf(withFields(cancellation, { reason: 'moved-abroad' }))).toBe(
      'It does not fit OrderCancellationAccepted.v1: reason is "moved-abroad" that it does not know (it knows customer-request, fraud, out-of-stock, other).',
    );
    expect(textOf(withFields(cancellation, { reason: 'Jane Doe, 12 High St' }))).toContain('reason is a value that');
    expect(textOf(withFields(event, { currency: 'Jane Doe' }))).not.toContain('Jane');
  });
});

describe('majors', () => {
  const later = withHeaders(event, { ce_type: 'x.OrderAcceptedForFulfillment.v2' });
  const announced = withHeaders(event, { ce_deprecationsunset: '2026-07-01' });
  const codeAt = (nowMs: number, ...before: readonly ConsumedRecord[]): string => {
    const reader = readerAt(nowMs);
    for (const record of before) reader.read(record);
    const outcome = reader.read(later);
    return outcome.kind === 'event' ? 'event' : outcome.code;
  };

  it('that are later are passed over before the sunset of the one that is read, and parked from then on', () => {
    expect(codeAt(Date.UTC(2026, 5, 30), announced)).toBe('VERSION_NEWER');
    expect(codeAt(Date.UTC(2026, 6, 1), announced)).toBe('VERSION_SUNSET');
    expect(codeAt(Date.UTC(2026, 6, 1))).toBe('VERSION_NEWER');
    const noDay = withHeaders(event, { ce_deprecationsunset: '2026-13-01' });
    expect(codeAt(Date.UTC(2026, 6, 1), noDay)).toBe('VERSION_NEWER');
  });

  it('may get a later sunset, never an earlier one', () => {
    const extended = withHeaders(event, { ce_deprecationsunset: '2026-09-01T00:00:00Z' });
    expect(codeAt(Date.UTC(2026, 6, 1), announced, extended, announced)).toBe('VERSION_NEWER');
  });

  it('that are older are passed over', () => {
    const [first] = contracts;
    const second = { ...first!, version: 2 };
    const reader = new EventReader({ contracts: [second], valueBytesMax: VALUE_BYTES_MAX, now: () => NOW });
    expect(reader.read(event)).toMatchObject({ kind: 'passed', code: 'VERSION_OLDER' });
  });
});

describe('an exported contract', () => {
  const fields = {
    guid: z.guid().nullable(),
    letters: z.string().regex(/^\p{L}+$/u),
    marks: z.record(z.string().regex(/^\p{L}$/u), z.union([z.string().regex(/^.$/u), z.int()])),
    mail: z.email({ pattern: z.regexes.unicodeEmail }),
    at: z.iso.time(),
    pattern: z.guid(),
  };
  const example = {
    ...{ guid: '00112233-4455-6677-0011-223344556677', letters: 'Zoë', marks: { ß: '😀' }, mail: 'zoë@exämple.de' },
    ...{ at: '09:30:00', pattern: '00112233-4455-6677-0011-223344556677' },
  };
  const { contract, example: published } = publishedWith(z.object(fields), example);
  const read = readContract(exported(JSON.parse(JSON.stringify(contract))));
  const issuesOf = (changed: object) => read.issuesOf({ ...published.value, ...changed });

  it('takes what its publisher and validators of JSON Schema take', () => {
    expect(refusals(contract.value)(published.value)).toEqual([]);
    expect(issuesOf({})).toEqual([]);
    expect(issuesOf({ guid: null, marks: { a: 1 } })).toEqual([]);
  });

  it.each([
    ['guid', { guid: '17' }],
    ['letters', { letters: 'a1' }],
    ['marks', { marks: { 1: '1' } }],
    ['marks', { marks: { a: 'ab' } }],
    ['mail', { mail: 'zoë' }],
    ['at', { at: '9' }],
    ['pattern', { pattern: 'x' }],
  ])('refuses what is not of its form: %s', (field, changed) => {
    expect(issuesOf(changed)[0]?.path[0]).toBe(field);
  });
});

describe('a contract out of rules', () => {
  const data = z.object({
    count: z.string().transform(Number).pipe(z.int()),
    isGift: z.stringbool(),
    buyer: z.object({ kind: z.enum(['private', 'firm']), marks: z.array(z.enum(['a', 'b'])) }),
    parts: z.record(z.string(), z.object({ of: z.enum(['a', 'b']), by: z.enum(['a', 'b']) })),
  });
  const example: z.input<typeof data> = {
    ...{ count: '3', isGift: 'yes', buyer: { kind: 'firm', marks: ['a'] } },
    parts: { one: { of: 'a', by: 'b' } },
  };
  const made = contract('OrderPlaced', 1, {
    ...prose,
    data,
    example,
    fields: { buyer: { class: 'personal' }, 'parts.*.by': { class: 'personal' } },
  });
  const metadata = {
    ...{ eventId: '0f0e0d0c-0b0a-0908-0706-050403020100', eventType: 'OrderPlaced', schemaVersion: 1 },
    ...{ correlationId: 'c', causationId: 'd', sourceSystem: 'legacy' },
  };
  const placed = (fields: object, by: AnyContract = made): Read =>
    new EventReader({ contracts: [readContract(by)], valueBytesMax: VALUE_BYTES_MAX, now: () => NOW }).read({
      ...{ topic: 'orders', partition: 0, offset: '1', key: '1', headers: {} },
      value: JSON.stringify({ ...metadata, occurredAt: '2026-06-01T00:00:00Z', sequence: 1, orderId: '1', ...fields }),
    });

  it('is read as it is published, whatever its fields are made of', () => {
    const published = data.parse(made.example);
    expect(placed(published)).toMatchObject({ kind: 'event', value: published });
    expect(placed({ ...published, count: '3' })).toMatchObject({ code: 'EVENT_INVALID' });
  });

  const { contract: same } = publishedWith(data, example, { fields: made.fields });

  it.each<[string, AnyContract]>([
    ['of the rules', made],
    ['as it is exported', exported(same)],
  ])('shows no value that has a class, wherever it stands: %s', (_, by) => {
    const { buyer, parts, ...rest } = data.parse(made.example);
    const textOfOther = (changed: object): string => {
      const read = placed({ buyer, parts, ...rest, ...changed }, by);
      expect(read).toMatchObject({ code: 'ENUM_UNKNOWN' });
      return 'text' in read ? read.text : '';
    };
    expect(textOfOther({ buyer: { ...buyer, kind: 'Jane' } })).toContain('buyer.kind is a value');
    expect(textOfOther({ buyer: { ...buyer, marks: ['Jane'] } })).not.toContain('Jane');
    expect(textOfOther({ parts: { one: { of: 'a', by: 'Jane' } } })).not.toContain('Jane');
    expect(textOfOther({ parts: { one: { of: 'Other', by: 'b' } } })).toContain('"Other"');
  });
});
