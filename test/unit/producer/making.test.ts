/** What a service would publish is checked before anything is written; ids follow from what happened alone. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contract } from '../../../src/rules/index.js';
import { ownContract } from '../../../src/producer/event/contract.js';
import { type EventSettings, made, type Said } from '../../../src/producer/event/making.js';
import { exported } from '../../../src/producer/index.js';
import { ownFields } from '../../support/producer/topic.js';
import { prose } from '../../support/sources/placed-orders.js';

const json = (name: string): unknown =>
  JSON.parse(readFileSync(`rules/contracts/published/${name}/contract.json`, 'utf8'));
const cancelled = exported(json('OrderCancellationAccepted.v1'));

const SETTINGS: EventSettings = {
  ...{ service: 'orders', sourceSystem: 'legacy', eventSource: 'urn:dragoman', aggregate: 'order' },
  ...{ context: ['tenant', 'market', 'channel'], recordBytesMax: 10_000 },
};
const VALUE = ownFields(cancelled.published);
const NOW = Date.parse('2026-03-01T10:00:00Z');

const make = (value: object, said: Partial<Said> = {}, settings: Partial<EventSettings> = {}, by = cancelled) =>
  made(ownContract(by, ''), value as never, { causationId: 'request-1', ...said }, { ...SETTINGS, ...settings }, NOW);
const fault = (...given: Parameters<typeof make>): string => {
  try {
    make(...given);
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`;
  }
  return 'none';
};

describe('an event', () => {
  it('has the id that the same fact has everywhere', () => {
    expect(make({ ...VALUE, orderId: '4711' }, { occurrence: '1' }).id).toBe(make(VALUE, { occurrence: '1' }).id);
    expect(make(VALUE, { occurrence: '2' }).id).not.toBe(make(VALUE, { occurrence: '1' }).id);
    expect(make(VALUE).id).toBe('a311ee6e-a709-5254-9b88-de785eda4a25');
  });

  it('is of now when nothing says when it happened', () => {
    const { headers } = make(VALUE).record({ sequence: 1, epoch: 1 });
    expect(headers['ce_time']).toBe('2026-03-01T10:00:00.000Z');
    expect(
      make(VALUE, { occurredAt: '2026-02-28T23:59:59Z' }).record({ sequence: 1, epoch: 1 }).headers['ce_time'],
    ).toBe('2026-02-28T23:59:59Z');
  });

  it.each<[what: string, value: object, said: Partial<Said>, settings: Partial<EventSettings>, words: string]>([
    ['a field that is missing', { ...VALUE, reason: undefined }, {}, {}, 'reason: invalid_value'],
    ['a field of another type', { ...VALUE, reason: 7 }, {}, {}, 'reason: invalid_value'],
    ['a field that the contract does not declare', { ...VALUE, raeson: 'x' }, {}, {}, 'does not declare raeson'],
    ['no key', { ...VALUE, orderId: '' }, {}, {}, 'orderId is not a text, or empty'],
    ['a key with a zero byte', { ...VALUE, orderId: '4711\0' }, {}, {}, 'orderId is not a text'],
    ['an occurrence that is a number', VALUE, { occurrence: 70015 as never }, {}, 'occurrence is not a text'],
    ['an occurrence of half a character', VALUE, { occurrence: '\ud800' }, {}, 'occurrence is not a text'],
    ['nothing that led to it', VALUE, { causationId: undefined as never }, {}, 'causationId is not a text'],
    ['a key that is a number', { ...VALUE, orderId: 4711 }, {}, {}, 'orderId is not a text'],
    ['a context that is a number', { ...VALUE, market: 49 }, {}, {}, 'market, of its context'],
    ['no context', { ...VALUE, market: undefined }, {}, {}, 'market, of its context'],
    ['a time in another zone', VALUE, { occurredAt: '2026-03-01T10:00:00+01:00' }, {}, 'instant in UTC'],
    ['no time', VALUE, { occurredAt: 'yesterday' }, {}, 'instant in UTC'],
    ['more bytes than a record may have', VALUE, {}, { recordBytesMax: 600 }, 'larger than 600 bytes'],
    ['what is no JSON', { ...VALUE, reason: 1n }, {}, {}, 'it is no JSON'],
  ])('with %s is refused', (_what, value, said, settings, words) => {
    expect(fault(value, said, settings)).toContain('EVENT_INVALID');
    expect(fault(value, said, settings)).toContain(words);
  });

  it('has no name that the contract does not declare, in fields of whatever name', () => {
    const inner = { type: 'object', properties: { a: { type: 'string' } } };
    for (const name of ['type', 'properties', 'allOf', 'default']) {
      const properties = { ...(cancelled.published.value['properties'] as object), [name]: inner };
      const by = exported({ ...cancelled.published, value: { ...cancelled.published.value, properties } });
      expect(fault({ ...VALUE, [name]: { a: 'x' } }, {}, {}, by), name).toBe('none');
      expect(fault({ ...VALUE, [name]: { a: 'x', b: 'y' } }, {}, {}, by), name).toContain('does not declare b');
    }
  });

  it('under a contract on its way out says so, as those of Dragoman do', () => {
    const by = exported({ ...cancelled.published, stability: 'deprecated', sunset: '2027-01-01', replacedBy: 'X.v2' });
    expect(make(VALUE, {}, {}, by).record({ sequence: 1, epoch: 1 }).headers).toMatchObject({
      ce_deprecated: 'true',
      ce_deprecationsunset: '2027-01-01T00:00:00Z',
      ce_deprecationmigration: 'urn:dragoman:contract:X.v2',
    });
  });

  it('by a contract out of rules is what the contract makes of its fields', () => {
    const placed = contract('OrderPlaced', 1, {
      ...{ ...prose, topic: 'placed', key: 'orderId', example: { total: '1', at: '2026-01-01T00:00:00Z' } },
      data: z.object({ total: z.string(), at: z.string() }),
      occurredAt: ({ at }) => at,
    });
    const value = { orderId: '1', total: '5', at: '2026-02-02T00:00:00Z', more: 1 };
    const record = made(
      ownContract(placed, 'shop'),
      value,
      { causationId: 'c' },
      { ...SETTINGS, context: [] },
      NOW,
    ).record({ sequence: 4, epoch: 1 });
    expect(record.headers).toMatchObject({ ce_type: 'shop.OrderPlaced.v1', ce_time: '2026-02-02T00:00:00Z' });
    expect(JSON.parse(record.value)).toMatchObject({ total: '5', sequence: 4 });
    expect(JSON.parse(record.value)).not.toHaveProperty('more');
  });
});
