import { contract } from 'dragoman/rules';
import { z } from 'zod';

export const orderAcceptedForFulfillmentV1 = contract('OrderAcceptedForFulfillment', 1, {
  topic: 'orders.fulfillment',
  key: 'orderId',
  owner: 'order-management',
  meaning:
    'The order may be fulfilled: the fraud review is clear, the shipping address is valid and stock is reserved for every ' +
    'line. The fields show the order as it was at that moment.',
  certainty:
    'Sent once in the life of an order, after the legacy system committed the last of the three checks. It is not taken ' +
    'back: a check that is reopened, a later change of lines or a cancellation does not send it again and does not undo it.',
  notSentWhen:
    'The order is cancelled before the last check is done; it has no lines; or all checks were done before this service ' +
    'first saw the order.',
  fields: {
    currency: { meaning: 'ISO 4217, of all amounts of the order.' },
    totalAmount: { meaning: 'Total of the order as the order system has it.' },
    lines: { meaning: 'All lines of the order, by line number.' },
    'lines[].sku': { meaning: 'The article.', authority: { borrowedFrom: 'catalogue' } },
    'lines[].unitPrice': {
      meaning: 'As agreed with the customer; four decimals, because some articles cost fractions.',
    },
    shippingCountry: { meaning: 'ISO 3166, of the address that the goods go to; null when the order has none.' },
  },
  reconciledBy: ['totalAmount', 'currency'],
  data: z.object({
    currency: z.string().length(3),
    totalAmount: z.string().regex(/^-?\d+\.\d{2}$/),
    lines: z
      .array(
        z.object({
          lineNumber: z.int(),
          sku: z.string(),
          quantity: z.int(),
          unitPrice: z.string().regex(/^-?\d+\.\d{4}$/),
        }),
      )
      .min(1),
    shippingCountry: z.string().nullable(),
  }),
  example: {
    currency: 'EUR',
    totalAmount: '129.80',
    lines: [
      { lineNumber: 1, sku: 'SHOE-42-771', quantity: 1, unitPrice: '79.9000' },
      { lineNumber: 2, sku: 'SOCK-5P-39', quantity: 2, unitPrice: '24.9500' },
    ],
    shippingCountry: 'DE',
  },
});
