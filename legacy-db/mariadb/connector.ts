/** The configuration of Debezium's MariaDB connector: connector.json with the caller's own place and names in it. */
import { readFileSync } from 'node:fs';

export interface MariadbConnectorPlace {
  /** The server as the Connect worker sees it. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** For the connector's own topic, which it writes to by itself. */
  readonly bootstrapServers: readonly string[];
  /** topic.prefix */
  readonly prefix: string;
  /** Not that of any other reader of the binlog. */
  readonly serverId: number;
  /** Any other property; wins over everything. */
  readonly properties?: Readonly<Record<string, string>>;
}

export function mariadbConnectorConfig(place: MariadbConnectorPlace): Record<string, string> {
  const file = new URL('connector.json', import.meta.url);
  const { prefix } = place;
  const pattern = prefix.replaceAll('.', '\\.');
  return {
    ...(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>),
    'database.hostname': place.host,
    'database.port': String(place.port),
    'database.user': place.user,
    'database.password': place.password,
    'database.server.id': String(place.serverId),
    'topic.prefix': prefix,
    'topic.creation.boundaries.include': `${pattern}\\.transaction,__debezium-heartbeat\\.${pattern}`,
    'schema.history.internal.kafka.bootstrap.servers': place.bootstrapServers.join(','),
    'schema.history.internal.kafka.topic': `${prefix}.schema-history`,
    ...place.properties,
  };
}
