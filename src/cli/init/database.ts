/** What a database says of its schema, with samples of its rows. */
import { readFileSync } from 'node:fs';
import { DATABASE_PASSWORD_VARIABLE } from '../../config/environment.js';
import { openDatabase } from '../../adapters/databases/open.js';
import { DragomanError } from '../../errors.js';
import { observedTables } from '../../observed/catalogue.js';
import { counted } from '../../observed/column.js';
import type { ObservedSchema } from '../../observed/form.js';
import { referencesOf } from '../../observed/references.js';

export interface ObservedDatabase {
  readonly address: string;
  readonly passwordFile: string | undefined;
  readonly schemas: readonly string[] | null;
  readonly isWanted: (table: string) => boolean;
  /** Of each table. */
  readonly rowsMax: number;
  readonly progress: (words: string) => void;
}

const TOLD_EVERY = 25;

/** @throws DragomanError COMMAND_INVALID, DRIVER_MISSING, DATABASE_UNREADABLE, NOTHING_OBSERVED */
export async function observedInDatabase(options: ObservedDatabase): Promise<ObservedSchema> {
  const { address, passwordFile, schemas, isWanted, rowsMax, progress } = options;
  const database = await openDatabase(address, passwordOf(passwordFile));
  try {
    const { tables, foreignKeys } = await database.catalogue(schemas);
    const wanted = tables.filter(({ name }) => isWanted(name));
    const sampled = [];
    for (const [i, table] of wanted.entries()) {
      sampled.push({ table, rows: await database.sample(table, rowsMax) });
      if ((i + 1) % TOLD_EVERY === 0) progress(`${i + 1} of ${counted(wanted.length, 'table')} looked at`);
    }
    const observed = observedTables(sampled);
    const origin = `${database.origin} (${counted(tables.length, 'table')})`;
    if (observed.length > 0) return { origin, tables: observed, references: referencesOf(observed, foreignKeys) };
    throw new DragomanError(
      'NOTHING_OBSERVED',
      `No table may be read in the ${origin}. Name other schemas, or give the user SELECT on them.`,
    );
  } finally {
    await database.end();
  }
}

function passwordOf(file: string | undefined): string | null {
  if (file === undefined) return process.env[DATABASE_PASSWORD_VARIABLE] ?? null;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new DragomanError('COMMAND_INVALID', `The password file ${file} cannot be read.`, { cause });
  }
}
