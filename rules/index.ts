/** The retailer's rules. What is not listed here does not exist; facts are decided and published in this order. */
import { ruleSet } from 'dragoman/rules';
import { order } from './aggregates/order.js';
import { orderAcceptedForFulfillment } from './facts/order-accepted-for-fulfillment.js';
import { orderCancellationAccepted } from './facts/order-cancellation-accepted.js';
import { orderReleasedToWarehouse } from './facts/order-released-to-warehouse.js';
import { refundInitiated } from './facts/refund-initiated.js';
import { publications } from './publications.js';

export default ruleSet({
  aggregates: [order],
  facts: [orderAcceptedForFulfillment, orderReleasedToWarehouse, orderCancellationAccepted, refundInitiated],
  publications,
});
