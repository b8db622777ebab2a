/**
 * Setting up the legacy database: `schema.sql`, and `audit.sql` for those who want the oracle.
 *
 * In:  a connection URL whose database may not exist yet. Out: the database, ready to be written to.
 * Both steps may be repeated. Every file is sent as one simple query, so it carries its own transaction blocks.
 */
import { readFile } from 'node:fs/promises';
import pg from 'pg';

/** What a developer's own stack listens on; tests always give their URL. */
export const DEFAULT_URL = 'postgres://postgres:postgres@127.0.0.1:5432/legacydb';

export interface LegacySetup {
  readonly url: string;
  /** Also install the audit that the oracle reads; needs wal_level=logical and a free replication slot. */
  readonly audit?: boolean;
}

/** Creates the database if it is missing, then the schema and, if wanted, the audit. */
export async function installLegacyDb(setup: LegacySetup): Promise<void> {
  await createDatabase(setup.url);
  await withClient(setup.url, async (client) => {
    await client.query(await sqlFile('schema.sql'));
    if (setup.audit === true) await client.query(await sqlFile('audit.sql'));
  });
}

/** Takes the audit's slot away, so that the server may drop old log, and its triggers with the schema. */
export async function removeAudit(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'dragoman_audit'`,
    );
    await client.query('DROP PUBLICATION IF EXISTS dragoman_audit; DROP SCHEMA IF EXISTS audit CASCADE');
  });
}

/** One connection for the length of `use`; notices are dropped. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // a connection that is lost shows in the next query
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Text of an SQL file of this folder. */
export function sqlFile(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8');
}

/** The database that the URL names, if it is missing. */
export async function createDatabase(url: string): Promise<void> {
  const target = new URL(url);
  const name = decodeURIComponent(target.pathname.slice(1));
  target.pathname = '/postgres';
  await withClient(target.href, async (client) => {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
}
