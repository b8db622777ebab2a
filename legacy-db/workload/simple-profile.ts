/**
 * The simple profile: plain lives written inside the server (simple.sql), fast enough to fill a bench's backlog.
 *
 * In:  C open connections, each with its own range of order numbers. Out: counts; `rows` is exact here.
 * At full speed commits are not waited for on disk (synchronous_commit off): the log is the same, only a crash would lose
 * its end, and readers of the log see commits up to 0.6 s later. With a rate every commit is waited for, as in real life.
 */
import type pg from 'pg';
import { sqlFile } from '../database.js';
import type { TransactionCounts } from './transaction.js';

/** Orders and commits of one group: see simple.sql. */
export const GROUP_ORDERS = 5;
const GROUP_COMMITS = 17;
/** Groups in one call: small enough to report progress and to stop soon. */
const CALL_GROUPS_MAX = 20;

export interface SimpleProfileOptions {
  readonly orders: number;
  readonly firstOrder: number;
  readonly lines: number;
  readonly seed: number;
  readonly ratePerSecond: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((ordersFinished: number, counts: TransactionCounts) => void) | undefined;
}

/** Order counts are rounded up to whole groups of five. */
export async function runSimpleProfile(
  clients: readonly pg.Client[],
  options: SimpleProfileOptions,
): Promise<TransactionCounts> {
  const counts: TransactionCounts = { committed: 0, rolledBack: 0, rows: 0 };
  const groups = Math.ceil(options.orders / GROUP_ORDERS);
  let nextGroup = 0;
  let finished = 0;
  await clients[0]?.query(await sqlFile('workload/simple.sql'));
  const work = async (client: pg.Client): Promise<void> => {
    await client.query(`SET synchronous_commit = ${options.ratePerSecond === 0 ? 'off' : 'on'}`);
    while (nextGroup < groups && options.signal?.aborted !== true) {
      const first = nextGroup;
      const size = Math.min(callGroups(options, clients.length), groups - first);
      nextGroup += size;
      const { rows } = await client.query<{ p_rows: string }>('CALL legacy_workload.drive($1, $2, $3, $4, $5, 0)', [
        options.firstOrder + first * GROUP_ORDERS,
        size,
        options.lines,
        options.seed,
        options.ratePerSecond / clients.length,
      ]);
      counts.committed += size * GROUP_COMMITS;
      counts.rows += Number(rows[0]?.p_rows ?? 0);
      finished += size * GROUP_ORDERS;
      options.onProgress?.(finished, counts);
    }
  };
  await Promise.all(clients.map(work));
  return counts;
}

/** With a limited rate a call should last about a second, so that a stop is obeyed soon. */
function callGroups(options: SimpleProfileOptions, connections: number): number {
  if (options.ratePerSecond === 0) return CALL_GROUPS_MAX;
  const groupRows = GROUP_COMMITS * (options.lines + 3);
  const perSecond = options.ratePerSecond / connections / groupRows;
  return Math.max(1, Math.min(CALL_GROUPS_MAX, Math.round(perSecond)));
}
