/**
 * The whole life of one order, decided from seed and order number alone: which of the lives below, which detours, which
 * accidents. Pure; the runner decides only when a step happens.
 *
 * No plan makes a release, refund or cancellation for an order without a header: such an event could not be built.
 */
import { checks, detoursAfterChecks } from './checks.js';
import { lifeStages, type Life } from './lives.js';
import { orderContent } from './order-content.js';
import { Random } from '../random.js';
import { payment, step, type OrderPlan, type Stage } from './step.js';

export interface PlanOptions {
  readonly seed: number;
  readonly firstOrder: number;
  /** Lines of every order; without it 1 to 5. */
  readonly lines?: number;
  /** Rarely, the number of an order changes. */
  readonly keyChanges: boolean;
}

/** Order numbers after a key change lie this much higher. */
export const RENUMBER_OFFSET = 5_000_000_000;

const LIVES: Readonly<Record<Life, number>> = {
  released: 40,
  partlyReleased: 13,
  cancelled: 11,
  cancellationRefused: 10,
  fraud: 6,
  reopened: 5,
  refundTrouble: 8,
  deletedEarly: 3,
  abandoned: 4,
};

interface Traits {
  readonly life: Life;
  readonly endsDeleted: boolean;
  readonly renumbered: boolean;
}

export function planOrder(orderNo: number, options: PlanOptions): OrderPlan {
  const random = new Random(options.seed, orderNo);
  const traits = traitsOf(orderNo, options);
  const content = orderContent(orderNo, options.lines ?? random.int(1, 5), random);
  const paidAtOnce = random.chance(0.4);
  const authorised = payment(orderNo, 'AUTH', content.total);
  const creation = step('shop', orderNo, random, ...content.statements, ...(paidAtOnce ? [authorised] : []));
  const stages: Stage[] = [[[creation]]];
  if (!paidAtOnce) stages.push([[step('payment', orderNo, random, authorised)]]);
  const subject = { orderNo, content, random };
  if (traits.life !== 'deletedEarly' || random.chance(0.5)) {
    stages.push(checks(subject, traits.life), ...detoursAfterChecks(subject, traits.life));
  }
  stages.push(...lifeStages(subject, traits.life, neighbour(orderNo, options)));
  if (traits.endsDeleted) stages.push([[step('clean-up', orderNo, random, ...deleteOrder(orderNo))]]);
  if (traits.renumbered) stages.push(...renumber(orderNo, random));
  return { orderNo, stages };
}

function traitsOf(orderNo: number, options: PlanOptions): Traits {
  const random = new Random(options.seed + 1, orderNo);
  const life = random.weighted(LIVES);
  const endsDeleted = life === 'deletedEarly' || random.chance(0.02);
  return { life, endsDeleted, renumbered: !endsDeleted && options.keyChanges && random.chance(0.01) };
}

/** The order before this one, as a place to move rows to: only if it is there to stay, under its number. */
function neighbour(orderNo: number, options: PlanOptions): number | undefined {
  if (orderNo === options.firstOrder) return undefined;
  const { endsDeleted, renumbered } = traitsOf(orderNo - 1, options);
  return endsDeleted || renumbered ? undefined : orderNo - 1;
}

/** Header first: whoever wants to write to the order has locked it, so nothing is added after it is gone. */
function deleteOrder(orderNo: number): string[] {
  return ['ord_hdr', 'cust_addr', 'pay_txn', 'whs_rel', 'ord_cancel'].map(
    (table) => `DELETE FROM oms.${table} WHERE ord_no=${orderNo}`,
  );
}

function renumber(orderNo: number, random: Random): Stage[] {
  const to = orderNo + RENUMBER_OFFSET;
  const others = ['cust_addr', 'pay_txn', 'whs_rel', 'ord_cancel'].map(
    (table) => `UPDATE oms.${table} SET ord_no=${to} WHERE ord_no=${orderNo}`,
  );
  const move = `UPDATE oms.ord_hdr SET ord_no=${to} WHERE ord_no=${orderNo}`;
  return [
    [[step('clean-up', orderNo, random, move, ...(random.chance(0.5) ? others : []))]],
    [
      [
        step(
          'warehouse',
          to,
          random,
          `UPDATE oms.ord_hdr SET notes='renumbered' WHERE ord_no=${to}`,
          payment(to, 'RFND', '1.00'),
        ),
      ],
    ],
  ];
}
