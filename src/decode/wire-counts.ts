import { isObject } from '../domain/json-text.js';

/** Counters of source blocks, transaction blocks and boundaries. What could be taken for a number and is none is damage. Pure. */

/** Rows by table, from END's `data_collections`; null when it is damaged: a count that is lost would let half an order pass. */
export function countsOf(collections: unknown): Map<string, number> | null {
  if (!Array.isArray(collections)) return null;
  const counts = new Map<string, number>();
  for (const entry of collections as unknown[]) {
    if (!isObject(entry) || typeof entry.data_collection !== 'string') return null;
    const count = entry.event_count;
    if (!Number.isSafeInteger(count) || (count as number) < 0 || counts.has(entry.data_collection)) return null;
    counts.set(entry.data_collection, count as number);
  }
  return counts;
}

const DIGITS = /^\d{1,15}$/;

/** Counters were texts in older versions. Anything else that could be taken for a number is damage. */
export function orderOf(value: unknown): number | null {
  const order = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return Number.isSafeInteger(order) && (order as number) >= 1 ? (order as number) : null;
}

export function sumOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
