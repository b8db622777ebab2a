/**
 * The Debezium connector's configuration: connector.json with the caller's own place and names in it.
 *
 * In:  overrides, all optional. Out: properties as Kafka Connect's REST interface takes them (all texts).
 * README.md explains every setting.
 */
import { readFileSync } from 'node:fs';

export interface ConnectorOverrides {
  /** PostgreSQL as the Connect worker sees it. */
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** topic.prefix: the first part of every topic name, and Dragoman's source name. */
  readonly prefix?: string;
  /** Name of replication slot and publication, one for each connector of a database. */
  readonly slot?: string;
  /** Any other property; wins over everything. */
  readonly properties?: Readonly<Record<string, string>>;
}

export function connectorConfig(overrides: ConnectorOverrides = {}): Record<string, string> {
  const config = JSON.parse(readFileSync(new URL('connector.json', import.meta.url), 'utf8')) as Record<string, string>;
  const { host, port, user, password, database, prefix, slot } = overrides;
  const places: Record<string, string | undefined> = {
    'database.hostname': host,
    'database.port': port?.toString(),
    'database.user': user,
    'database.password': password,
    'database.dbname': database,
    'slot.name': slot,
    'publication.name': slot,
    ...(prefix === undefined ? {} : prefixed(prefix)),
  };
  for (const [name, value] of Object.entries(places)) {
    if (value !== undefined) config[name] = value;
  }
  return { ...config, ...overrides.properties };
}

/** The group of one-partition topics names them, so it follows the prefix. */
function prefixed(prefix: string): Record<string, string> {
  const pattern = prefix.replaceAll('.', '\\.');
  return {
    'topic.prefix': prefix,
    'topic.creation.boundaries.include': `${pattern}\\.transaction,__debezium-heartbeat\\.${pattern}`,
  };
}
