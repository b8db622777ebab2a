/**
 * One source transaction on one connection, in one round trip, with its accidents.
 *
 * In:  the steps of a batch. Out: counts of commits, rollbacks and rows. A deadlock or serialisation failure is a
 * rollback like others: the transaction is tried again. Any other error is the workload's own fault and ends it.
 */
import { LegacyDbError } from '../errors.js';
import type { Connection } from './connections/connection.js';
import type { Step } from './plan/step.js';

export interface TransactionCounts {
  committed: number;
  rolledBack: number;
  /** Rows that the committed statements report; rows written by triggers and cascades are not in it. */
  rows: number;
}

const ATTEMPTS_MAX = 50;

export async function runSteps(
  connection: Connection,
  steps: readonly Step[],
  counts: TransactionCounts,
): Promise<number> {
  const statements = steps.flatMap(statementsOf);
  if (steps.some((step) => step.rolledBackFirst === true)) {
    await attempt(connection, statements, 'ROLLBACK', counts);
  }
  return attempt(connection, statements, 'COMMIT', counts);
}

/** Begins, runs the statements and ends the transaction; returns the rows that they report. */
export async function attempt(
  connection: Connection,
  statements: readonly string[],
  end: 'COMMIT' | 'ROLLBACK',
  counts: TransactionCounts,
): Promise<number> {
  const all = ['BEGIN', ...statements, end];
  for (let tries = 1; ; tries += 1) {
    try {
      const rows = await connection.run(all);
      if (end === 'ROLLBACK') counts.rolledBack += 1;
      else {
        counts.committed += 1;
        counts.rows += rows;
      }
      return end === 'COMMIT' ? rows : 0;
    } catch (error) {
      await connection.run(['ROLLBACK']);
      counts.rolledBack += 1;
      if (tries >= ATTEMPTS_MAX || !connection.isRetriable(error)) {
        const sql = all.join(';\n').slice(0, 2_000);
        throw new LegacyDbError('WORKLOAD_FAILED', `attempt ${tries} of a transaction failed: ${sql}`, {
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
