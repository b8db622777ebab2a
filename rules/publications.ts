/** Which fact is published under which contract. The facts were named for other teams, so their data needs no translation.
 * All contracts share one topic, because only inside one topic-partition do consumers see the events of an order in order. */
import { publish } from 'dragoman/rules';
import { orderAcceptedForFulfillmentV1 } from './contracts/order-accepted-for-fulfillment.v1.js';
import { orderCancellationAcceptedV1 } from './contracts/order-cancellation-accepted.v1.js';
import { orderReleasedToWarehouseV1 } from './contracts/order-released-to-warehouse.v1.js';
import { refundInitiatedV1 } from './contracts/refund-initiated.v1.js';
import { orderAcceptedForFulfillment } from './facts/order-accepted-for-fulfillment.js';
import { orderCancellationAccepted } from './facts/order-cancellation-accepted.js';
import { orderReleasedToWarehouse } from './facts/order-released-to-warehouse.js';
import { refundInitiated } from './facts/refund-initiated.js';

export const publications = [
  publish(orderAcceptedForFulfillment).as(orderAcceptedForFulfillmentV1, ({ data }) => data),
  publish(orderReleasedToWarehouse).as(orderReleasedToWarehouseV1, ({ data }) => data),
  publish(orderCancellationAccepted).as(orderCancellationAcceptedV1, ({ data }) => data),
  publish(refundInitiated).as(refundInitiatedV1, ({ data }) => data),
];
