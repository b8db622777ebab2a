/** What is derived of a contract, so that nobody has to write it: how often it comes, an example, what holds when nothing is said. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asyncApi } from '../../../src/contracts/documents/asyncapi.js';
import { contractPage } from '../../../src/contracts/documents/contract-page.js';
import { aggregate, contract, many, one, publish, ruleSet } from '../../../src/rules/index.js';
import type { FactDefinition } from '../../../src/rules/fact.js';
import { publishedOf, publishedWith, SETTINGS } from '../../support/contracts/published.js';
import { head, part, placedRules, prose } from '../../support/sources/placed-orders.js';

const order = aggregate('order', { head: one(head, (row) => row.id), parts: many(part, (row) => row.id) });
const common = { importance: 'normal', data: () => ({}) } as const;
const when = { 'it is so': () => true };
const paid = order.milestone('Paid', { ...common, when });
const shipped = order.milestone('Shipped', { ...common, when, expected: { within: '4 hours', after: paid } });
const again = order.milestone('Again', { ...common, when, repeatable: true });
const partAdded = order.each('parts').inserted('PartAdded', common);
const afterPart = order.milestone('AfterPart', { ...common, when, expected: { within: '4 hours', after: partAdded } });
const late = order.overdue('ShippedLate', { importance: 'high', expected: shipped, data: () => ({}) });
const latePart = order.overdue('PartLate', { importance: 'high', expected: afterPart, data: () => ({}) });

const thingV1 = contract('Thing', 1, { ...prose, data: z.object({}), example: {} });
const cardinalityOf = (fact: FactDefinition): string => {
  const [event] = publishedOf(
    ruleSet({
      aggregates: [order],
      facts: [paid, shipped, again, partAdded, afterPart, late, latePart],
      publications: [publish(fact).as(thingV1, () => ({}))],
    }),
  );
  const { aggregate, comes, of } = event!.contract.cardinality;
  return `${aggregate} ${comes} ${of ?? ''}`.trim();
};

describe('how often an event comes', () => {
  it.each<[string, FactDefinition, string]>([
    ['a milestone', paid, 'order once'],
    ['a milestone that repeats', again, 'order each-time'],
    ['a row', partAdded, 'order each-row parts'],
    ['a deadline after what is once', late, 'order once'],
    ['a deadline after what comes often', latePart, 'order each-time'],
  ])('follows from %s', (_, fact, words) => {
    expect(cardinalityOf(fact)).toBe(words);
  });
});

describe('an event as an example', () => {
  it('is a whole record, with the headers that events have', () => {
    const [event] = publishedOf(placedRules());
    expect(event?.example).toEqual({
      topic: 'orders',
      key: '4711',
      headers: {
        ce_specversion: '1.0',
        ce_id: event?.example.value['eventId'],
        ce_source: 'urn:dragoman',
        ce_type: 'OrderPlaced.v1',
        ce_subject: '4711',
        ce_time: '2026-01-15T09:30:00.000Z',
        ce_dataschema: 'urn:dragoman:contract:OrderPlaced.v1',
        ce_correlationid: 'legacy:order:4711',
        ce_causationid: 'orders:1690:26789312',
        ce_ordersequence: '000000000001',
        ce_rulesdigest: '0123456789abcdef',
        'content-type': 'application/json',
      },
      value: expect.objectContaining({ orderId: '4711', sequence: 1, a: 1, sourceSystem: 'legacy' }) as object,
    });
    expect(event?.contract.example).toBe(event?.example.value);
  });

  it.each(['none', 'header', 'prefix'] as const)('has the form that a registry gives it: %s', (registry) => {
    const [event] = publishedOf(placedRules(), { ...SETTINGS, registryOf: () => registry });
    const type = registry === 'prefix' ? 'application/octet-stream' : 'application/json';
    expect(event?.contract.registry ?? 'none').toBe(registry);
    expect(event?.example.headers['content-type']).toBe(type);
    const page = JSON.stringify(contractPage(event!));
    expect(page.includes('behind a zero byte')).toBe(registry === 'prefix');
    expect(page.includes('__value_schema_id')).toBe(registry === 'header');
    expect(asyncApi([event!], 'legacy')).toMatchObject({
      components: { messages: { 'OrderPlaced.v1': { contentType: type } } },
    });
  });

  it.each([
    ['makes no instant of its example', () => 'yesterday'],
    [
      'throws (no lines) over its example',
      () => {
        throw new Error('no lines');
      },
    ],
  ])('is none when occurredAt %s', (words, occurredAt) => {
    expect(() => publishedWith(z.object({ a: z.int() }), { a: 1 }, { occurredAt })).toThrow(
      expect.objectContaining({ code: 'RULES_INVALID', message: expect.stringContaining(words) as string }),
    );
  });

  it('is what a contract makes of its example, at the time that it says', () => {
    const { example } = publishedWith(
      z.object({ at: z.iso.datetime(), channel: z.string().default('shop') }),
      { at: '2026-02-01T00:00:00Z' },
      { occurredAt: ({ at }: { at: string }) => at },
    );
    expect(example.value).toMatchObject({ channel: 'shop', occurredAt: '2026-02-01T00:00:00Z' });
    expect(example.headers['ce_time']).toBe('2026-02-01T00:00:00Z');
  });
});

describe('what holds when nothing is said', () => {
  const promised = (options: object) => publishedWith(z.object({ a: z.int() }), { a: 1 }, options).contract;

  it('is stable, carried and compared by the key', () => {
    expect(promised({})).toMatchObject({
      ...{ carries: 'state', stability: 'stable', sunset: null, replacedBy: null },
      ...{ reconciledBy: ['orderId'], waived: {} },
    });
  });

  it('is deprecated from the day on that an end is set', () => {
    expect(promised({ sunset: '2027-01-01' }).stability).toBe('deprecated');
    expect(promised({ reconciledBy: ['a', 'orderId'] }).reconciledBy).toEqual(['orderId', 'a']);
  });

  it('has the class of a field for all that is in it, and words also behind a reference', () => {
    const money = z.object({ amount: z.string(), currency: z.string() }).meta({ id: 'money' });
    const { fields } = publishedWith(
      z.object({ bill: z.array(money), paid: money }),
      { bill: [], paid: { amount: '1', currency: 'EUR' } },
      {
        fields: {
          bill: { class: 'personal' },
          'bill[].currency': { class: 'public-law', meaning: 'As it is billed.' },
          'paid.currency': { meaning: 'As it is paid.' },
        },
      },
    ).contract;
    expect(fields).toMatchObject({
      'bill[].amount': { class: 'personal' },
      'bill[].currency': { class: 'public-law', meaning: 'As it is billed.' },
      'paid.amount': { class: null },
      'paid.currency': { class: null, meaning: 'As it is paid.' },
    });
  });

  it('is all in JSON', () => {
    const contract = promised({ waived: { X: 'y' }, fields: { a: { class: 'x' } } });
    expect(JSON.parse(JSON.stringify(contract))).toEqual(contract);
  });
});
