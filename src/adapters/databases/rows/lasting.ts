/** Rows of a database that goes away and comes back: each read is asked again, over a new connection, for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import { DragomanError } from '../../../errors.js';
import type { DatabaseRows } from '../../../reconcile/source/ports.js';

/** So long is waited for it to come back; then whoever reads can go on later, from where it was. */
export const AWAY_MS_MAX = 300_000;
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 15_000;

export interface Lasting {
  readonly open: () => Promise<DatabaseRows>;
  readonly awayMsMax?: number;
  /** Told each time before it is tried again. */
  readonly onAway: (cause: DragomanError) => void;
}

/** Opens it at once: what does not answer then is not waited for. @throws DragomanError as `openRows` */
export async function openLasting({ open, awayMsMax = AWAY_MS_MAX, onAway }: Lasting): Promise<DatabaseRows> {
  const first = await open();
  let now: Promise<DatabaseRows> | null = Promise.resolve(first);

  const asked = async <T>(read: (rows: DatabaseRows) => Promise<T>): Promise<T> => {
    const since = Date.now();
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      const mine = (now ??= open());
      try {
        return await read(await mine);
      } catch (error) {
        const isAway = error instanceof DragomanError && isPassing(error.cause);
        if (now === mine) now = null; // the first of those that were under way
        if (!isAway || Date.now() - since >= awayMsMax) throw error;
        onAway(error);
        await ended(mine);
        await delay(pauseMs);
      }
    }
  };
  return {
    origin: first.origin,
    tables: () => asked((rows) => rows.tables()),
    count: (table) => asked((rows) => rows.count(table)),
    after: (table, after, countMax) => asked((rows) => rows.after(table, after, countMax)),
    find: (table, by, values, isLoose) => asked((rows) => rows.find(table, by, values, isLoose)),
    position: () => asked((rows) => rows.position()),
    end: () => ended(now),
  };
}

/** Of a connection that may be gone. */
async function ended(rows: Promise<DatabaseRows> | null): Promise<void> {
  try {
    await (await rows)?.end();
  } catch {
    // It is gone, which is what was wanted.
  }
}

/** Of PostgreSQL: connections, resources, interventions, and a replica that takes a row away which is read. */
const PASSING_STATES = /^(08|53|57P|40)/;
const PASSING_CODES: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND'],
  ...['PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  ...['ER_SERVER_SHUTDOWN', 'ER_CON_COUNT_ERROR', 'ER_LOCK_DEADLOCK', 'ER_CONNECTION_KILLED'],
]);

/** Of a driver's error: whether the same may be answered later. */
export function isPassing(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const { code } = cause as { readonly code?: unknown };
  if (typeof code === 'string') return PASSING_CODES.has(code) || PASSING_STATES.test(code);
  return /connection|client was closed|not queryable/i.test(cause.message);
}
