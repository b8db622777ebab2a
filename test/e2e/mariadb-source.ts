/** The legacy system on MariaDB; the truth comes from the server's own binlog. One source for each server: its database is `oms`. */
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DATABASE, mariadbExpectation } from '../../legacy-db/mariadb/binlog-history.js';
import { MariadbClient } from '../../legacy-db/mariadb/client.js';
import { mariadbConnectorConfig } from '../../legacy-db/mariadb/connector.js';
import type { Expectation } from '../../legacy-db/oracle/expected-events.js';
import { projectDirectory } from '../stack/directories.js';
import type { Endpoints } from '../stack/provider.js';
import type { ConnectorNames, LegacySource, Streamed } from './legacy-source.js';

const SERVER_ID = 184_000;
const legacyDirectory = join(projectDirectory, 'legacy-db', 'mariadb');

export class MariadbSource implements LegacySource {
  readonly kind = 'mariadb';
  /** mariadb-binlog does not print which row of which event a row is. */
  readonly knowsPlaces = false;
  readonly url: string;
  readonly rules: string;
  readonly #endpoints: Pick<Endpoints, 'mariadb' | 'kafka'>;

  /** @param directory where its rules go: those of rules/, with what differs laid over them. */
  constructor(endpoints: Pick<Endpoints, 'mariadb' | 'kafka'>, directory: string) {
    const { host, port, user, password } = endpoints.mariadb;
    this.#endpoints = endpoints;
    this.url = `mariadb://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`;
    this.rules = join(directory, 'rules');
  }

  async install(): Promise<void> {
    await cp(join(projectDirectory, 'rules'), this.rules, {
      recursive: true,
      filter: (path) => !/\.test\.ts$/.test(path),
    });
    await cp(join(legacyDirectory, 'rules'), this.rules, { recursive: true });
    await this.run(await readFile(join(legacyDirectory, 'schema.sql'), 'utf8'));
  }

  async run(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.value(statement);
  }

  connectorConfig({ prefix, index }: ConnectorNames, properties: Readonly<Record<string, string>>) {
    const { mariadb, kafka } = this.#endpoints;
    const { bootstrapServers } = kafka;
    return mariadbConnectorConfig({ ...mariadb, bootstrapServers, prefix, serverId: SERVER_ID + index, properties });
  }

  /** Nothing: the server does not know who reads its binlog. */
  forgetConnector(): Promise<void> {
    return Promise.resolve();
  }

  /** A GTID, `domain-server-number`: one domain and one server, in strict mode. */
  commitNumber(endId: string): bigint {
    return BigInt(endId.slice(endId.lastIndexOf('-') + 1));
  }

  /** Of all databases: nobody else writes. */
  async lastCommit(): Promise<bigint> {
    return this.commitNumber((await this.value('SELECT @@gtid_binlog_pos')) ?? '');
  }

  expectation({ first }: Streamed): Promise<Expectation> {
    return mariadbExpectation(this.url, first);
  }

  remove(): Promise<void> {
    return this.run(`DROP DATABASE ${DATABASE}`);
  }

  async value(sql: string): Promise<string | null | undefined> {
    const client = await MariadbClient.connect(this.url);
    try {
      return (await client.query(sql)).at(-1)?.rows[0]?.[0];
    } finally {
      await client.end();
    }
  }
}
