/** Deletes what need not be known any more: small transactions, so that nobody waits for them long, and few looks through the whole table. */
import { type Database, inTransaction, type Queries, rowsOf } from './transaction.js';

export interface CleanedUp {
  readonly events: number;
  readonly orders: number;
}

export interface Kept {
  readonly consumer: string;
  readonly eventsKeptDays: number;
  readonly ordersKeptDays: number;
}

/** Of one transaction. */
const ROWS_MAX = 5_000;
/** That one look at the table finds: those that were deleted before it are passed each time. */
const FOUND_MAX = 100_000;

const OLD_EVENTS = `
  SELECT event_id FROM dragoman_inbox WHERE consumer = $1 AND taken_at < now() - make_interval(days => $2) LIMIT $3`;

/** As old as when they were found: somebody else may have deleted one, and a third have taken it again. */
const DELETE_EVENTS = `
  DELETE FROM dragoman_inbox
  WHERE consumer = $1 AND event_id = ANY ($3::uuid[]) AND taken_at < now() - make_interval(days => $2)
  RETURNING 1`;

/** One with an open gap, or one that is parked, is kept. */
const IS_OLD = 'seen_at < now() - make_interval(days => $2) AND NOT parked AND gaps IS NULL';

const OLD_ORDERS = `SELECT topic, key FROM dragoman_order WHERE consumer = $1 AND ${IS_OLD} LIMIT $3`;

const DELETE_ORDERS = `
  DELETE FROM dragoman_order WHERE (consumer, topic, key) IN (
    SELECT consumer, topic, key FROM dragoman_order
    WHERE consumer = $1 AND (topic, key) IN (SELECT * FROM unnest($3::text[], $4::text[])) AND ${IS_OLD}
    FOR UPDATE SKIP LOCKED)
  RETURNING 1`;

export async function cleanUp(
  database: Database,
  { consumer, eventsKeptDays, ordersKeptDays }: Kept,
): Promise<CleanedUp> {
  const events = await allOf<{ event_id: string }>(database, {
    find: (tx) => rowsOf(tx, OLD_EVENTS, [consumer, eventsKeptDays, FOUND_MAX]),
    remove: (tx, old) => rowsOf(tx, DELETE_EVENTS, [consumer, eventsKeptDays, old.map(({ event_id }) => event_id)]),
  });
  const orders = await allOf<{ topic: string; key: string }>(database, {
    find: (tx) => rowsOf(tx, OLD_ORDERS, [consumer, ordersKeptDays, FOUND_MAX]),
    remove: (tx, old) =>
      rowsOf(tx, DELETE_ORDERS, [
        ...[consumer, ordersKeptDays, old.map(({ topic }) => topic), old.map(({ key }) => key)],
      ]),
  });
  return { events, orders };
}

interface Old<R> {
  readonly find: (tx: Queries) => Promise<readonly R[]>;
  readonly remove: (tx: Queries, old: readonly R[]) => Promise<readonly unknown[]>;
}

/** @returns how many there were. */
async function allOf<R>(database: Database, { find, remove }: Old<R>): Promise<number> {
  for (let sum = 0; ;) {
    const found = await inTransaction(database, find);
    const before = sum;
    for (let at = 0; at < found.length; at += ROWS_MAX)
      sum += (await inTransaction(database, (tx) => remove(tx, found.slice(at, at + ROWS_MAX)))).length;
    // What somebody holds is left for the next time.
    if (found.length < FOUND_MAX || sum === before) return sum;
  }
}
