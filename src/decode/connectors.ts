/** Debezium's connectors by the name that the config uses. */
import type { Connector } from './connector.js';
import { mariadb } from './connectors/mariadb.js';
import { mysql } from './connectors/mysql.js';
import { postgresql } from './connectors/postgresql.js';

export type ConnectorName = 'postgresql' | 'mysql' | 'mariadb' | 'sqlserver' | 'oracle' | 'db2';

export const CONNECTORS: Readonly<Record<ConnectorName, Connector>> = {
  postgresql,
  mysql,
  mariadb,
  sqlserver: postgresql,
  oracle: postgresql,
  db2: postgresql,
};
