/** Reads and writes of the kit's tables, each inside a transaction of the service. */
import { storableKey } from '../../consumer/store/storable.js';
import type { Queries } from '../../consumer/store/transaction.js';
import { DragomanError } from '../../errors.js';
import type { OwnRecord } from '../event/making.js';
import type { Counted } from '../routes/heard.js';
import type { RouteStanding } from '../routes/standing.js';
import { HEADER_COLUMNS } from './schema.js';

/** Whoever publishes under a contract holds its lock with others until its transaction ends; whoever hands back, alone. */
const LOCKS = 2016112017;

/**
 * From here on no route of the contract is lost before this transaction ends.
 * @throws DragomanError OUTBOX_ISOLATED, OUTBOX_MISSING
 */
export async function holdRoutes(tx: Queries, contract: string): Promise<void> {
  const lock = `SELECT pg_advisory_xact_lock_shared($1::int, hashtext($2)), current_setting('transaction_isolation') AS isolation`;
  const [row] = await rows<{ isolation: string }>(tx, lock, [LOCKS, contract]);
  if (row?.isolation === 'read committed') return;
  // A snapshot from before the lock would show routes that were handed back since.
  throw new DragomanError(
    'OUTBOX_ISOLATED',
    `Events are published in transactions of isolation level READ COMMITTED, and this one is ${row?.isolation ?? 'none'}: it would not see that a route was handed back. Nothing was written.`,
  );
}

/** From here on nobody publishes under the contract before this transaction ends. Waits for those who do. */
export const stopRoutes = async (tx: Queries, contract: string, waitMaxMs: number): Promise<void> => {
  await rows(tx, `SELECT set_config('lock_timeout', $1, true)`, [`${waitMaxMs}ms`]);
  await rows(tx, 'SELECT pg_advisory_xact_lock($1::int, hashtext($2))', [LOCKS, contract]);
};

/** Behind the name of a contract in the table of numbers: of what is tried out. No contract is named so. */
export const TRIED = '~trial';

/** What is known before an event is published. */
export interface KnownOfKey {
  readonly routes: readonly RouteStanding[];
  /** This service has begun the key, or published of it, under any contract. */
  readonly isOwn: boolean;
  /** Somebody has. */
  readonly isKnown: boolean;
  /** Its number under this contract is. */
  readonly isCounted: boolean;
}

export async function knownOf(tx: Queries, contract: string, key: string): Promise<KnownOfKey> {
  const [row] = await rows<{ routes: RouteStanding[] | null; own: boolean; known: boolean; counted: boolean }>(
    tx,
    `SELECT (SELECT routes FROM dragoman_ownership WHERE contract = $1) AS routes, coalesce(bool_or(ours), false) AS own,
            count(*) > 0 AS known, coalesce(bool_or(contract = $1), false) AS counted
       FROM dragoman_count WHERE key = $2 AND contract NOT LIKE '%' || $3`,
    [contract, storableKey(key), TRIED],
  );
  const { routes = null, own = false, known = false, counted = false } = row ?? {};
  return { routes: routes ?? [], isOwn: own, isKnown: known, isCounted: counted };
}

/** Of one key under one contract; the oldest are forgotten. */
const IDS_MAX = 1_000;

/** @param before the last number, where none is known. @returns the number of the event; null: it was published before. */
export async function nextNumber(
  tx: Queries,
  { contract, key, id, before }: { contract: string; key: string; id: string; before: number },
): Promise<number | null> {
  // Clients give a bigint as a text, a number, or one.
  const [row] = await rows<{ sequence: string | number | bigint }>(
    tx,
    `INSERT INTO dragoman_count AS c (key, contract, sequence, ids, ours) VALUES ($1, $2, $3::bigint + 1, ARRAY[$4::uuid], true)
     ON CONFLICT (key, contract) DO UPDATE
        SET sequence = c.sequence + 1, ours = true, counted_at = now(),
            ids = (c.ids || EXCLUDED.ids)[greatest(1, cardinality(c.ids) + 2 - $5::int):]
      WHERE NOT EXCLUDED.ids[1] = ANY (c.ids)
     RETURNING sequence`,
    [storableKey(key), contract, before, id, IDS_MAX],
  );
  return row === undefined ? null : Number(row.sequence);
}

/** It is this service's, and has no event yet. */
export const beginCounts = (tx: Queries, contracts: readonly string[], key: string): Promise<unknown> =>
  rows(
    tx,
    `INSERT INTO dragoman_count (key, contract, sequence, ids, ours) SELECT $1, contract, 0, '{}', true FROM unnest($2::text[]) AS contract
     ON CONFLICT DO NOTHING`,
    [storableKey(key), contracts],
  );

/** What others published, or this service before its database was restored. Of what is known no row is locked: who publishes has it. */
export async function countHeard(tx: Queries, counted: readonly Counted[]): Promise<void> {
  if (counted.length === 0) return;
  await rows(
    tx,
    `INSERT INTO dragoman_count AS c (key, contract, sequence, ids, ours)
     SELECT key, contract, sequence, ids, ours
       FROM jsonb_to_recordset($1::jsonb) AS t (key text, contract text, sequence bigint, ids uuid[], ours boolean)
      WHERE NOT EXISTS (SELECT FROM dragoman_count AS k
                         WHERE (k.key, k.contract) = (t.key, t.contract) AND t.ids <@ k.ids AND t.sequence <= k.sequence)
      ORDER BY key, contract
     ON CONFLICT (key, contract) DO UPDATE
        SET sequence = greatest(c.sequence, EXCLUDED.sequence), ours = c.ours OR EXCLUDED.ours, counted_at = now(),
            ids = (SELECT ids[greatest(1, cardinality(ids) + 1 - $2::int):]
                     FROM (SELECT c.ids || ARRAY(SELECT id FROM unnest(EXCLUDED.ids) AS id WHERE id <> ALL (c.ids)) AS ids) AS joined)
      WHERE NOT EXCLUDED.ids <@ c.ids OR EXCLUDED.sequence > c.sequence`,
    [JSON.stringify(counted.map(({ key, ...rest }) => ({ key: storableKey(key), ...rest }))), IDS_MAX],
  );
}

/** Held by this transaction. */
export async function heldRoutes(tx: Queries, contract: string): Promise<readonly RouteStanding[]> {
  await rows(tx, 'INSERT INTO dragoman_ownership (contract) VALUES ($1) ON CONFLICT DO NOTHING', [contract]);
  const read = 'SELECT routes FROM dragoman_ownership WHERE contract = $1 FOR UPDATE';
  const [row] = await rows<{ routes: RouteStanding[] }>(tx, read, [contract]);
  return row?.routes ?? [];
}

export const keepRoutes = (tx: Queries, contract: string, routes: readonly RouteStanding[]): Promise<unknown> =>
  rows(tx, 'UPDATE dragoman_ownership SET routes = $2, heard_at = now() WHERE contract = $1', [
    contract,
    JSON.stringify(routes),
  ]);

export const allRoutes = (
  tx: Queries,
): Promise<readonly { readonly contract: string; readonly routes: readonly RouteStanding[] }[]> =>
  rows(tx, 'SELECT contract, routes FROM dragoman_ownership ORDER BY contract', []);

/** One row of the outbox. @param partition null: that of the key. */
export async function putOut(tx: Queries, record: OwnRecord, partition: number | null): Promise<void> {
  const { topic, key, value, headers } = record;
  const named = [
    ...([
      ['id', headers['ce_id']],
      ['type', headers['ce_type']],
    ] as const),
    ...([
      ['aggregatetype', topic],
      ['aggregateid', key],
      ['payload', value],
      ['partition', partition],
    ] as const),
    ...Object.entries(headers)
      .filter(([header]) => !STANDARD.has(header))
      .map(([header, text]) => [COLUMN_OF.get(header) ?? header, text] as const),
  ];
  const places = named.map((_column, at) => `$${at + 1}`).join(', ');
  const text = `INSERT INTO dragoman_outbox (${named.map(([column]) => column).join(', ')}) VALUES (${places})`;
  await rows(
    tx,
    text,
    named.map(([, given]) => given),
  );
}

/** Headers that the router makes of columns of its own. */
const STANDARD: ReadonlySet<string> = new Set(['ce_id', 'ce_type', 'ce_subject']);
const COLUMN_OF = new Map<string, string>(Object.entries(HEADER_COLUMNS).map(([column, header]) => [header, column]));

export async function deleteOld(tx: Queries, outboxDays: number, countsDays: number): Promise<void> {
  const old = (table: string, at: string): string =>
    `DELETE FROM ${table} WHERE ${at} < now() - make_interval(days => $1)`;
  await rows(tx, old('dragoman_outbox', 'written_at'), [outboxDays]);
  await rows(tx, old('dragoman_count', 'counted_at'), [countsDays]);
}

/** @throws DragomanError OUTBOX_MISSING */
async function rows<R>(tx: Queries, text: string, values: unknown[]): Promise<readonly R[]> {
  try {
    return (await tx.query(text, values)).rows as readonly R[];
  } catch (error) {
    if (!isMissing(error)) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new DragomanError(
      'OUTBOX_MISSING',
      `The tables of the outbox are not there, or lack a column (${words}): run the SQL that OUTBOX_SQL holds, in the schema that search_path names; ` +
        'events under a contract that is on its way out need columns of the names of ENDING_HEADERS, too.',
      { cause: error },
    );
  }
}

/** undefined_table, undefined_column. */
const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && ['42P01', '42703'].includes(String(error.code));
