/** Orders of TPC-C: what the bench measures with `--tpcc`. */
import { publish, ruleSet } from 'dragoman/rules';
import { order } from './aggregates/order.js';
import { orderDeliveredV1 } from './contracts/order-delivered.v1.js';
import { orderPlacedV1 } from './contracts/order-placed.v1.js';
import { orderDelivered } from './facts/order-delivered.js';
import { orderPlaced } from './facts/order-placed.js';

export default ruleSet({
  aggregates: [order],
  facts: [orderPlaced, orderDelivered],
  publications: [
    publish(orderPlaced).as(orderPlacedV1, ({ data }) => data),
    publish(orderDelivered).as(orderDeliveredV1, ({ data }) => data),
  ],
});
