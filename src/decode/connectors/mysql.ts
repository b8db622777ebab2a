/**
 * MySQL's transaction ids: a GTID `uuid:n`, tagged `uuid:tag:n` (8.3 and newer), or `file=..,pos=..`. Not proven on a real server:
 * written from Debezium's sources; the rest of the source block is the one that MariaDB's recordings prove.
 */
import { positionOf } from '../../domain/source/position.js';
import { binlogConnector } from './binlog.js';

const GTID = /^([0-9a-fA-F-]{36}(?::[a-z_][a-z0-9_]{0,31})?):(\d{1,20})$/;

export const mysql = binlogConnector(['mysql'], (id) => {
  const [, stream, number] = GTID.exec(id) ?? [];
  return stream === undefined || number === undefined ? null : { stream, number: positionOf(number), domain: null };
});
