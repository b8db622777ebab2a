/** A database that is looked at once: its catalogue, and a sample of each table. Nothing is written, and nothing stays open. */
import { DragomanError } from '../../errors.js';
import type { CatalogueTable, SampledRow } from '../../observed/catalogue.js';
import type { ForeignKey } from '../../observed/references.js';

export interface Database {
  /** In words, without login: `PostgreSQL database legacydb on db.example.com`. */
  readonly origin: string;
  /** That may be read, those of the system left out. @param schemas null: all. @throws DragomanError DATABASE_UNREADABLE */
  catalogue(schemas: readonly string[] | null): Promise<Catalogue>;
  /** @throws DragomanError DATABASE_UNREADABLE */
  sample(table: CatalogueTable, rowsMax: number): Promise<readonly SampledRow[]>;
  end(): Promise<void>;
}

export interface Catalogue {
  readonly tables: readonly CatalogueTable[];
  readonly foreignKeys: readonly ForeignKey[];
}

/** As much of a value as is looked at: enough to tell a code from a text. */
export const TEXT_LENGTH_MAX = 60;
/** Of one statement: whoever looks must not be in the way of those who work. */
export const STATEMENT_MS_MAX = 60_000;

/** The server's own words, never the login. */
export const unreadable = (url: URL, cause: unknown): DragomanError =>
  new DragomanError(
    'DATABASE_UNREADABLE',
    `The database at ${url.host}${url.pathname} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. A user who may ` +
      'SELECT is enough; give the password by DRAGOMAN_DATABASE_PASSWORD or --password-file.',
    { cause },
  );
