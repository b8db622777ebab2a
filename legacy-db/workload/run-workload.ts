/**
 * The workload generator: orders live their whole lives in the legacy database.
 *
 * In:  `WorkloadOptions`; the schema must be installed (database.ts). Out: what was done, as counts.
 * Two profiles: `full` with everything that happens in a real shop, `simple` for benches (many plain lives, fast).
 */
import pg from 'pg';
import { LegacyDbError } from '../errors.js';
import { runFullProfile } from './full-profile.js';
import { Pace } from './pace.js';
import { runSimpleProfile } from './simple-profile.js';
import type { TransactionCounts } from './transaction.js';

export const CONNECTIONS_MAX = 64;
export const ORDERS_MAX = 10_000_000;
export const RATE_MAX = 200_000;
export const LINES_MAX = 1_000;
export const DEFAULT_FIRST_ORDER = 1_000_001;
const SIMPLE_LINES = 8;

export interface WorkloadOptions {
  readonly url: string;
  readonly orders: number;
  /** Row changes per second over all connections; 0 or nothing = as fast as possible. */
  readonly rate?: number;
  readonly connections?: number;
  readonly seed?: number;
  /** Number of the first order; a second run needs numbers of its own. */
  readonly firstOrder?: number;
  readonly profile?: 'full' | 'simple';
  /** Lines of every order. Nothing: 1 to 5 (full), 8 (simple). */
  readonly lines?: number;
  /** Full profile: the number of about one order in a hundred changes. */
  readonly keyChanges?: boolean;
  /** Full profile: how many orders live at one time (default: 8 for each connection, at least 20). */
  readonly ordersAlive?: number;
  /** Stops after the transactions under way. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (ordersFinished: number, counts: Readonly<TransactionCounts>) => void;
}

export interface WorkloadSummary {
  readonly profile: 'full' | 'simple';
  readonly seed: number;
  readonly orders: number;
  readonly firstOrder: number;
  readonly committed: number;
  readonly rolledBack: number;
  /** Row changes committed. Exact in the simple profile and with the audit; else without those of triggers and cascades. */
  readonly rows: number;
  readonly elapsedMs: number;
}

/** @throws LegacyDbError CONFIG_INVALID, WORKLOAD_FAILED */
export async function runWorkload(options: WorkloadOptions): Promise<WorkloadSummary> {
  const plan = complete(options);
  const clients: pg.Client[] = [];
  const startedMs = Date.now();
  try {
    for (let index = 0; index < plan.connections; index += 1) clients.push(await connect(plan.url, index));
    const auditedBefore = await auditLines(clients[0] as pg.Client);
    const counts =
      plan.profile === 'simple'
        ? await runSimpleProfile(clients, { ...plan, lines: plan.lines ?? SIMPLE_LINES, ratePerSecond: plan.rate })
        : await runFullProfile(clients, { ...plan, pace: new Pace(plan.rate) });
    const auditedAfter = await auditLines(clients[0] as pg.Client);
    return {
      profile: plan.profile,
      seed: plan.seed,
      orders: plan.orders,
      firstOrder: plan.firstOrder,
      ...counts,
      rows: auditedAfter === undefined ? counts.rows : auditedAfter - (auditedBefore ?? 0),
      elapsedMs: Date.now() - startedMs,
    };
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

function complete(options: WorkloadOptions) {
  const plan = {
    ...options,
    rate: options.rate ?? 0,
    connections: options.connections ?? 4,
    seed: options.seed ?? 1,
    firstOrder: options.firstOrder ?? DEFAULT_FIRST_ORDER,
    profile: options.profile ?? 'full',
    keyChanges: options.keyChanges ?? false,
  };
  whole('orders', plan.orders, 1, ORDERS_MAX);
  whole('rate', plan.rate, 0, RATE_MAX);
  whole('connections', plan.connections, 1, CONNECTIONS_MAX);
  whole('seed', plan.seed, 0, 2 ** 31);
  whole('firstOrder', plan.firstOrder, 1, Number.MAX_SAFE_INTEGER / 100);
  whole('ordersAlive', plan.ordersAlive ?? 1, 1, ORDERS_MAX);
  whole('lines', plan.lines ?? 1, 1, LINES_MAX);
  return plan;
}

function whole(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new LegacyDbError('CONFIG_INVALID', `${name} is ${value}; it must be a whole number from ${low} to ${high}`);
}

async function connect(url: string, index: number): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: `legacy-workload-${index}` });
  // A lost connection shows in the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SET deadlock_timeout = 100').catch(() => undefined); // superusers only; without it slower
  return client;
}

async function auditLines(client: pg.Client): Promise<number | undefined> {
  const found = await client.query<{ ready: boolean }>(`SELECT to_regclass('audit.change') IS NOT NULL AS ready`);
  if (found.rows[0]?.ready !== true) return undefined;
  const lines = await client.query<{ n: string }>('SELECT count(*)::text AS n FROM audit.change');
  return Number(lines.rows[0]?.n ?? 0);
}
