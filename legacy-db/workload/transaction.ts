/**
 * One source transaction on one connection, in one round trip, with its accidents.
 *
 * In:  the steps of a batch. Out: counts of commits, rollbacks and rows. A deadlock or serialisation failure is a
 * rollback like others: the transaction is tried again. Any other error is the workload's own fault and ends it.
 */
import type pg from 'pg';
import { LegacyDbError } from '../errors.js';
import type { Step } from './step.js';

export interface TransactionCounts {
  committed: number;
  rolledBack: number;
  /** Rows that the committed statements report; rows written by triggers and cascades are not in it. */
  rows: number;
}

const ATTEMPTS_MAX = 50;
const RETRY_CODES = new Set(['40P01', '40001', '55P03']);

export async function runSteps(client: pg.Client, steps: readonly Step[], counts: TransactionCounts): Promise<number> {
  const statements = steps.flatMap(statementsOf);
  if (steps.some((step) => step.rolledBackFirst === true)) {
    await attempt(client, statements, 'ROLLBACK', counts);
  }
  return attempt(client, statements, 'COMMIT', counts);
}

/** Begins, runs the statements and ends the transaction; returns the rows that they report. */
export async function attempt(
  client: pg.Client,
  statements: readonly string[],
  end: 'COMMIT' | 'ROLLBACK',
  counts: TransactionCounts,
): Promise<number> {
  const sql = ['BEGIN', ...statements, end].join(';\n');
  for (let tries = 1; ; tries += 1) {
    try {
      const rows = rowsOf(await client.query(sql));
      if (end === 'ROLLBACK') counts.rolledBack += 1;
      else {
        counts.committed += 1;
        counts.rows += rows;
      }
      return end === 'COMMIT' ? rows : 0;
    } catch (error) {
      await client.query('ROLLBACK');
      counts.rolledBack += 1;
      if (tries >= ATTEMPTS_MAX || !isRetriable(error)) {
        throw new LegacyDbError('WORKLOAD_FAILED', `attempt ${tries} of a transaction failed: ${sql.slice(0, 2_000)}`, {
          cause: error,
        });
      }
    }
  }
}

function statementsOf(step: Step): string[] {
  const [first, ...others] = step.statements;
  return [
    ...(step.undone === undefined ? [] : ['SAVEPOINT undone', ...step.undone, 'ROLLBACK TO SAVEPOINT undone']),
    ...(first === undefined ? [] : [first]),
    ...(step.openSeconds === undefined ? [] : [`SELECT pg_sleep(${step.openSeconds})`]),
    ...(step.undone === undefined ? others : ['SAVEPOINT kept', ...others, 'RELEASE SAVEPOINT kept']),
  ];
}

/** pg gives one result for each statement; only those that write count rows. */
function rowsOf(results: pg.QueryResult | pg.QueryResult[]): number {
  const writes = new Set(['INSERT', 'UPDATE', 'DELETE']);
  return [results]
    .flat()
    .filter((result) => writes.has(result.command))
    .reduce((sum, result) => sum + (result.rowCount ?? 0), 0);
}

function isRetriable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && RETRY_CODES.has(error.code);
}
