/** Opens a connection to whichever server the URL names. */
import { mariadbConnection } from '../../mariadb/connection.js';
import type { Connection } from './connection.js';
import { postgresConnection } from './postgres.js';

export const isMariadb = (url: string): boolean => url.startsWith('mariadb:');

/** @param index of this connection among those of one workload. */
export function openConnection(url: string, index: number): Promise<Connection> {
  return isMariadb(url) ? mariadbConnection(url) : postgresConnection(url, index);
}
