import { given } from 'dragoman/testing';
import { expect, it } from 'vitest';
import rules from '../index.js';
import { custAddr } from '../tables/cust-addr.js';
import { ordHdr } from '../tables/ord-hdr.js';
import { ordLine } from '../tables/ord-line.js';
import { header, line } from './examples.js';

const entered = () =>
  given(rules).transaction((t) =>
    t
      .insert(ordHdr, header)
      .insert(ordLine, line)
      .insert(ordLine, { ...line, line_no: 2, sku: 'SOCK-5P-39', qty: 2, price: '24.9500' })
      .insert(custAddr, { ord_no: '4711', addr_typ: 'SHIP', ctry: 'DE' }),
  );

const accepted = { type: 'OrderAcceptedForFulfillment', key: '4711' };

it('happens when the last of the three checks is done', () => {
  entered()
    .expect()
    .transaction((t) => t.update(ordHdr, { ord_no: '4711', fraud_flg: 'clear' }))
    .expect()
    .transaction((t) =>
      t
        .update(ordLine, { ord_no: '4711', line_no: 1, resv_flg: true })
        .update(ordLine, { ord_no: '4711', line_no: 2, resv_flg: true }),
    )
    .expect()
    .transaction((t) => t.update(ordHdr, { ord_no: '4711', addr_ok_flg: 'valid', sts_cd: 'ready' }))
    .expect({
      ...accepted,
      data: {
        currency: 'EUR',
        totalAmount: '129.80',
        lines: [
          { lineNumber: 1, sku: 'SHOE-42-771', quantity: 1, unitPrice: '79.9000' },
          { lineNumber: 2, sku: 'SOCK-5P-39', quantity: 2, unitPrice: '24.9500' },
        ],
        shippingCountry: 'DE',
      },
    });
});

it('says what is missing', () => {
  const scenario = entered().transaction((t) =>
    t
      .update(ordHdr, { ord_no: '4711', fraud_flg: 'clear', addr_ok_flg: 'valid' })
      .update(ordLine, { ord_no: '4711', line_no: 1, resv_flg: true }),
  );
  expect(scenario.why()).toBe(
    'order:4711: OrderAcceptedForFulfillment did not happen: not "stock is reserved for every line"',
  );
});

it('happens once, even when a check is reopened and done again', () => {
  given(rules)
    .transaction((t) =>
      t
        .insert(ordHdr, { ...header, fraud_flg: 'clear', addr_ok_flg: 'valid' })
        .insert(ordLine, { ...line, resv_flg: true }),
    )
    .expect({ ...accepted, data: { shippingCountry: null } })
    .transaction((t) => t.update(ordHdr, { ord_no: '4711', fraud_flg: 'open' }))
    .expect()
    .transaction((t) => t.update(ordHdr, { ord_no: '4711', fraud_flg: 'clear' }))
    .expect();
});

it('does not happen for a cancelled order, nor for one that was accepted before we looked', () => {
  const done = { ...header, fraud_flg: 'clear', addr_ok_flg: 'valid' } as const;
  given(rules)
    .transaction((t) => t.insert(ordHdr, { ...done, sts_cd: 'cancelled' }).insert(ordLine, { ...line, resv_flg: true }))
    .expect();
  given(rules)
    .baseline((t) => t.insert(ordHdr, done).insert(ordLine, { ...line, resv_flg: true }))
    .transaction((t) => t.update(ordHdr, { ord_no: '4711', tot_amt: '1.00' }))
    .expect();
});
