/** PostgreSQL: its catalogue (pg_catalog) and samples, in one read-only transaction, so that all of it is of one moment. */
import pg from 'pg';
import type { CatalogueColumn, CatalogueTable, SampledRow } from '../../observed/catalogue.js';
import type { ForeignKey } from '../../observed/references.js';
import { postgresType } from '../../observed/sql-types/postgresql.js';
import { type Catalogue, type Database, STATEMENT_MS_MAX, TEXT_LENGTH_MAX, unreadable } from './database.js';

export async function openPostgres(url: URL): Promise<Database> {
  const client = new pg.Client({
    connectionString: url.href,
    application_name: 'dragoman init',
    statement_timeout: STATEMENT_MS_MAX,
  });
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const ask = async <T extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<T[]> => {
    try {
      return (await client.query<T>(sql, [...values])).rows;
    } catch (cause) {
      throw unreadable(url, cause);
    }
  };
  return {
    origin: `PostgreSQL database ${decodeURIComponent(url.pathname.slice(1))} on ${url.host}`,
    catalogue: (schemas) => catalogueOf(ask, schemas),
    sample: (table, rowsMax) => sampleOf(ask, table, rowsMax),
    end: () => client.end(),
  };
}

type Ask = <T extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<T[]>;

/** Tables and partitioned tables, not their partitions; those that the user may read. */
const TABLES = `
  SELECT c.oid::int8::text AS id, n.nspname || '.' || c.relname AS name, c.reltuples::float8 AS rows, obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
     AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
     AND ($1::text[] IS NULL OR n.nspname = ANY ($1))
     AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
   ORDER BY 2`;

/** A domain stands for what it is based on. */
const COLUMNS = `
  SELECT a.attrelid::int8::text AS table_id, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS sql_type,
         coalesce(b.typname, t.typname) AS type, CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END AS modifier,
         a.attnotnull OR t.typnotnull AS is_required, a.attgenerated <> '' AS is_generated, col_description(a.attrelid, a.attnum) AS comment,
         (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid IN (a.atttypid, t.typelem, t.typbasetype)) AS labels
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
   WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY a.attrelid, a.attnum`;

/** Of a table the primary key, else the first unique index of all rows whose columns are never null. */
export const KEYS = `
  SELECT DISTINCT ON (i.indrelid) i.indrelid::int8::text AS table_id, c.relname AS name, i.indisprimary AS is_primary,
         (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number WHERE k.place <= i.indnkeyatts) AS columns
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid
     AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) AS k (number)
                       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number WHERE NOT a.attnotnull)
   ORDER BY i.indrelid, i.indisprimary DESC, c.relname`;

const FOREIGN_KEYS = `
  SELECT f.conname AS name, f.conrelid::int8::text AS table_id, f.confrelid::int8::text AS to_id,
         (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number) AS columns,
         (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.number) AS to_columns
    FROM pg_constraint f WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid = ANY ($1::oid[]) ORDER BY f.conname`;

interface ColumnRow {
  table_id: string;
  name: string;
  sql_type: string;
  type: string;
  modifier: number;
  is_required: boolean;
  is_generated: boolean;
  comment: string | null;
  labels: string[] | null;
}

async function catalogueOf(ask: Ask, schemas: readonly string[] | null): Promise<Catalogue> {
  const found = await ask<{ id: string; name: string; rows: number; comment: string | null }>(TABLES, [schemas]);
  const ids = [found.map(({ id }) => id)];
  const columns = await ask<ColumnRow>(COLUMNS, ids);
  const keys = await ask<{ table_id: string; name: string; is_primary: boolean; columns: string[] }>(KEYS, ids);
  const foreign = await ask<{ name: string; table_id: string; to_id: string; columns: string[]; to_columns: string[] }>(
    FOREIGN_KEYS,
    ids,
  );
  const names = new Map(found.map(({ id, name }) => [id, name]));
  const tables = found.map(({ id, name, rows, comment }): CatalogueTable => {
    const key = keys.find(({ table_id }) => table_id === id);
    return {
      ...{ name, comment, rowsAbout: rows < 0 ? null : rows },
      key: key?.columns ?? [],
      keyFrom: key === undefined || key.is_primary ? null : `the unique index ${key.name}`,
      columns: columns.filter(({ table_id }) => table_id === id).map(columnOf),
    };
  });
  const foreignKeys = foreign.flatMap(({ name, table_id, to_id, columns: from, to_columns }): ForeignKey[] => {
    const [table, to] = [names.get(table_id), names.get(to_id)];
    return table === undefined || to === undefined ? [] : [{ name, table, columns: from, to, toColumns: to_columns }];
  });
  return { tables, foreignKeys };
}

const columnOf = (row: ColumnRow): CatalogueColumn => ({
  name: row.name,
  sqlType: row.sql_type,
  type: postgresType({ name: row.type, modifier: row.modifier, labels: row.labels }),
  isNullable: !row.is_required,
  isGenerated: row.is_generated,
  comment: row.comment,
});

const SAMPLE_ROWS_MIN = 1;

/** As texts, cut: nothing of a big value is fetched. */
async function sampleOf(ask: Ask, { name, columns }: CatalogueTable, rowsMax: number): Promise<readonly SampledRow[]> {
  const dot = name.indexOf('.');
  const table = [name.slice(0, dot), name.slice(dot + 1)].map(pg.escapeIdentifier).join('.');
  const values = columns.map(
    (column, i) => `left(${pg.escapeIdentifier(column.name)}::text, ${TEXT_LENGTH_MAX}) AS c${i}`,
  );
  const list = values.length === 0 ? '1' : values.join(', ');
  const rows = await ask<Record<string, string | null>>(`SELECT ${list} FROM (SELECT * FROM ${table} LIMIT $1) AS t`, [
    Math.max(rowsMax, SAMPLE_ROWS_MIN),
  ]);
  return rows.map((row) => columns.map((_, i) => row[`c${i}`] ?? null));
}
