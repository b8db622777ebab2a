import { contract } from 'dragoman/rules';
import { z } from 'zod';

export const refundInitiatedV1 = contract('RefundInitiated', 1, {
  topic: 'orders.fulfillment',
  key: 'orderId',
  owner: 'payments',
  meaning: 'Money is on its way back to the customer, all of the amount or a part of it.',
  certainty:
    'Sent once for each payment step. The refund may still be pending at the payment provider; if it fails after this ' +
    'event, no other event says so.',
  notSentWhen:
    'The refund failed from the start; an authorisation is released without a payment step; or the refund was there before ' +
    'this service first saw the order.',
  fields: {
    paymentId: { meaning: 'Of the payment step that gives the money back.' },
    amount: { meaning: 'What goes back in this step.' },
    currency: { meaning: 'ISO 4217, the one of the order.', authority: { borrowedFrom: 'order-management' } },
  },
  reconciledBy: ['paymentId', 'amount'],
  data: z.object({
    paymentId: z.string(),
    amount: z.string().regex(/^-?\d+\.\d{2}$/),
    currency: z.string().length(3),
  }),
  example: { paymentId: '31', amount: '24.95', currency: 'EUR' },
});
