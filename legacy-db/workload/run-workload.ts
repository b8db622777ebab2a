/**
 * The workload generator: orders live their whole lives in the legacy database.
 *
 * In:  `WorkloadOptions`; the schema must be installed (database.ts). Out: what was done, as counts.
 * Two profiles: `full` with everything that happens in a real shop, `simple` for benches (many plain lives, fast).
 */
import { withClient } from '../database.js';
import { LegacyDbError } from '../errors.js';
import { isMariadb, openConnection } from './connections/open.js';
import { postgresClient } from './connections/postgres.js';
import { runFullProfile } from './full-profile.js';
import { Pace } from './pace.js';
import { runSimpleProfile } from './simple-profile.js';
import type { TransactionCounts } from './transaction.js';

export const CONNECTIONS_MAX = 64;
export const ORDERS_MAX = 10_000_000;
export const RATE_MAX = 200_000;
export const LINES_MAX = 5_000;
export const DEFAULT_FIRST_ORDER = 1_000_001;
const SIMPLE_LINES = 8;

export interface WorkloadOptions {
  /** `postgres://` or, with the full profile, `mariadb://`. */
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
  const startedMs = Date.now();
  const auditedBefore = await auditLines(plan.url);
  const counts = await (plan.profile === 'simple' ? runSimple(plan) : runFull(plan));
  const auditedAfter = await auditLines(plan.url);
  return {
    profile: plan.profile,
    seed: plan.seed,
    orders: plan.orders,
    firstOrder: plan.firstOrder,
    ...counts,
    rows: auditedAfter === undefined ? counts.rows : auditedAfter - (auditedBefore ?? 0),
    elapsedMs: Date.now() - startedMs,
  };
}

type Plan = ReturnType<typeof complete>;

async function runFull(plan: Plan): Promise<TransactionCounts> {
  return withAll(
    plan.connections,
    (index) => openConnection(plan.url, index),
    (connections) => runFullProfile(connections, { ...plan, pace: new Pace(plan.rate) }),
  );
}

/** On PostgreSQL only: it runs inside the server. */
async function runSimple(plan: Plan): Promise<TransactionCounts> {
  return withAll(
    plan.connections,
    (index) => postgresClient(plan.url, index),
    (clients) => runSimpleProfile(clients, { ...plan, lines: plan.lines ?? SIMPLE_LINES, ratePerSecond: plan.rate }),
  );
}

async function withAll<C extends { end(): Promise<void> }, T>(
  count: number,
  open: (index: number) => Promise<C>,
  use: (opened: readonly C[]) => Promise<T>,
): Promise<T> {
  const opened: C[] = [];
  try {
    for (let index = 0; index < count; index += 1) opened.push(await open(index));
    return await use(opened);
  } finally {
    await Promise.all(opened.map((one) => one.end()));
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
  if (plan.profile === 'simple' && isMariadb(plan.url)) {
    throw new LegacyDbError(
      'CONFIG_INVALID',
      'the simple profile runs inside PostgreSQL; take the full one for MariaDB',
    );
  }
  return plan;
}

function whole(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new LegacyDbError('CONFIG_INVALID', `${name} is ${value}; it must be a whole number from ${low} to ${high}`);
}

async function auditLines(url: string): Promise<number | undefined> {
  if (isMariadb(url)) return undefined;
  return withClient(url, async (client) => {
    const found = await client.query<{ ready: boolean }>(`SELECT to_regclass('audit.change') IS NOT NULL AS ready`);
    if (found.rows[0]?.ready !== true) return undefined;
    const lines = await client.query<{ n: string }>('SELECT count(*)::text AS n FROM audit.change');
    return Number(lines.rows[0]?.n ?? 0);
  });
}
