/**
 * MariaDB's transaction ids: a GTID `domain-server-sequence`. Proven with connector 3.2.0 and MariaDB 10.11. Older releases of
 * Debezium read MariaDB with MySQL's connector, whose records say `mysql`.
 */
import { positionOf } from '../../domain/source/position.js';
import { binlogConnector } from './binlog.js';

const GTID = /^((\d{1,10}-)\d{1,10})-(\d{1,20})$/;

export const mariadb = binlogConnector(['mariadb', 'mysql'], (id) => {
  const [, stream, domain, number] = GTID.exec(id) ?? [];
  if (stream === undefined || domain === undefined || number === undefined) return null;
  return { stream, number: positionOf(number), domain };
});
