/** Address of a database -> the database, by the driver of whoever brings one. Drivers are no dependency of a service that runs without. */
import { DragomanError } from '../../errors.js';
import { type Database, unreadable } from './database.js';

const KINDS: Readonly<Record<string, 'pg' | 'mysql2'>> = {
  'postgres:': 'pg',
  'postgresql:': 'pg',
  'mariadb:': 'mysql2',
  'mysql:': 'mysql2',
};

/**
 * @param address `postgres://user@host:5432/database`, `mariadb://user@host:3306/database`.
 * @param password of the user, where the address has none.
 * @throws DragomanError COMMAND_INVALID, DRIVER_MISSING, DATABASE_UNREADABLE
 */
export async function openDatabase(address: string, password: string | null): Promise<Database> {
  const url = urlOf(address);
  const driver = KINDS[url.protocol];
  if (driver === undefined)
    throw new DragomanError(
      'COMMAND_INVALID',
      `Databases are looked at by postgres://, mariadb:// or mysql://, not by ${url.protocol}//. For other ones, look at a recording or at the topics.`,
    );
  if (password !== null && url.password === '') url.password = encodeURIComponent(password);
  try {
    return driver === 'pg'
      ? await (await import('./postgres.js')).openPostgres(url)
      : await (await import('./mysql.js')).openMysql(url);
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
