/** Rows of MySQL and MariaDB, as texts. */
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { type Position, positionOf } from '../../../domain/source/position.js';
import type { SqlTexts } from '../../../domain/tables/sql-column.js';
import { STATEMENT_MS_MAX, unreadable } from '../database.js';
import { mysqlSettings } from '../mysql.js';
import type {
  AskedColumn,
  AskedTable,
  DatabaseRows,
  RealColumn,
  RealTable,
  WalkedRow,
} from '../../../reconcile/source/ports.js';
import { type Ask, quotedName, type Sought, type Texts, walked } from './asking.js';

export async function openMysqlRows(url: URL): Promise<DatabaseRows> {
  const connection = await mysql.createConnection({
    ...mysqlSettings(url),
    rowsAsArray: true,
    typeCast: (field) => field.string(),
    enableKeepAlive: true,
  });
  connection.on('error', () => undefined);
  const ask = asking(url, connection);
  await ask('SET SESSION TRANSACTION READ ONLY');
  await ask("SET SESSION time_zone = '+00:00', sql_mode = ''");
  await limitStatements(ask);
  return {
    origin: `${url.protocol === 'mysql:' ? 'MySQL' : 'MariaDB'} on ${url.host}`,
    tables: () => tablesOf(ask),
    count: async (table) => Number((await ask(`SELECT count(*) FROM ${nameOf(table)}`))[0]?.[0]),
    after: (table, after, countMax) => rowsAfter(ask, table, after, countMax),
    find: (table, by, values, isLoose) => found(ask, table, { by, values, isLoose }),
    position: () => positionNow(ask),
    end: () => connection.end(),
  };
}

const asking =
  (url: URL, connection: Connection): Ask =>
  async (sql, values = []) => {
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql, [...values]);
      return rows as unknown as Texts[];
    } catch (cause) {
      throw unreadable(url, cause);
    }
  };

/** In seconds with MariaDB, in milliseconds with MySQL. */
const limitStatements = (ask: Ask): Promise<unknown> =>
  ask(`SET SESSION max_statement_time = ${STATEMENT_MS_MAX / 1_000}`).catch(() =>
    ask(`SET SESSION max_execution_time = ${STATEMENT_MS_MAX}`),
  );

const OWN = "('mysql', 'information_schema', 'performance_schema', 'sys')";

const COLUMNS = `
  SELECT CONCAT(c.TABLE_SCHEMA, '.', c.TABLE_NAME), t.TABLE_ROWS, c.COLUMN_NAME, c.DATA_TYPE, c.IS_NULLABLE
    FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
   WHERE t.TABLE_TYPE = 'BASE TABLE' AND c.TABLE_SCHEMA NOT IN ${OWN} ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION`;

/** PRIMARY before all others. */
const KEYS = `
  SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME), INDEX_NAME, COLUMN_NAME, NULLABLE, SUB_PART
    FROM information_schema.STATISTICS WHERE NON_UNIQUE = 0 AND TABLE_SCHEMA NOT IN ${OWN}
   ORDER BY 1, INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX`;

async function tablesOf(ask: Ask): Promise<readonly RealTable[]> {
  const keys = new Map<string, string[]>();
  const indexes = new Map<string, { readonly table: string; names: string[]; isFit: boolean }>();
  for (const [table, index, column, nullable, part] of await ask(KEYS)) {
    const name = `${table ?? ''}\u0000${index ?? ''}`;
    const known = indexes.get(name) ?? { table: table ?? '', names: [], isFit: true };
    indexes.set(name, known);
    if (column === null || nullable === 'YES' || part !== null) known.isFit = false;
    else known.names.push(column ?? '');
  }
  for (const { table, names, isFit } of indexes.values()) if (isFit && !keys.has(table)) keys.set(table, names);
  const tables = new Map<string, RealTable & { readonly columns: RealColumn[] }>();
  for (const [table, rows, column, sqlType, nullable] of await ask(COLUMNS)) {
    const name = table ?? '';
    const type = (sqlType ?? '').toLowerCase();
    const made = { name: column ?? '', sqlType: type, isNullable: nullable === 'YES', castTo: '' };
    const known = tables.get(name);
    if (known) known.columns.push(made);
    else {
      const rowsAbout = rows === null ? null : Number(rows);
      tables.set(name, { name, columns: [made], key: keys.get(name) ?? [], rowsAbout });
    }
  }
  return [...tables.values()];
}

const nameOf = (name: string): string => quotedName(name, (part) => mysql.escapeId(part, true));

const columnOf = ({ name }: Pick<AskedColumn, 'name'>): string => mysql.escapeId(name, true);

const BINARY: ReadonlySet<string> = new Set(['binary', 'varbinary', 'blob', 'tinyblob', 'mediumblob', 'longblob']);

function expressionOf(column: AskedColumn): string {
  const name = columnOf(column);
  const { type, sqlType } = column;
  if (type.kind === 'point') return `CONCAT('(', ST_X(${name}), ',', ST_Y(${name}), ')')`;
  if (type.kind === 'geometry') return `CONCAT(ST_SRID(${name}), ';', HEX(ST_AsWKB(${name})))`;
  if (sqlType === 'bit') return type.kind === 'bits' ? `BIN(${name} + 0)` : `${name} + 0`;
  if (sqlType === 'float') return `CAST(${name} AS DOUBLE)`;
  return BINARY.has(sqlType) ? `HEX(${name})` : name;
}

const NUMBERS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'year']);
const NUMBER = /^-?\d+(\.\d+)?$/;

/** As the column's own type is written, so that its index is used and no digit is lost. */
function literal(text: string, { sqlType }: AskedColumn): string {
  if (NUMBERS.has(sqlType) && NUMBER.test(text)) return text;
  if (BINARY.has(sqlType) && /^[0-9a-f]*$/i.test(text)) return `x'${text}'`;
  return mysql.escape(text);
}

const listOf = ({ columns }: AskedTable): string[] => columns.map(expressionOf);

async function rowsAfter(
  ask: Ask,
  table: AskedTable,
  after: readonly string[] | null,
  countMax: number,
): Promise<readonly WalkedRow[]> {
  const key = table.key.map(columnOf);
  const list = [...listOf(table), ...table.key.map(expressionOf)];
  const where = after === null ? '' : `WHERE ${behind(table.key, after)}`;
  const sql = `SELECT ${list.join(', ')} FROM ${nameOf(table.name)} ${where} ORDER BY ${key.join(', ')} LIMIT ${countMax}`;
  return walked(await ask(sql), table);
}

/** Of columns (a, b): `a >= 1 AND (a > 1 OR (b > 2))`. A comparison of rows would not use the index. */
function behind([first, ...rest]: readonly AskedColumn[], [value = '', ...values]: readonly string[]): string {
  if (first === undefined) return 'FALSE';
  const [name, text] = [columnOf(first), literal(value, first)];
  if (rest.length === 0) return `${name} > ${text}`;
  return `${name} >= ${text} AND (${name} > ${text} OR (${behind(rest, values)}))`;
}

async function found(ask: Ask, table: AskedTable, { by, values, isLoose }: Sought): Promise<readonly SqlTexts[]> {
  if (values.length === 0) return [];
  const loose = (column: AskedColumn): boolean => isLoose && column.type.kind === 'text';
  const names = by.map((column) => (loose(column) ? `TRIM(TRAILING ' ' FROM ${columnOf(column)})` : columnOf(column)));
  const tuples = values.map((value) => `(${by.map((column, i) => literal(value[i] ?? '', column)).join(', ')})`);
  const sql = `SELECT ${listOf(table).join(', ')} FROM ${nameOf(table.name)} WHERE (${names.join(', ')}) IN (${tuples.join(', ')})`;
  return ask(sql);
}

/** `SHOW MASTER STATUS` has another name since MySQL 8.4. */
async function positionNow(ask: Ask): Promise<Position> {
  const [row] = await ask('SHOW MASTER STATUS').catch(() => ask('SHOW BINARY LOG STATUS'));
  const number = /\.(\d{1,10})$/.exec(row?.[0] ?? '')?.[1] ?? '0';
  return `${number.padStart(FILE_DIGITS, '0')}:${positionOf(row?.[1] ?? '0')}` as Position;
}

/** As `decode/connectors/binlog.ts` writes it. */
const FILE_DIGITS = 10;
