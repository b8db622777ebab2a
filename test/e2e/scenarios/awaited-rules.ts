/** The retailer's rules, and somebody who waits: an order is to be accepted within a minute, and a contract says when it was not. */
import { contract, publish, ruleSet } from 'dragoman/rules';
import { z } from 'zod';
import { order } from '../../../rules/aggregates/order.js';
import { orderAcceptedForFulfillmentV1 } from '../../../rules/contracts/order-accepted-for-fulfillment.v1.js';
import { orderAcceptedForFulfillment } from '../../../rules/facts/order-accepted-for-fulfillment.js';
import retailer from '../../../rules/index.js';

const accepted = {
  ...orderAcceptedForFulfillment,
  expected: {
    ...{ within: '1 minute', after: 'first seen' },
    unless: [{ name: 'order is cancelled', holds: (o: Headed) => o.header?.sts_cd === 'cancelled' }],
  },
} as typeof orderAcceptedForFulfillment;

interface Headed {
  readonly header?: { readonly sts_cd: string };
}

const overdue = order.overdue('OrderAcceptanceOverdue', {
  importance: 'high',
  expected: accepted,
  data: (_, { missing }) => ({ missing }),
});

const overdueV1 = contract('OrderAcceptanceOverdue', 1, {
  topic: 'orders.fulfillment',
  key: 'orderId',
  owner: 'order-management',
  meaning: 'The order was not accepted within a minute.',
  certainty: 'Sent once for each instant. It may be accepted later.',
  notSentWhen: 'The order was cancelled by then.',
  data: z.object({ dueAt: z.iso.datetime(), missing: z.array(z.string()).min(1) }),
  example: { dueAt: '2026-11-21T09:53:59.402Z', missing: ['fraud review is clear'] },
});

export default ruleSet({
  aggregates: retailer.aggregates,
  facts: [...retailer.facts.map((fact) => (fact === orderAcceptedForFulfillment ? accepted : fact)), overdue],
  publications: [
    ...retailer.publications.filter(({ fact }) => fact !== orderAcceptedForFulfillment),
    publish(accepted).as(orderAcceptedForFulfillmentV1, ({ data }) => data),
    publish(overdue).as(overdueV1, ({ occurrence, data }) => ({ dueAt: occurrence, missing: data.missing })),
  ],
});
