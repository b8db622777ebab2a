/** MySQL and MariaDB: their catalogue (information_schema) and samples, in one read-only transaction. */
import mysql, { type Connection, type ConnectionOptions, type RowDataPacket } from 'mysql2/promise';
import type { CatalogueColumn, CatalogueTable, SampledRow } from '../../observed/catalogue.js';
import type { ForeignKey } from '../../observed/references.js';
import { mysqlType } from '../../observed/sql-types/mysql.js';
import { type Catalogue, type Database, TEXT_LENGTH_MAX, unreadable } from './database.js';

const PORT = 3306;

export async function openMysql(url: URL): Promise<Database> {
  const database = databaseIn(url);
  const connection = await mysql.createConnection(mysqlSettings(url));
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await connection.query('START TRANSACTION READ ONLY');
  const ask = asking(url, connection);
  return {
    origin: `${url.protocol === 'mysql:' ? 'MySQL' : 'MariaDB'} database${database === '' ? 's' : ` ${database}`} on ${url.host}`,
    catalogue: (schemas) => catalogueOf(ask, schemas ?? (database === '' ? null : [database])),
    sample: (table, rowsMax) => sampleOf(ask, table, rowsMax),
    end: () => connection.end(),
  };
}

const databaseIn = (url: URL): string => decodeURIComponent(url.pathname.slice(1));

export function mysqlSettings(url: URL): ConnectionOptions {
  const database = databaseIn(url);
  return {
    host: url.hostname,
    port: Number(url.port === '' ? PORT : url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    ...(database === '' ? {} : { database }),
    ...(url.searchParams.get('ssl') === 'true' ? { ssl: {} } : {}),
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: true,
  };
}

type Asked = Readonly<Record<string, string | number | null>>;
type Ask = (sql: string, values?: readonly unknown[]) => Promise<Asked[]>;

const asking =
  (url: URL, connection: Connection): Ask =>
  async (sql, values = []) => {
    try {
      const [rows] = await connection.query<(RowDataPacket & Asked)[]>(sql, [...values]);
      return rows;
    } catch (cause) {
      throw unreadable(url, cause);
    }
  };

const OWN = "('mysql', 'information_schema', 'performance_schema', 'sys')";
/** @param column of a view of information_schema with the name of a database. */
const within = (column: string): string => `${column} NOT IN ${OWN} AND (? OR ${column} IN (?))`;

const TABLES = `
  SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name, TABLE_ROWS AS row_count, TABLE_COMMENT AS comment
    FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND ${within('TABLE_SCHEMA')} ORDER BY 1`;

const COLUMNS = `
  SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS in_table, COLUMN_NAME AS name, DATA_TYPE AS type, COLUMN_TYPE AS whole,
         NUMERIC_SCALE AS scale, DATETIME_PRECISION AS fraction, IS_NULLABLE AS nullable, EXTRA AS extra, COLUMN_COMMENT AS comment
    FROM information_schema.COLUMNS WHERE ${within('TABLE_SCHEMA')} ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION`;

const INDEXES = `
  SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS in_table, INDEX_NAME AS name, COLUMN_NAME AS column_name, NULLABLE AS nullable
    FROM information_schema.STATISTICS WHERE NON_UNIQUE = 0 AND ${within('TABLE_SCHEMA')} ORDER BY 1, 2, SEQ_IN_INDEX`;

const FOREIGN_KEYS = `
  SELECT CONSTRAINT_NAME AS name, CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS in_table, COLUMN_NAME AS column_name,
         CONCAT(REFERENCED_TABLE_SCHEMA, '.', REFERENCED_TABLE_NAME) AS to_table, REFERENCED_COLUMN_NAME AS to_column
    FROM information_schema.KEY_COLUMN_USAGE
   WHERE REFERENCED_TABLE_NAME IS NOT NULL AND ${within('TABLE_SCHEMA')} ORDER BY 2, 1, ORDINAL_POSITION`;

async function catalogueOf(ask: Ask, schemas: readonly string[] | null): Promise<Catalogue> {
  const values = [schemas === null, schemas ?? ['']];
  const found = await ask(TABLES, values);
  const columns = grouped(await ask(COLUMNS, values), 'in_table');
  const indexes = grouped(await ask(INDEXES, values), 'in_table');
  const foreign = grouped(await ask(FOREIGN_KEYS, values), 'in_table');
  return {
    tables: found.map((row): CatalogueTable => {
      const name = String(row.name);
      return {
        ...{ name, rowsAbout: row.row_count === null ? null : Number(row.row_count), comment: textOf(row.comment) },
        ...keyOf(indexes.get(name) ?? []),
        columns: (columns.get(name) ?? []).map(columnOf),
      };
    }),
    foreignKeys: [...foreign.values()].flatMap((rows) => [...grouped(rows, 'name').values()].map(foreignKeyOf)),
  };
}

function grouped(rows: readonly Asked[], by: string): Map<string, Asked[]> {
  const groups = new Map<string, Asked[]>();
  for (const row of rows) {
    const name = String(row[by]);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return groups;
}

/** The primary key, else the first unique index whose columns are never null. */
function keyOf(rows: readonly Asked[]): Pick<CatalogueTable, 'key' | 'keyFrom'> {
  const indexes = [...grouped(rows, 'name')].filter(([, columns]) =>
    columns.every(({ nullable, column_name: column }) => nullable !== 'YES' && column !== null),
  );
  const [name, columns] = indexes.find(([index]) => index === 'PRIMARY') ?? indexes[0] ?? [null, []];
  return {
    key: columns.map(({ column_name: column }) => String(column)),
    keyFrom: name === null || name === 'PRIMARY' ? null : `the unique index ${name}`,
  };
}

const ZERO_DATE_ASKED =
  "May it hold 0000-00-00? That comes as 1970-01-01: declare zeroDate: 'null' or 'refuse' (docs/column-types.md).";

function columnOf({ name, type, whole, scale, fraction, nullable, extra, comment }: Asked): CatalogueColumn {
  const isNullable = nullable === 'YES';
  const isDated = ['date', 'datetime', 'timestamp'].includes(String(type));
  return {
    name: String(name),
    sqlType: String(whole),
    type: mysqlType({
      name: String(type),
      whole: String(whole),
      scale: scale === null ? null : Number(scale),
      precision: fraction === null ? null : Number(fraction),
    }),
    ...(isDated && !isNullable ? { questions: [ZERO_DATE_ASKED] } : {}),
    isNullable,
    isGenerated: /\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b|\bVIRTUAL\b|\bPERSISTENT\b/i.test(String(extra)),
    comment: textOf(comment),
  };
}

const textOf = (text: unknown): string | null => (typeof text === 'string' && text.trim() !== '' ? text : null);

const foreignKeyOf = (rows: readonly Asked[]): ForeignKey => ({
  name: String(rows[0]?.name),
  table: String(rows[0]?.in_table),
  columns: rows.map(({ column_name: column }) => String(column)),
  to: String(rows[0]?.to_table),
  toColumns: rows.map(({ to_column: column }) => String(column)),
});

/** As texts, cut: nothing of a big value is fetched. */
async function sampleOf(ask: Ask, { name, columns }: CatalogueTable, rowsMax: number): Promise<readonly SampledRow[]> {
  const dot = name.indexOf('.');
  const table = [name.slice(0, dot), name.slice(dot + 1)].map((part) => mysql.escapeId(part, true)).join('.');
  const values = columns.map(
    (column, i) => `LEFT(CAST(${mysql.escapeId(column.name, true)} AS CHAR), ${TEXT_LENGTH_MAX}) AS c${i}`,
  );
  const rows = await ask(`SELECT ${values.join(', ')} FROM ${table} LIMIT ?`, [rowsMax]);
  return rows.map((row) => columns.map((_, i) => (row[`c${i}`] === null ? null : String(row[`c${i}`]))));
}
