/** A request may be entered already accepted, or be accepted later. What the order's status says does not matter here. */
import { order } from '../aggregates/order.js';

export const orderCancellationAccepted = order.each('cancellations').became('OrderCancellationAccepted', {
  importance: 'critical',
  when: {
    'request is accepted': (request) => request.acc_flg === 'accepted',
  },
  data: (_, request) => ({
    requestNumber: request.req_no,
    reason: request.rsn_cd,
    requestedAt: request.req_ts,
  }),
});
