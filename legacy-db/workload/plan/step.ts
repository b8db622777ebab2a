/**
 * The words of the workload: a life is a list of stages, a stage has tracks that go on side by side (by different
 * connections, so their transactions overlap), a track is a list of steps. A step is one business step in one transaction,
 * alone or together with steps of other orders that the same batch job takes up.
 */
import type { Random } from '../random.js';

/** Who does it. Steps of a batch job may share one transaction. */
export type Job = 'shop' | 'payment' | 'fraud' | 'address' | 'stock' | 'service-desk' | 'warehouse' | 'clean-up';

/** How many orders one transaction of a job takes at most. */
export const BATCH_ORDERS_MAX: Readonly<Record<Job, number>> = {
  shop: 3,
  payment: 4,
  fraud: 6,
  address: 6,
  stock: 6,
  'service-desk': 1,
  warehouse: 3,
  'clean-up': 1,
};

export interface Step {
  readonly job: Job;
  readonly orderNo: number;
  readonly statements: readonly string[];
  /** Written after a savepoint and rolled back to it, before the statements. */
  readonly undone?: readonly string[];
  /** The whole transaction is first written and rolled back, then done for good. */
  readonly rolledBackFirst?: boolean;
  /** Seconds that the transaction stays open between its first statement and the others. */
  readonly openSeconds?: number;
  /** Another order that must have been created before. */
  readonly needs?: number;
}

export type Track = readonly Step[];
export type Stage = readonly Track[];

export interface OrderPlan {
  readonly orderNo: number;
  readonly stages: readonly Stage[];
}

/** A step with the accidents of real life: rollbacks, savepoints, long transactions. */
export function step(job: Job, orderNo: number, random: Random, ...statements: string[]): Step {
  const accident = random.weighted({ none: 80, rolledBack: 5, undone: 6, open: 9 });
  const undone =
    random.chance(0.5) || job === 'shop'
      ? release(orderNo, 9, 'W99')
      : `UPDATE oms.ord_hdr SET sts_cd='90' WHERE ord_no=${orderNo}`;
  return {
    job,
    orderNo,
    statements,
    ...(accident === 'undone' ? { undone: [undone, refund(orderNo, '0.01', 'OK')] } : {}),
    ...(accident === 'rolledBack' ? { rolledBackFirst: true } : {}),
    ...(accident === 'open' ? { openSeconds: random.int(2, 25) / 1000 } : {}),
  };
}

export function release(orderNo: number, index: number, warehouse: string): string {
  return `INSERT INTO oms.whs_rel(rel_no,ord_no,whs_cd) VALUES (${orderNo * 10 + index},${orderNo},'${warehouse}')`;
}

export function refund(orderNo: number, amount: string, status: string): string {
  return payment(orderNo, 'RFND', amount, status);
}

export function payment(orderNo: number, type: string, amount: string, status = 'OK'): string {
  return `INSERT INTO oms.pay_txn(ord_no,pay_typ,amt,pay_sts) VALUES (${orderNo},'${type}',${amount},'${status}')`;
}

export function setRefund(orderNo: number, status: string): string {
  const last = `(SELECT max(pay_id) FROM oms.pay_txn WHERE ord_no=${orderNo} AND pay_typ='RFND')`;
  return `UPDATE oms.pay_txn SET pay_sts='${status}' WHERE pay_id=${last}`;
}

export function setHeader(orderNo: number, assignment: string): string {
  return `UPDATE oms.ord_hdr SET ${assignment} WHERE ord_no=${orderNo}`;
}
