/** A reconciliation -> text. Pure. */
import { number } from '../table.js';
import type { ReconcileResult } from './reconcile.js';

/** For 1,000,000 orders on two processors, the database, Kafka and Redis beside it. */
export const RECONCILE_SECONDS_MAX = 600;
export const RECONCILE_MEMORY_MAX_MB = 300;

/** All that was seeded was found, and nothing else. */
export function isReconciled({ seeded, found }: ReconcileResult): boolean {
  const classes = new Set([...Object.keys(seeded), ...Object.keys(found)]);
  return [...classes].every((is) => (found[is] ?? 0) === (seeded[is as keyof typeof seeded] as number | undefined));
}

export function reconcileText(result: ReconcileResult): string {
  const { orders, rows, seconds, cpuSeconds, peakMemoryMb, seeded, found, counts } = result;
  const list = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([is, count]) => `${number(count)} ${is}`)
      .join(', ') || 'nothing';
  return [
    `Reconciliation of ${number(orders)} orders, ${number(rows)} rows, with their states: ${number(seconds, 1)} s, ` +
      `${number(rows / seconds)} rows per second, ${number(cpuSeconds, 1)} s of CPU, peak ${number(peakMemoryMb)} MB`,
    `Seeded: ${list(seeded)}. Found: ${list(found)}. Not compared: ${list(counts)}`,
    `Goal: at most ${RECONCILE_SECONDS_MAX} s and ${RECONCILE_MEMORY_MAX_MB} MB for 1,000,000 orders`,
  ].join('\n');
}
