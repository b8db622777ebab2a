/** The legacy system on PostgreSQL, in a database of its own; the truth comes from its audit (legacy-db/audit.sql). */
import { join } from 'node:path';
import { connectorConfig } from '../../legacy-db/connector.js';
import { installLegacyDb, removeAudit, withClient } from '../../legacy-db/database.js';
import { expectation } from '../../legacy-db/oracle/run-oracle.js';
import type { Expectation, OracleSettings } from '../../legacy-db/oracle/expected-events.js';
import { dropReplication, withDatabase } from '../stack/connector.js';
import { projectDirectory } from '../stack/directories.js';
import type { Endpoints, PostgresEndpoint } from '../stack/provider.js';
import { ORDER_TABLES, type ConnectorNames, type LegacySource, type Streamed } from './legacy-source.js';

/** Rules that say more than those of the retailer, and what the oracle knows of it. */
export interface OwnRules extends OracleSettings {
  /** Their folder. */
  readonly rules: string;
}

export class PostgresSource implements LegacySource {
  readonly kind = 'postgresql';
  readonly knowsPlaces = true;
  readonly url: string;
  readonly rules: string;
  readonly #postgres: PostgresEndpoint;
  readonly #connect: Endpoints['connect'];
  readonly #oracle: OracleSettings;

  /**
   * @param database its name: lower-case letters, digits, underscores; slots are named after it.
   * @param own absent: the rules of the retailer.
   */
  constructor(
    { postgres, connect }: Pick<Endpoints, 'postgres' | 'connect'>,
    database: string,
    { rules, ...oracle }: OwnRules = { rules: join(projectDirectory, 'rules') },
  ) {
    this.#postgres = { ...postgres, database };
    this.#connect = connect;
    this.#oracle = oracle;
    this.rules = rules;
    const { host, port, user, password } = postgres;
    this.url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  }

  install(): Promise<void> {
    return installLegacyDb({ url: this.url, audit: true });
  }

  run(...statements: readonly string[]): Promise<void> {
    return withClient(this.url, async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  }

  value(sql: string): Promise<string | null | undefined> {
    return withClient(this.url, async (client) => {
      const { rows } = await client.query<[string | null]>({ text: sql, rowMode: 'array' });
      return rows[0]?.[0];
    });
  }

  connectorConfig({ prefix, index }: ConnectorNames, properties: Readonly<Record<string, string>>) {
    const config = connectorConfig({ prefix, slot: this.#slot(index), properties });
    return { ...withDatabase(config, { connect: this.#connect, postgres: this.#postgres }) };
  }

  forgetConnector(index: number): Promise<void> {
    const slot = this.#slot(index);
    return dropReplication({ postgres: this.#postgres, slot, publication: slot });
  }

  /** `txid:lsn`; in END it is the end of the commit record. */
  commitNumber(endId: string): bigint {
    return BigInt(endId.slice(endId.indexOf(':') + 1));
  }

  async lastCommit(): Promise<bigint> {
    await this.run('SELECT audit.read_commits()');
    const tables = ORDER_TABLES.map((table) => `'${table}'`).join();
    const last = await this.value(
      `SELECT max(l.end_lsn)::text FROM audit.commit_log l
         JOIN audit.change c ON l.xid = c.xact & 4294967295 AND c.xact <> 0
        WHERE c.tab IN (${tables})`,
    );
    return BigInt(last ?? 0);
  }

  expectation({ first, gap }: Streamed): Promise<Expectation> {
    return expectation(this.url, { ...this.#oracle, sinceLsn: first - 1n, ...(gap === undefined ? {} : { gap }) });
  }

  async remove(): Promise<void> {
    await removeAudit(this.url);
    const { database } = this.#postgres;
    await withClient(this.url.replace(/[^/]*$/, 'postgres'), (client) =>
      client.query(`DROP DATABASE ${client.escapeIdentifier(database)} WITH (FORCE)`),
    );
  }

  #slot(index: number): string {
    return `${this.#postgres.database}_${index}`;
  }
}
