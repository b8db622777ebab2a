import { contract } from 'dragoman/rules';
import { z } from 'zod';

export const orderDeliveredV1 = contract('OrderDelivered', 1, {
  topic: 'tpcc.orders',
  key: 'orderId',
  owner: 'order-management',
  meaning: 'A carrier has the order, and all its lines are delivered.',
  certainty: 'Sent once for each order, after the transaction that delivered it.',
  notSentWhen: 'The order was delivered before this service first saw it.',
  data: z.object({
    warehouse: z.int(),
    district: z.int(),
    orderNumber: z.int(),
    customerNumber: z.int(),
    carrier: z.int(),
    deliveredAt: z.iso.datetime(),
    lineCount: z.int(),
  }),
  example: {
    warehouse: 1,
    district: 3,
    orderNumber: 2101,
    customerNumber: 1204,
    carrier: 7,
    deliveredAt: '2026-11-21T09:53:02.118000Z',
    lineCount: 10,
  },
});
