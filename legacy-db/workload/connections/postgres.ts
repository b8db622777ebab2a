import pg from 'pg';
import type { Connection } from './connection.js';

const RETRY_CODES = new Set(['40P01', '40001', '55P03']);

export async function postgresConnection(url: string, index: number): Promise<Connection> {
  const client = await postgresClient(url, index);
  return {
    run: async (statements) => rowsOf(await client.query(statements.join(';\n'))),
    isRetriable: (error) =>
      error instanceof Error && 'code' in error && typeof error.code === 'string' && RETRY_CODES.has(error.code),
    end: () => client.end(),
  };
}

export async function postgresClient(url: string, index: number): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: `legacy-workload-${index}` });
  // A lost connection shows in the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SET deadlock_timeout = 100').catch(() => undefined); // superusers only; without it slower
  return client;
}

/** pg gives one result for each statement; only those that write count rows. */
function rowsOf(results: pg.QueryResult | pg.QueryResult[]): number {
  const writes = new Set(['INSERT', 'UPDATE', 'DELETE']);
  return [results]
    .flat()
    .filter((result) => writes.has(result.command))
    .reduce((sum, result) => sum + (result.rowCount ?? 0), 0);
}
