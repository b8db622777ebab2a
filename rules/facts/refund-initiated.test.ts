import { given } from 'dragoman/testing';
import { expect, it } from 'vitest';
import rules from '../index.js';
import { ordHdr } from '../tables/ord-hdr.js';
import { payTxn } from '../tables/pay-txn.js';
import { header } from './examples.js';

const refund = { pay_id: '31', ord_no: '4711', pay_typ: 'refund', amt: '24.95', pay_sts: 'pending' } as const;
const initiated = { type: 'RefundInitiated', key: '4711' };

it('happens for a refund, pending or done, but once', () => {
  given(rules)
    .transaction((t) => t.insert(ordHdr, header).insert(payTxn, refund))
    .expect({ ...initiated, data: { paymentId: '31', amount: '24.95', currency: 'EUR' } })
    .transaction((t) => t.update(payTxn, { pay_id: '31', pay_sts: 'done' }))
    .expect();
});

it('does not happen for a capture, nor for a refund that failed from the start', () => {
  given(rules)
    .transaction((t) =>
      t
        .insert(ordHdr, header)
        .insert(payTxn, { ...refund, pay_typ: 'capture' })
        .insert(payTxn, { ...refund, pay_id: '32', pay_sts: 'failed' }),
    )
    .expect()
    .transaction((t) => t.update(payTxn, { pay_id: '32', pay_sts: 'pending' }))
    .expect({ ...initiated, data: { paymentId: '32' } });
});

it('waits for a person when the order, and with it the currency, is not known', () => {
  const scenario = given(rules).transaction((t) => t.insert(payTxn, refund));
  scenario.expectParked('RULE_THREW').expect();
  expect(scenario.why()).toContain('header of the order');
});
