/**
 * Retention takes records topic by topic, so the first transactions that are left may lack rows, or their END: they are torn. Only where
 * a partition begins behind what is missing; anything else that lacks records was lost. Pure.
 */
import type { CommitOrder } from './commit-order.js';
import type { OpenTransaction } from './open-transaction.js';
import type { PartitionQueue } from './partition-queue.js';
import type { Partitions } from './partitions.js';

/** What this partition had of `transaction` may have stood before its first record. */
export function mayHaveExpired(
  { startedAt, firstTransaction: first }: PartitionQueue,
  transaction: OpenTransaction,
  order: Pick<CommitOrder, 'isBefore'>,
): boolean {
  return startedAt > 0 && (first === null || first === transaction || order.isBefore(transaction, first));
}

/** All rows that `transaction` lacks may have expired. */
export function isTorn(
  transaction: OpenTransaction,
  partitions: Partitions,
  order: Pick<CommitOrder, 'isBefore'>,
): boolean {
  const tables = [...partitions.byTable()].filter(([table]) => transaction.missing(table) > 0);
  return tables.every(([, queues]) => queues.some((queue) => mayHaveExpired(queue, transaction, order)));
}
