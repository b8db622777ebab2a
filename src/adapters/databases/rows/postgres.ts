/** Rows of PostgreSQL, as texts that do not depend on settings of the server. */
import pg from 'pg';
import { positionOf } from '../../../domain/source/position.js';
import type { SqlTexts } from '../../../domain/tables/sql-column.js';
import { KEYS } from '../postgres.js';
import { STATEMENT_MS_MAX, unreadable } from '../database.js';
import type {
  AskedColumn,
  AskedTable,
  DatabaseRows,
  RealColumn,
  RealTable,
  WalkedRow,
} from '../../../reconcile/source/ports.js';
import { type Ask, quotedName, type Sought, type Texts, walked } from './asking.js';

/** As this file's texts are read by `decode/sql`. */
const SETTINGS = `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC';
  SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 1; SET statement_timeout = ${STATEMENT_MS_MAX}`;

export async function openPostgresRows(url: URL): Promise<DatabaseRows> {
  const client = new pg.Client({ connectionString: url.href, application_name: 'dragoman reconcile', keepAlive: true });
  // What breaks while nothing is asked is told by the next statement.
  client.on('error', () => undefined);
  await client.connect();
  const ask: Ask = async (sql, values = []) => {
    try {
      const { rows } = await client.query<Texts>({ text: sql, values: [...values], rowMode: 'array', types: AS_TEXT });
      return rows;
    } catch (cause) {
      throw unreadable(url, cause);
    }
  };
  await client.query(SETTINGS);
  return {
    origin: `PostgreSQL database ${decodeURIComponent(url.pathname.slice(1))} on ${url.host}`,
    tables: () => tablesOf(ask),
    count: async (table) => Number((await ask(`SELECT count(*) FROM ${nameOf(table)}`))[0]?.[0]),
    after: (table, after, countMax) => rowsAfter(ask, table, after, countMax),
    find: (table, by, values, isLoose) => found(ask, table, { by, values, isLoose }),
    position: async () => positionOf((await ask(POSITION))[0]?.[0] ?? ''),
    end: () => client.end(),
  };
}

const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** Leaf partitions too. A domain stands for what it is based on. */
const COLUMNS = `
  SELECT c.oid::int8, n.nspname || '.' || c.relname, c.reltuples::int8, a.attname,
         CASE WHEN t.typtype = 'd' THEN b.typname ELSE t.typname END, NOT (a.attnotnull OR t.typnotnull),
         quote_ident(s.nspname) || '.' || quote_ident(t.typname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace s ON s.oid = t.typnamespace LEFT JOIN pg_type b ON b.oid = t.typbasetype
   WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
     AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY c.oid, a.attnum`;

async function tablesOf(ask: Ask): Promise<readonly RealTable[]> {
  const columns = await ask(COLUMNS);
  const keys = await ask(`SELECT table_id, columns FROM (${KEYS}) AS k`, [[...new Set(columns.map(([id]) => id))]]);
  const keyOf = new Map(keys.map(([id, names]) => [id, JSON.parse(names ?? '[]') as string[]]));
  const tables = new Map<string, RealTable & { readonly columns: RealColumn[] }>();
  for (const [id = '', name, rows, column, sqlType, isNullable, castTo] of columns) {
    const known = tables.get(id ?? '');
    const made = { name: column ?? '', sqlType: sqlType ?? '', isNullable: isNullable === 't', castTo: castTo ?? '' };
    if (known) known.columns.push(made);
    else {
      const rowsAbout = Number(rows) < 0 ? null : Number(rows);
      tables.set(id ?? '', { name: name ?? '', columns: [made], key: keyOf.get(id) ?? [], rowsAbout });
    }
  }
  return [...tables.values()];
}

const nameOf = (name: string): string => quotedName(name, pg.escapeIdentifier);

const columnOf = ({ name }: Pick<AskedColumn, 'name'>): string => `t.${pg.escapeIdentifier(name)}`;

function expressionOf(column: AskedColumn): string {
  const name = columnOf(column);
  const { type, sqlType } = column;
  if (type.kind === 'decimal' && sqlType === 'money') return `${name}::numeric`;
  if (type.kind === 'hstore') return `to_json(${name})`;
  if (type.kind !== 'array') return name;
  // As texts: of numbers no digit is lost, and of times the form is this one. A cast of char(n) would take its blanks.
  return type.element.kind === 'text' || type.element.kind === 'code'
    ? `array_to_json(${name})`
    : `array_to_json(${name}::text[])`;
}

/** Text -> the column's own type, so that its index is used. */
const cast = (text: string, { castTo }: AskedColumn): string => `${text}::${castTo}`;

const listOf = ({ columns }: AskedTable): string[] => columns.map(expressionOf);

async function rowsAfter(
  ask: Ask,
  table: AskedTable,
  after: readonly string[] | null,
  countMax: number,
): Promise<readonly WalkedRow[]> {
  const key = table.key.map(columnOf);
  const list = [...listOf(table), ...table.key.map((column) => `${columnOf(column)}::text`)];
  const behind = table.key.map((column, i) => cast(`$${i + 2}::text`, column));
  const where = after === null ? '' : `WHERE (${key.join(', ')}) > (${behind.join(', ')})`;
  const sql = `SELECT ${list.join(', ')} FROM ${nameOf(table.name)} AS t ${where} ORDER BY ${key.join(', ')} LIMIT $1`;
  return walked(await ask(sql, [countMax, ...(after ?? [])]), table);
}

async function found(ask: Ask, table: AskedTable, { by, values, isLoose }: Sought): Promise<readonly SqlTexts[]> {
  if (values.length === 0) return [];
  const lists = by.map(({ sqlType }, i) =>
    values.map((value) => (sqlType === 'bytea' ? `\\x${value[i] ?? ''}` : (value[i] ?? ''))),
  );
  const arrays = by.map((_, i) => `$${i + 1}::text[]`);
  const names = by.map((_, i) => `k${i}`);
  const same = by.map((column, i) =>
    isLoose && column.type.kind === 'text'
      ? `rtrim(${columnOf(column)}::text) = rtrim(k.k${i})`
      : `${columnOf(column)} = ${cast(`k.k${i}`, column)}`,
  );
  const sql =
    `SELECT ${listOf(table).join(', ')} FROM unnest(${arrays.join(', ')}) AS k (${names.join(', ')}) ` +
    `JOIN ${nameOf(table.name)} AS t ON ${same.join(' AND ')}`;
  return ask(sql, lists);
}

/** Of a replica, what it has replayed: what can be seen there is not behind it. */
const POSITION = `
  SELECT ((CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END) - '0/0'::pg_lsn)::text`;
