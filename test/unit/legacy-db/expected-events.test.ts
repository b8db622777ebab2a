import { describe, expect, it } from 'vitest';
import { expect as oracle } from '../../../legacy-db/oracle/expected-events.js';
import type { Transaction } from '../../../legacy-db/oracle/history.js';
import { cancellation, clearOrder, created, deleted, header, line, refund, release, tx, updated } from './histories.js';

const names = (history: Transaction[], baseline = 0): string[] =>
  oracle(history, baseline).events.map(
    (event) => `${event.orderId} ${event.sequence} ${event.eventType} ${event.occurrence}`,
  );

describe('acceptance', () => {
  const fraudOpen = header('1', { addr_ok_flg: 'Y' });
  const clear = header('1', { addr_ok_flg: 'Y', fraud_flg: 'N' });
  const reserved = line('1', '1', { resv_flg: 'Y' });

  it('comes with the transaction that completes the last check, and carries the content of that moment', () => {
    const { events } = oracle([
      tx(1, created('ord_hdr', fraudOpen), created('ord_line', reserved)),
      tx(2, updated('ord_hdr', fraudOpen, clear), created('cust_addr', { ord_no: '1', addr_typ: 'SHIP', ctry: 'SE' })),
    ]);
    expect(events).toEqual([
      {
        eventType: 'OrderAcceptedForFulfillment',
        orderId: '1',
        occurrence: 'once',
        sequence: 1,
        occurredAt: 5002,
        tenant: 'ACME',
        market: 'DE',
        channel: 'WEB',
        causation: { txid: 102, commitEndLsn: '2000', rows: 2 },
        fields: {
          currency: 'EUR',
          totalAmount: '20.00',
          lines: [{ lineNumber: 1, sku: 'SOCK-5P-39', quantity: 2, unitPrice: '10.0000' }],
          shippingCountry: 'SE',
        },
      },
    ]);
  });

  it('is never repeated when a flag goes back and forth', () => {
    const history = [
      tx(1, ...clearOrder('1')),
      tx(2, updated('ord_hdr', clear, { ...clear, fraud_flg: 'Y' })),
      tx(3, updated('ord_hdr', { ...clear, fraud_flg: 'Y' }, clear)),
    ];
    expect(names(history)).toEqual(['1 1 OrderAcceptedForFulfillment once']);
  });

  it('does not come from a state that existed only inside a transaction', () => {
    const history = [
      tx(1, created('ord_hdr', fraudOpen), created('ord_line', reserved)),
      tx(2, updated('ord_hdr', fraudOpen, clear), updated('ord_hdr', clear, { ...clear, sts_cd: '90' })),
    ];
    expect(names(history)).toEqual([]);
  });

  it('comes when the only unreserved line is deleted', () => {
    const open = line('1', '2');
    const history = [
      tx(1, ...clearOrder('1').slice(0, 1), created('ord_line', reserved), created('ord_line', open)),
      tx(2, deleted('ord_line', open)),
    ];
    expect(names(history)).toEqual(['1 1 OrderAcceptedForFulfillment once']);
  });

  it('needs a line', () => {
    expect(names([tx(1, ...clearOrder('1').slice(0, 1))])).toEqual([]);
  });
});

describe('rows', () => {
  const base = tx(1, ...clearOrder('1'), ...clearOrder('2'));

  it('gives events of one transaction by type, then by number as a number', () => {
    const history = [
      tx(
        1,
        created('pay_txn', refund('8', '1', 'OK')),
        created('ord_cancel', cancellation('1', '1', 'Y', 'FRD')),
        created('whs_rel', release('10', '1')),
        created('whs_rel', release('9', '1')),
        ...clearOrder('1'),
      ),
    ];
    expect(names(history)).toEqual([
      '1 1 OrderAcceptedForFulfillment once',
      '1 1 OrderReleasedToWarehouse 9',
      '1 2 OrderReleasedToWarehouse 10',
      '1 1 OrderCancellationAccepted 1',
      '1 1 RefundInitiated 8',
    ]);
  });

  it('gives a moved release to the order it came to, and nothing when it comes back', () => {
    const history = [
      base,
      tx(2, created('whs_rel', release('7', '1'))),
      tx(3, updated('whs_rel', release('7', '1'), release('7', '2'))),
      tx(4, updated('whs_rel', release('7', '2'), release('7', '1'))),
    ];
    expect(names(history).slice(2)).toEqual(['1 1 OrderReleasedToWarehouse 7', '2 1 OrderReleasedToWarehouse 7']);
  });

  it('does not release again when a release is deleted and written again', () => {
    const history = [
      base,
      tx(2, created('whs_rel', release('7', '1'))),
      tx(3, deleted('whs_rel', release('7', '1'))),
      tx(4, created('whs_rel', release('7', '1'))),
    ];
    expect(names(history).slice(2)).toEqual(['1 1 OrderReleasedToWarehouse 7']);
  });

  it('takes a refund as initiated when it first is anything but failed', () => {
    const history = [
      base,
      tx(2, created('pay_txn', refund('5', '1', 'FAIL'))),
      tx(3, updated('pay_txn', refund('5', '1', 'FAIL'), refund('5', '1', 'PEND'))),
      tx(4, updated('pay_txn', refund('5', '1', 'PEND'), refund('5', '1', 'FAIL'))),
      tx(5, updated('pay_txn', refund('5', '1', 'FAIL'), refund('5', '1', 'OK'))),
    ];
    const refunds = oracle(history).events.filter((event) => event.eventType === 'RefundInitiated');
    expect(refunds).toMatchObject([{ occurredAt: 5003, fields: { paymentId: '5', amount: '5.50', currency: 'EUR' } }]);
  });

  it('gives a cancellation only when it is accepted, with the reason in words', () => {
    const history = [
      base,
      tx(2, created('ord_cancel', cancellation('1', '1', null, 'STK'))),
      tx(3, updated('ord_cancel', cancellation('1', '1', null, 'STK'), cancellation('1', '1', 'N', 'STK'))),
      tx(4, updated('ord_cancel', cancellation('1', '1', 'N', 'STK'), cancellation('1', '1', 'Y', 'STK'))),
    ];
    expect(oracle(history).events.slice(2)).toMatchObject([
      {
        occurredAt: 5004,
        fields: { requestNumber: 1, reason: 'out-of-stock', requestedAt: '2026-11-21T09:52:39.848623Z' },
      },
    ]);
  });
});

describe('baseline and parking', () => {
  it('keeps silent about the baseline, also when what held there is undone and done again', () => {
    const history = [
      tx(1, ...clearOrder('1'), created('whs_rel', release('7', '1'))),
      tx(2, deleted('whs_rel', release('7', '1'))),
      tx(3, created('whs_rel', release('7', '1')), created('whs_rel', release('8', '1'))),
    ];
    expect(names(history, 1)).toEqual(['1 1 OrderReleasedToWarehouse 8']);
  });

  it('takes of the baseline only the state it left behind', () => {
    const history = [
      tx(1, ...clearOrder('1'), created('whs_rel', release('7', '1'))),
      tx(2, deleted('whs_rel', release('7', '1'))),
      tx(3, created('whs_rel', release('7', '1'))),
    ];
    expect(names(history, 2)).toEqual(['1 1 OrderReleasedToWarehouse 7']);
  });

  it('expects nothing more of an order whose number changed, under neither number', () => {
    const history = [
      tx(1, ...clearOrder('1')),
      tx(2, updated('ord_hdr', header('1', { fraud_flg: 'N' }), header('3')), created('whs_rel', release('7', '3'))),
      tx(3, created('whs_rel', release('8', '1'))),
    ];
    const found = oracle(history);
    expect(found.events).toHaveLength(1);
    expect(Object.fromEntries(found.parked)).toEqual({ 1: 'AGGREGATE_KEY_CHANGED', 3: 'AGGREGATE_KEY_CHANGED' });
  });

  it('parks an order that would have to give an event without a header', () => {
    const found = oracle([tx(1, created('pay_txn', refund('5', '1', 'OK')))]);
    expect(found.events).toEqual([]);
    expect(found.parked.get('1')).toBe('HEADER_MISSING');
  });
});
