/** Each release row is one release; the row is never changed into another one. */
import { order } from '../aggregates/order.js';

export const orderReleasedToWarehouse = order.each('releases').inserted('OrderReleasedToWarehouse', {
  importance: 'high',
  data: (_, release) => ({
    releaseNumber: release.rel_no,
    warehouseCode: release.whs_cd,
    releasedAt: release.rel_ts,
  }),
});
