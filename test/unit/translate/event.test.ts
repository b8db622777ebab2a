import { describe, expect, it } from 'vitest';
import { positionOf } from '../../../src/domain/source/position.js';
import type { ContractDefinition } from '../../../src/rules/contract.js';
import type { JsonObject } from '../../../src/rules/fact.js';
import { eventText, makeEvent } from '../../../src/translate/publish/event.js';
import type { TranslateSettings } from '../../../src/translate/settings.js';
import { changeSet } from './examples.js';

const contract = { name: 'Ready', majorVersion: 1, topic: 't', key: 'orderId' } as ContractDefinition;
const settings = {
  sourceSystem: 'legacy',
  eventSource: 'urn:x',
  eventTypePrefix: 'shop',
  digest: 'd',
} as TranslateSettings;
const origin = { source: 'legacy', transactionId: '7', position: positionOf('100'), commitTimeMs: 5 };

const eventOf = (fields: JsonObject, key = 'orderId') =>
  makeEvent({
    ...{
      changeSet: changeSet({ aggregate: 'order', id: '4711', origin, changes: [] }),
      contract: { ...contract, key },
      settings,
      fields,
    },
    ...{ occurrence: '', occurredAt: '2024-01-01T00:00:00.000Z', sequence: 3 },
    context: { plant: null, market: 'de' },
  });

const METADATA = [
  ...['eventId', 'eventType', 'schemaVersion', 'occurredAt', 'sequence', 'correlationId', 'causationId'],
  ...['plant', 'market', 'sourceSystem'],
];

it('has its metadata and its key first, then the fields in their order', () => {
  const { value } = eventOf({ total: '1', lines: [] });
  expect(Object.keys(value)).toEqual([...METADATA, 'orderId', 'total', 'lines']);
});

it('has no field in the place of metadata or key', () => {
  const { value, headers } = eventOf({ sequence: 99, market: 'fr', orderId: 'other', total: '1' });
  expect(value).toMatchObject({ sequence: 3, market: 'de', orderId: '4711', total: '1' });
  expect(headers).toMatchObject({
    ce_ordersequence: '000000000003',
    ce_subject: '4711',
    ce_causationid: 'legacy:7:100',
  });
});

it('takes a field of any name', () => {
  const fields = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as JsonObject;
  const event = eventOf(fields, '__proto__');
  expect(Object.keys(event.value)).toEqual([...METADATA, '__proto__', 'constructor']);
  expect(eventText(event)).toContain('"__proto__":"4711","constructor":2');
  expect(eventText(eventOf(fields))).toContain('"orderId":"4711","__proto__":{"a":1},"constructor":2');
});

describe('under a contract on its way out', () => {
  const headersOf = (said: Partial<ContractDefinition>, eventTypePrefix = 'shop') => {
    const { headers, beside } = makeEvent({
      changeSet: changeSet({ aggregate: 'order', id: '4711', origin, changes: [] }),
      contract: { ...contract, ...said },
      settings: { ...settings, eventTypePrefix },
      ...{ fields: {}, occurrence: '', occurredAt: '2024-01-01T00:00:00.000Z', sequence: 3, context: {} },
    });
    return { headers, beside };
  };

  it.each<[string, Partial<ContractDefinition>, string, Record<string, string>]>([
    [
      'until a day, and what takes its place',
      { sunset: '2027-03-01', replacedBy: 'Ready.v2' },
      'shop',
      {
        ce_deprecated: 'true',
        ce_deprecationsunset: '2027-03-01T00:00:00Z',
        ce_deprecationmigration: 'urn:dragoman:contract:shop.Ready.v2',
      },
    ],
    [
      'without a prefix',
      { stability: 'deprecated', replacedBy: 'Ready.v2' },
      '',
      { ce_deprecated: 'true', ce_deprecationmigration: 'urn:dragoman:contract:Ready.v2' },
    ],
    ['without more', { stability: 'deprecated' }, 'shop', { ce_deprecated: 'true' }],
  ])('headers say so: %s', (_, said, prefix, expected) => {
    const { headers, beside } = headersOf(said, prefix);
    expect(beside).toEqual(expected);
    expect(headers).toEqual({ ...headersOf({}, prefix).headers, ...expected });
  });

  it('others have no header more', () => {
    expect(headersOf({ stability: 'stable' })).toEqual(headersOf({}));
    expect(headersOf({ stability: 'experimental' }).beside).toBeUndefined();
  });
});
