/** Deletes what need not be known any more: small transactions, so that nobody waits for them long. */
import { type Database, inTransaction, rowsOf } from './transaction.js';

export interface CleanedUp {
  readonly events: number;
  readonly orders: number;
}

export interface Kept {
  readonly consumer: string;
  readonly eventsKeptDays: number;
  readonly ordersKeptDays: number;
}

const ROWS_MAX = 5_000;

const EVENTS = `
  DELETE FROM dragoman_inbox WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM dragoman_inbox
    WHERE consumer = $1 AND taken_at < now() - make_interval(days => $2) LIMIT $3))
  RETURNING 1`;

/** One with an open gap, or one that is parked, is kept. */
const ORDERS = `
  DELETE FROM dragoman_order WHERE (consumer, topic, key) IN (
    SELECT consumer, topic, key FROM dragoman_order
    WHERE consumer = $1 AND seen_at < now() - make_interval(days => $2) AND NOT parked AND gaps IS NULL
    LIMIT $3 FOR UPDATE SKIP LOCKED)
  RETURNING 1`;

export async function cleanUp(
  database: Database,
  { consumer, eventsKeptDays, ordersKeptDays }: Kept,
): Promise<CleanedUp> {
  const all = async (text: string, days: number): Promise<number> => {
    for (let sum = 0; ;) {
      const rows = await inTransaction(database, (tx) => rowsOf(tx, text, [consumer, days, ROWS_MAX]));
      sum += rows.length;
      if (rows.length < ROWS_MAX) return sum;
    }
  };
  return { events: await all(EVENTS, eventsKeptDays), orders: await all(ORDERS, ordersKeptDays) };
}
