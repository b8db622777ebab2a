/** A refund counts as initiated when the payment step is there and has not failed; it may still be pending. */
import { known } from 'dragoman/rules';
import { order } from '../aggregates/order.js';

export const refundInitiated = order.each('payments').became('RefundInitiated', {
  importance: 'high',
  when: {
    'payment step is a refund': (payment) => payment.pay_typ === 'refund',
    'payment step has not failed': (payment) => payment.pay_sts !== 'failed',
  },
  data: (o, payment) => ({
    paymentId: payment.pay_id,
    amount: payment.amt,
    currency: known(o.header, 'header of the order (it has the currency)').curr_cd,
  }),
});
