/** Debezium's connectors by the name that the config uses. */
import type { Connector } from './connector.js';
import { db2 } from './db2.js';
import { mariadb } from './mariadb.js';
import { mysql } from './mysql.js';
import { oracle } from './oracle.js';
import { postgresql } from './postgresql.js';
import { sqlserver } from './sqlserver.js';

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
