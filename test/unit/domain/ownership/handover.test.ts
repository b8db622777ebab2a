import { describe, expect, test } from 'vitest';
import { eventId } from '../../../../src/domain/event-id.js';
import {
  type Handover,
  handoverId,
  handoverRecord,
  ownershipKey,
  readHandover,
} from '../../../../src/domain/ownership/handover.js';
import { pipelineProducer, serviceIn, serviceProducer } from '../../../../src/domain/ownership/headers.js';
import { selectorOf } from '../../../../src/domain/ownership/route.js';

const HANDOVER: Handover = {
  v: 1,
  contract: 'OrderReady.v1',
  selector: selectorOf({ market: 'DE' }, [0, 25]),
  epoch: 3,
  from: 'legacy',
  to: 'service',
  at: '2026-03-01T10:00:00.000Z',
  pipeline: 'orders',
  shard: 1,
  shards: 2,
  by: 'ops',
  reason: 'first market',
};
const WRITER = { source: '/legacy/orders', producer: pipelineProducer('shop', 'orders') };

describe('a handover record', () => {
  test('is a CloudEvent of its own type, keyed by its route', () => {
    const { key, value, headers } = handoverRecord(HANDOVER, 5, WRITER);
    expect(key).toBe('OrderReady.v1 market=DE share=0-25');
    expect(readHandover(value)).toEqual(HANDOVER);
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: handoverId(HANDOVER, 5),
      ce_source: '/legacy/orders',
      ce_type: 'dragoman.ownership.v1',
      ce_time: HANDOVER.at,
      ce_producer: 'dragoman:shop.orders',
      'content-type': 'application/json',
    });
    expect(ownershipKey(HANDOVER)).toBe('orders OrderReady.v1 market=DE share=0-25 1');
  });

  test('has one id for each route, epoch and partition, which is no id of an event', () => {
    const ids = [0, 1].flatMap((partition) =>
      [3, 4].flatMap((epoch) => handoverId({ ...HANDOVER, epoch, selector: HANDOVER.selector }, partition)),
    );
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids).not.toContain(eventId({ contract: 'OrderReady', majorVersion: 1, aggregateId: '3', occurrence: '0' }));
    expect(handoverId({ ...HANDOVER, selector: selectorOf({ market: 'AT' }) }, 0)).not.toBe(ids[0]);
  });

  test.each([
    ['no JSON', '{'],
    ['It has', ' '.repeat(10_000)],
    ['v: ', JSON.stringify({ ...HANDOVER, v: 2 })],
    ['to: ', JSON.stringify({ ...HANDOVER, to: 'nobody' })],
    ['selector.share: ', JSON.stringify({ ...HANDOVER, selector: { context: {}, share: [0, 101] } })],
    ['epoch: ', JSON.stringify({ ...HANDOVER, epoch: -1 })],
    ...[{ market: '\ud800' }, { market: 'a\0' }, { share: '0-25' }, { 'a b': 'x' }].map((context): [string, string] => [
      'selector.context: ',
      JSON.stringify({ ...HANDOVER, selector: { context } }),
    ]),
  ])('%s: is none', (why, value) => {
    expect(readHandover(value)).toContain(why);
  });

  test('fields of later versions are skipped', () => {
    expect(readHandover(JSON.stringify({ ...HANDOVER, more: 1 }))).toEqual(HANDOVER);
  });
});

test('a producer is a pipeline or a service', () => {
  expect(serviceIn(serviceProducer('fulfilment'))).toBe('fulfilment');
  expect(serviceIn(pipelineProducer('shop', 'orders'))).toBeNull();
  expect(serviceIn('service:')).toBeNull();
});
