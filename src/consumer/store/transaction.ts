/** Transactions of the consumer's own database, and whose fault it is when one fails. */
import { DragomanError } from '../../errors.js';

/** The part of a database client that is used: `pg`'s Client and PoolClient have it. */
export interface Queries {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** `pg.Pool` is one. */
export interface Pool {
  connect(): Promise<Queries & PooledClient>;
}

interface PooledClient {
  release(destroy?: boolean): void;
  on?(event: 'error', listener: (error: Error) => void): unknown;
  off?(event: 'error', listener: (error: Error) => void): unknown;
}

/** A client that nobody listens to would end the process when its connection is lost; the next query tells of it. */
const heard = (): void => undefined;

/** For other clients: runs `use` in one transaction of isolation level READ COMMITTED, and commits only when it resolves. */
export interface Transactions {
  transaction<T>(use: (tx: Queries) => Promise<T>): Promise<T>;
}

export type Database = Pool | Transactions;

export async function inTransaction<T>(database: Database, use: (tx: Queries) => Promise<T>): Promise<T> {
  if ('transaction' in database) return database.transaction(use);
  const client = await database.connect();
  client.on?.('error', heard);
  let isBroken = false;
  try {
    return await transactionOf(client, use);
  } catch (error) {
    isBroken = isOfConnection(error);
    throw error;
  } finally {
    client.off?.('error', heard);
    client.release(isBroken || unended.has(client));
  }
}

/** Clients whose last transaction may be open still. */
const unended = new WeakSet<Queries>();

/** On one client, which nobody else uses meanwhile. */
export async function transactionOf<T>(client: Queries, use: (tx: Queries) => Promise<T>): Promise<T> {
  if (unended.delete(client)) await client.query('ROLLBACK');
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    const result = await use(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The connection may be gone, and the transaction with it; if it is not, the next one would go on in this one.
    await client.query('ROLLBACK').catch(() => unended.add(client));
    throw error;
  }
}

/** Rows of a query of the kit itself. @throws DragomanError INBOX_MISSING */
export async function rowsOf<R>(tx: Queries, text: string, values: unknown[]): Promise<readonly R[]> {
  try {
    return (await tx.query(text, values)).rows as readonly R[];
  } catch (error) {
    if (stateOf(error) !== UNDEFINED_TABLE && stateOf(error) !== UNDEFINED_COLUMN) throw error;
    throw new DragomanError(
      'INBOX_MISSING',
      'The tables of the inbox are not there, or are of another version: run the SQL that INBOX_SQL holds, in the schema that search_path names.',
      { cause: error },
    );
  }
}

const UNDEFINED_TABLE = '42P01';
const UNDEFINED_COLUMN = '42703';

/** Thrown by an effect: it is not the event's fault, so nothing is parked; the records are read again later. */
export class TryLater extends Error {
  override readonly name = 'TryLater';
}

/**
 * What single events can cause, or several that are given to one effect: data and integrity (21, 22, 23, 44), limits (54), triggers, functions and
 * what is raised on purpose (09, 27, 2F, 38, 39, P0), and an effect that goes on after a statement of it failed (25P02).
 */
const OF_EVENT = /^(09|21|22|23|25P02|27|2F|38|39|44|54|P0)/;

/** Another event would not fail the same way. */
export function isOfEvent(error: unknown): boolean {
  if (error instanceof TryLater || error instanceof DragomanError || isOfConnection(error)) return false;
  const state = stateOf(error);
  return state === null || OF_EVENT.test(state);
}

/** The database refused what is in an event: also where it tells so late, at COMMIT or at the next statement of the kit. */
export const isValueRefused = (error: unknown): boolean => stateOf(error) !== null && isOfEvent(error);

/** Of `pg`, which has no codes for them. */
const CONNECTION_LOST = /connection (terminated|ended|error)|not queryable|read timeout|timeout exceeded/i;

const isOfConnection = (error: unknown): boolean =>
  /^E(AI_AGAIN|[A-Z]{3,})/.test(codeOf(error)) ||
  /^(08|57P)/.test(codeOf(error)) ||
  (stateOf(error) === null && CONNECTION_LOST.test(String(error)));

/** Of PostgreSQL: five letters and digits; null: it is no error of the database. */
const stateOf = (error: unknown): string | null => (/^[0-9A-Z]{5}$/.test(codeOf(error)) ? codeOf(error) : null);

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
