/** Debezium's connectors by the name that the config uses. */
import type { Connector } from './connector.js';
import { postgresql } from './connectors/postgresql.js';

export type ConnectorName = 'postgresql' | 'mysql' | 'mariadb' | 'sqlserver' | 'oracle' | 'db2';

export const CONNECTORS: Readonly<Record<ConnectorName, Connector>> = {
  postgresql,
  mysql: postgresql,
  mariadb: postgresql,
  sqlserver: postgresql,
  oracle: postgresql,
  db2: postgresql,
};
