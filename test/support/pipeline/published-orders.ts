/** Two orders whose events are published as the oracle expects them: the right answer, which tests then damage. */
import { type ExpectedEvent, expect as oracle } from '../../../legacy-db/oracle/expected-events.js';
import { expectedRecord } from '../../e2e/expected-record.js';
import type { PublishedRecord } from '../../e2e/published.js';
import { cancellation, clearOrder, created, refund, release, tx } from '../../unit/legacy-db/histories.js';

export const names = {
  source: 'legacy',
  sourceSystem: 'shop',
  eventSource: 'urn:test',
  typePrefix: 'com.example',
  knowsPlaces: true,
};

export const expected = oracle([
  tx(1, ...clearOrder('1')),
  tx(2, ...clearOrder('2')),
  tx(3, created('whs_rel', release('70', '1')), created('ord_cancel', cancellation('1', '1', 'Y'))),
  tx(4, created('pay_txn', refund('31', '1', 'DONE')), created('pay_txn', refund('32', '2', 'DONE'))),
  tx(5, created('whs_rel', release('81', '2'))),
  tx(6, created('whs_rel', release('82', '2'))),
]).events;

/** Order 1 is on partition 0, order 2 on partition 1. */
export const right = (): PublishedRecord[] => published(expected);

/** @param change of each value. */
export const published = (
  events: readonly ExpectedEvent[],
  change: (value: Record<string, unknown>) => void = () => undefined,
): PublishedRecord[] =>
  events.map((event, index) => {
    const { key, value, headers } = expectedRecord(event, names);
    const changed = { ...value };
    change(changed);
    const place = { partition: Number(event.orderId) - 1, offset: 10 * index, timestampMs: 5_000 };
    return { ...place, key, value: JSON.stringify(changed), headers: { ...headers, ce_rulesdigest: 'abc' } };
  });
