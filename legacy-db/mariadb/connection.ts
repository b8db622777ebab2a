/** The workload's statements on MariaDB. They are written for PostgreSQL; the few words that differ are changed on the way. */
import type { Connection } from '../workload/connections/connection.js';
import { MariadbClient, MariadbError } from './client.js';

/** Deadlock, and a lock that did not come in time. */
const RETRY_CODES = new Set([1213, 1205]);
const LOCK_WAIT_S = 5;

export async function mariadbConnection(url: string): Promise<Connection> {
  const client = await MariadbClient.connect(url);
  // As on PostgreSQL: statements see what was committed before them, and || joins texts.
  await client.query(
    `SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
     SET SESSION innodb_lock_wait_timeout = ${LOCK_WAIT_S};
     SET SESSION sql_mode = 'STRICT_TRANS_TABLES,PIPES_AS_CONCAT'`,
  );
  return {
    run: async (statements) => {
      const results = await client.query(statements.map(inMariadb).join(';\n'));
      return results.reduce((sum, { affectedRows }) => sum + affectedRows, 0);
    },
    isRetriable: (error) => error instanceof MariadbError && RETRY_CODES.has(error.code),
    end: () => client.end(),
  };
}

/** One statement of the workload. Backslashes are escapes in every literal of MariaDB. */
export function inMariadb(statement: string): string {
  return statement
    .replace(/^SELECT pg_sleep\(/, 'DO sleep(')
    .replace(/ FOR SHARE\b/, ' LOCK IN SHARE MODE')
    .replaceAll(/([(,])E'/g, "$1'");
}
