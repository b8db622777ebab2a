/** Address of a database -> the database, by the driver of whoever brings one. Drivers are no dependency of a service that runs without. */
import { DragomanError } from '../../errors.js';
import { type Database, unreadable } from './database.js';
import type { DatabaseRows } from '../../reconcile/source/ports.js';

const KINDS: Readonly<Record<string, 'pg' | 'mysql2'>> = {
  'postgres:': 'pg',
  'postgresql:': 'pg',
  'mariadb:': 'mysql2',
  'mysql:': 'mysql2',
};

type Open<T> = (url: URL) => Promise<T>;

/**
 * To be looked at once, in one transaction.
 * @param address `postgres://user@host:5432/database`, `mariadb://user@host:3306/database`.
 * @param password of the user, where the address has none.
 * @throws DragomanError COMMAND_INVALID, DRIVER_MISSING, DATABASE_UNREADABLE
 */
export const openDatabase = (address: string, password: string | null): Promise<Database> =>
  opened(address, password, {
    pg: async (url) => (await import('./postgres.js')).openPostgres(url),
    mysql2: async (url) => (await import('./mysql.js')).openMysql(url),
  });

/** To be read row by row; likewise. */
export const openRows = (address: string, password: string | null): Promise<DatabaseRows> =>
  opened(address, password, {
    pg: async (url) => (await import('./rows/postgres.js')).openPostgresRows(url),
    mysql2: async (url) => (await import('./rows/mysql.js')).openMysqlRows(url),
  });

async function opened<T>(
  address: string,
  password: string | null,
  by: Readonly<Record<'pg' | 'mysql2', Open<T>>>,
): Promise<T> {
  const url = urlOf(address);
  const driver = KINDS[url.protocol];
  if (driver === undefined)
    throw new DragomanError(
      'COMMAND_INVALID',
      `Databases are looked at by postgres://, mariadb:// or mysql://, not by ${url.protocol}//. For other ones, look at a recording or at the topics.`,
    );
  if (password !== null && url.password === '') url.password = encodeURIComponent(password);
  try {
    return await by[driver](url);
  } catch (error) {
    if (isMissing(error, driver)) throw driverMissing(driver, error);
    throw error instanceof DragomanError ? error : unreadable(url, error);
  }
}

function urlOf(address: string): URL {
  try {
    return new URL(address);
  } catch {
    throw new DragomanError(
      'COMMAND_INVALID',
      'The address of a database looks like postgres://user@host:5432/database or mariadb://user@host:3306/database.',
    );
  }
}

const isMissing = (error: unknown, driver: string): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes(`'${driver}'`);

const driverMissing = (driver: string, cause: unknown): DragomanError =>
  new DragomanError(
    'DRIVER_MISSING',
    `Looking at this database needs the package ${driver}, which is not installed: Dragoman itself reads topics only. npm install --save-dev ${driver}`,
    { cause },
  );
