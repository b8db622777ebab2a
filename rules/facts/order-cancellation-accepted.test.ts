import { given } from 'dragoman/testing';
import { it } from 'vitest';
import rules from '../index.js';
import { ordCancel } from '../tables/ord-cancel.js';
import { ordHdr } from '../tables/ord-hdr.js';
import { header } from './examples.js';

const request = { ord_no: '4711', req_no: 1, rsn_cd: 'customer-request', req_ts: '2026-11-21T09:52:59.402Z' } as const;
const accepted = { type: 'OrderCancellationAccepted', key: '4711' };

it('happens when an open request is accepted', () => {
  given(rules)
    .transaction((t) => t.insert(ordHdr, header).insert(ordCancel, request))
    .expect()
    .transaction((t) => t.update(ordCancel, { ord_no: '4711', req_no: 1, acc_flg: 'accepted' }))
    .expect({
      ...accepted,
      data: { requestNumber: 1, reason: 'customer-request', requestedAt: '2026-11-21T09:52:59.402Z' },
    });
});

it('happens once for each request, accepted at once or later', () => {
  given(rules)
    .transaction((t) => t.insert(ordHdr, header).insert(ordCancel, { ...request, acc_flg: 'refused' }))
    .expect()
    .transaction((t) => t.insert(ordCancel, { ...request, req_no: 2, rsn_cd: 'fraud', acc_flg: 'accepted' }))
    .expect({ ...accepted, data: { requestNumber: 2, reason: 'fraud' } })
    .transaction((t) => t.update(ordCancel, { ord_no: '4711', req_no: 2, acc_flg: 'refused' }))
    .transaction((t) => t.update(ordCancel, { ord_no: '4711', req_no: 2, acc_flg: 'accepted' }))
    .expect();
});
