import { describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import type { ExpectedEvent } from '../../../legacy-db/oracle/expected-events.js';
import { truthToExpectedEvents } from '../../../legacy-db/oracle/truth-file.js';

const eventsOf = (name: string): readonly ExpectedEvent[] =>
  truthToExpectedEvents(fileURLToPath(new URL(`../../recordings/postgres/${name}.truth.ndjson`, import.meta.url)))
    .events;

const brief = (events: readonly ExpectedEvent[]): string[] =>
  events.map((event) => `${event.orderId} ${event.sequence} ${event.eventType} ${event.occurrence}`);

const count = (events: readonly ExpectedEvent[], eventType: string): number =>
  events.filter((event) => event.eventType === eventType).length;

describe('truthToExpectedEvents', () => {
  const lifecycle = eventsOf('01-lifecycle');
  const of = (orderId: string): string[] => brief(lifecycle.filter((event) => event.orderId === orderId));

  it('finds every fact of the lifecycle recording', () => {
    expect(lifecycle).toHaveLength(37);
    expect(count(lifecycle, 'OrderAcceptedForFulfillment')).toBe(14);
    expect(count(lifecycle, 'OrderReleasedToWarehouse')).toBe(13);
    expect(count(lifecycle, 'OrderCancellationAccepted')).toBe(4);
    expect(count(lifecycle, 'RefundInitiated')).toBe(6);
  });

  it('takes fraud as no acceptance; the refund was committed just before the cancellation', () => {
    expect(of('900012')).toEqual(['900012 1 RefundInitiated 11', '900012 1 OrderCancellationAccepted 1']);
  });

  it('is silent about snapshot orders until something new happens to them', () => {
    expect(of('900003')).toEqual([expect.stringMatching(/^900003 1 OrderReleasedToWarehouse/)]);
    expect(of('900004')).toEqual([]);
    expect(of('900005')).toEqual([]);
    expect(of('900002')).toEqual(['900002 1 OrderAcceptedForFulfillment once']);
  });

  it('does not know the order that was rolled back', () => {
    expect(of('900099')).toEqual([]);
  });

  it('accepts an order whose three checks overlapped in open transactions', () => {
    expect(brief(eventsOf('02-interleaved'))).toEqual([
      '800005 1 OrderReleasedToWarehouse 600001',
      '800006 1 OrderAcceptedForFulfillment once',
    ]);
  });
});
