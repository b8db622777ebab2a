import { contract } from 'dragoman/rules';
import { z } from 'zod';

export const orderCancellationAcceptedV1 = contract('OrderCancellationAccepted', 1, {
  topic: 'orders.fulfillment',
  key: 'orderId',
  owner: 'order-management',
  meaning: 'A request to cancel the order was accepted: do not ship what has not been shipped.',
  certainty:
    'Sent once for each request number. It says nothing about goods that were released before, and a decision that is ' +
    'revoked later is not reported.',
  notSentWhen:
    'The request is refused or not decided yet; the status of the order becomes "cancelled" without a request; or the ' +
    'request was accepted before this service first saw it.',
  fields: {
    requestNumber: { meaning: 'Of the request that was accepted, within the order.' },
    requestedAt: { meaning: 'When somebody asked for it; occurredAt is when it was accepted.' },
  },
  reconciledBy: ['requestNumber'],
  data: z.object({
    requestNumber: z.int(),
    reason: z.enum(['customer-request', 'fraud', 'out-of-stock', 'other']),
    requestedAt: z.iso.datetime(),
  }),
  example: { requestNumber: 1, reason: 'customer-request', requestedAt: '2026-11-21T09:52:59.402113Z' },
});
