/**
 * The full profile: every order lives the life that its plan tells, over C connections at once, with bulk fixes between.
 *
 * In:  the options and C open connections. Out: counts. What happens to an order is fixed by the seed; what happens at
 * the same time is not.
 */
import { bulkFix } from './bulk-fixes.js';
import type { Connection } from './connections/connection.js';
import { planOrder, type PlanOptions } from './plan/order-plan.js';
import type { Pace } from './pace.js';
import { Random } from './random.js';
import { Scheduler } from './scheduler.js';
import { attempt, runSteps, type TransactionCounts } from './transaction.js';
import type { OrderPlan } from './plan/step.js';

const WINDOW_ORDERS_MIN = 20;
const WINDOW_ORDERS_PER_CONNECTION = 8;
/** One bulk fix for so many finished orders. It touches the orders of a range around the one just finished. */
const BULK_EVERY_ORDERS = 100;
const BULK_ORDERS_BEFORE = 1_000;
const BULK_ORDERS_AFTER = 500;
const IDLE_MS = 2;

export interface FullProfileOptions extends PlanOptions {
  readonly orders: number;
  readonly pace: Pace;
  /** How many orders live at one time; without it, some for each connection. */
  readonly ordersAlive?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((ordersFinished: number, counts: TransactionCounts) => void) | undefined;
}

export async function runFullProfile(
  connections: readonly Connection[],
  options: FullProfileOptions,
): Promise<TransactionCounts> {
  const counts: TransactionCounts = { committed: 0, rolledBack: 0, rows: 0 };
  const scheduler = new Scheduler({
    plans: plans(options),
    random: new Random(options.seed, -1),
    windowOrders: options.ordersAlive ?? Math.max(WINDOW_ORDERS_MIN, WINDOW_ORDERS_PER_CONNECTION * connections.length),
  });
  const bulk = { rounds: 0 };
  const failures = new AbortController();
  const stop = (): boolean => options.signal?.aborted === true || failures.signal.aborted;
  const work = async (connection: Connection): Promise<void> => {
    while (!scheduler.done && !stop()) {
      await options.pace.turn();
      if (await bulkIsDue(connection, scheduler, bulk, options, counts)) continue;
      const batch = scheduler.take();
      if (batch === undefined) {
        await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
        continue;
      }
      options.pace.spend(await runSteps(connection, batch.steps, counts));
      scheduler.finish(batch);
      options.onProgress?.(scheduler.ordersFinished, counts);
    }
  };
  const guarded = connections.map((connection) =>
    work(connection).catch((error: unknown) => {
      failures.abort();
      throw error;
    }),
  );
  await Promise.allSettled(guarded);
  await Promise.all(guarded);
  return counts;
}

async function bulkIsDue(
  connection: Connection,
  scheduler: Scheduler,
  bulk: { rounds: number },
  options: FullProfileOptions,
  counts: TransactionCounts,
): Promise<boolean> {
  const due = Math.floor((scheduler.ordersFinished + BULK_EVERY_ORDERS / 2) / BULK_EVERY_ORDERS);
  if (bulk.rounds >= due || options.orders < BULK_EVERY_ORDERS / 2) return false;
  const middle = options.firstOrder + scheduler.ordersFinished;
  const last = Math.min(options.firstOrder + options.orders - 1, middle + BULK_ORDERS_AFTER);
  const fix = bulkFix(bulk.rounds, Math.max(options.firstOrder, middle - BULK_ORDERS_BEFORE), last);
  bulk.rounds += 1;
  options.pace.spend(await attempt(connection, fix.statements, fix.end, counts));
  return true;
}

function* plans(options: FullProfileOptions): Generator<OrderPlan> {
  for (let orderNo = options.firstOrder; orderNo < options.firstOrder + options.orders; orderNo += 1) {
    yield planOrder(orderNo, options);
  }
}
