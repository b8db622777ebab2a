import { contract } from 'dragoman/rules';
import { z } from 'zod';

export const orderReleasedToWarehouseV1 = contract('OrderReleasedToWarehouse', 1, {
  topic: 'orders.fulfillment',
  key: 'orderId',
  owner: 'order-management',
  meaning: 'A part of the order, or all of it, was given to a warehouse to be picked and shipped.',
  certainty:
    'Sent once for each release number. An order that ships from several warehouses, or in parts, has several. The goods ' +
    'have not left the warehouse yet.',
  notSentWhen:
    'Only the status of the order says "released" without a release; a release is corrected or deleted later; or the ' +
    'release was there before this service first saw the order.',
  carries: 'notification',
  fields: {
    releaseNumber: { meaning: 'Names the release among all orders.' },
    warehouseCode: { meaning: 'Where it is picked.', authority: { borrowedFrom: 'warehouse' } },
    releasedAt: { meaning: 'When the warehouse was told; occurredAt is when that was recorded.' },
  },
  reconciledBy: ['releaseNumber'],
  data: z.object({
    releaseNumber: z.string(),
    warehouseCode: z.string(),
    releasedAt: z.iso.datetime(),
  }),
  example: { releaseNumber: '70015', warehouseCode: 'W02', releasedAt: '2026-11-21T09:53:02.118000Z' },
});
