/** Debezium's connectors by the name that the config uses. */
import type { Connector } from './connector.js';
import { db2 } from './connectors/db2.js';
import { mariadb } from './connectors/mariadb.js';
import { mysql } from './connectors/mysql.js';
import { oracle } from './connectors/oracle.js';
import { postgresql } from './connectors/postgresql.js';
import { sqlserver } from './connectors/sqlserver.js';

export const CONNECTOR_NAMES = ['postgresql', 'mysql', 'mariadb', 'sqlserver', 'oracle', 'db2'] as const;
export type ConnectorName = (typeof CONNECTOR_NAMES)[number];

export const CONNECTORS: Readonly<Record<ConnectorName, Connector>> = {
  postgresql,
  mysql,
  mariadb,
  sqlserver,
  oracle,
  db2,
};
