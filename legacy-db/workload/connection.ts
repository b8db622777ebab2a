/** A connection that the workload writes through, to whichever server the URL names. */
import { mariadbConnection } from '../mariadb/connection.js';
import { postgresConnection } from './postgres-connection.js';

export interface Connection {
  /** Runs the statements in one round trip, up to the first that fails. @returns how many rows they have written. */
  run(statements: readonly string[]): Promise<number>;
  /** A deadlock and its like: the same transaction may well go through when tried again. */
  isRetriable(error: unknown): boolean;
  end(): Promise<void>;
}

export const isMariadb = (url: string): boolean => url.startsWith('mariadb:');

/** @param index of this connection among those of one workload. */
export function openConnection(url: string, index: number): Promise<Connection> {
  return isMariadb(url) ? mariadbConnection(url) : postgresConnection(url, index);
}
