/** What the oracle makes of transactions that no connector streamed, because a connector was lost and a new one took a snapshot. */
import { describe, expect, it } from 'vitest';
import { Oracle, type ExpectedEvent } from '../../../legacy-db/oracle/expected-events.js';
import { clearOrder, created, deleted, refund, release, tx, updated } from './histories.js';

const brief = (events: readonly ExpectedEvent[]): string[] =>
  events.map(({ eventType, orderId, occurrence, sequence }) => `${orderId} ${sequence} ${eventType} ${occurrence}`);

describe('a gap in the stream', () => {
  it('makes missed facts of what became true in it, and no event of them afterwards', () => {
    const oracle = new Oracle();
    oracle.next(tx(1, ...clearOrder('1')));
    oracle.miss(tx(2, created('whs_rel', release('70', '1')), ...clearOrder('2')));
    const after = oracle.next(tx(3, created('whs_rel', release('71', '1'))));
    expect(brief(after)).toEqual(['1 1 OrderReleasedToWarehouse 71']);
    expect(oracle.missed).toEqual([
      { eventType: 'OrderReleasedToWarehouse', orderId: '1', occurrence: '70', wasKnown: true },
      { eventType: 'OrderAcceptedForFulfillment', orderId: '2', occurrence: 'once', wasKnown: false },
    ]);
    const again = [deleted('whs_rel', release('70', '1')), created('whs_rel', release('70', '1'))];
    expect(oracle.next(tx(4, ...again))).toEqual([]);
  });

  it('knows nothing of what came and went in it, so that it may still happen', () => {
    const oracle = new Oracle();
    oracle.next(tx(1, ...clearOrder('1')));
    oracle.miss(tx(2, created('pay_txn', refund('31', '1', 'OK'))));
    oracle.miss(tx(3, updated('pay_txn', refund('31', '1', 'OK'), refund('31', '1', 'FAIL'))));
    const after = oracle.next(tx(4, updated('pay_txn', refund('31', '1', 'FAIL'), refund('31', '1', 'OK'))));
    expect(brief(after)).toEqual(['1 1 RefundInitiated 31']);
    expect(oracle.missed).toEqual([]);
  });

  it('misses nothing that was an event before it', () => {
    const oracle = new Oracle();
    oracle.next(tx(1, ...clearOrder('1'), created('whs_rel', release('70', '1'))));
    oracle.miss(tx(2, updated('whs_rel', release('70', '1'), { ...release('70', '1'), whs_cd: 'W09' })));
    expect(oracle.next(tx(3, ...clearOrder('2')))).toHaveLength(1);
    expect(oracle.missed).toEqual([]);
  });
});
