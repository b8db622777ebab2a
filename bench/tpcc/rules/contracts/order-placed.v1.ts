import { contract } from 'dragoman/rules';
import { z } from 'zod';

export const orderPlacedV1 = contract('OrderPlaced', 1, {
  topic: 'tpcc.orders',
  key: 'orderId',
  owner: 'order-management',
  meaning: 'The order was taken, with all its lines, and waits for its delivery.',
  certainty: 'Sent once for each order, after the transaction that took it.',
  notSentWhen: 'The order was there before this service first saw it.',
  data: z.object({
    warehouse: z.int(),
    district: z.int(),
    orderNumber: z.int(),
    customerNumber: z.int(),
    enteredAt: z.iso.datetime(),
    isLocal: z.boolean(),
    lines: z
      .array(
        z.object({
          lineNumber: z.int(),
          item: z.int(),
          supplyWarehouse: z.int(),
          quantity: z.int(),
          amount: z.string().regex(/^\d+\.\d{2}$/),
        }),
      )
      .min(5)
      .max(15),
  }),
  example: {
    warehouse: 1,
    district: 3,
    orderNumber: 3001,
    customerNumber: 1204,
    enteredAt: '2026-11-21T09:53:02.118000Z',
    isLocal: true,
    lines: [1, 2, 3, 4, 5].map((lineNumber) => ({
      lineNumber,
      item: 70_000 + lineNumber,
      supplyWarehouse: 1,
      quantity: 5,
      amount: '129.80',
    })),
  },
});
