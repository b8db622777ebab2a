/**
 * What a database says of its tables, with a sample of their rows -> what is observed of them, as a connector will send it. Which connector, and
 * with which settings, the database does not know: those that docs/column-types.md recommends are assumed. Pure.
 */
import type { ColumnType } from '../domain/tables/table.js';
import { counted, observedColumn } from './column.js';
import type { ObservedColumn, ObservedTable } from './form.js';
import { askedOf, type GuessedType } from './guessed-type.js';
import { withTwinsAsked } from './twins.js';
import { ColumnValues } from './values.js';

export interface CatalogueTable {
  /** As Debezium writes it. */
  readonly name: string;
  /** Of its primary key, or of a unique index without nulls. */
  readonly key: readonly string[];
  /** Null: it is the primary key. */
  readonly keyFrom: string | null;
  readonly columns: readonly CatalogueColumn[];
  /** About how many rows it has; null: nobody counted. */
  readonly rowsAbout: number | null;
  readonly comment: string | null;
}

export interface CatalogueColumn {
  readonly name: string;
  /** `numeric(12,2)`. */
  readonly sqlType: string;
  /** Null: the connector does not send it, or not so that it can be read. */
  readonly type: ColumnType | null;
  readonly questions?: readonly string[];
  readonly isNullable: boolean;
  /** The database computes it. */
  readonly isGenerated: boolean;
  readonly comment: string | null;
}

/** Rows of a table as texts, in the order of its columns; beyond some length they may be cut. */
export type SampledRow = readonly (string | null)[];

export const observedTables = (
  tables: readonly { readonly table: CatalogueTable; readonly rows: readonly SampledRow[] }[],
): ObservedTable[] =>
  withTwinsAsked(
    tables.map(({ table, rows }) => observedTable(table, rows)).sort((a, b) => (a.name < b.name ? -1 : 1)),
  );

function observedTable(table: CatalogueTable, rows: readonly SampledRow[]): ObservedTable {
  const { name, key, keyFrom, comment, rowsAbout } = table;
  const more = rowsAbout !== null && rowsAbout > rows.length ? ` of about ${rowsAbout.toLocaleString('en')}` : '';
  const said = comment === null ? [] : [`the database says: ${comment}`];
  const keyed = keyFrom === null ? [] : [`it has no primary key; its rows are known by ${keyFrom}`];
  return {
    name,
    key,
    columns: table.columns.map((column, place) => observed(column, table, valuesOf(rows, place))),
    rows: rows.length,
    evidence: [`${counted(rows.length, 'row')}${more} looked at`, ...keyed, ...said].join('; '),
    questions:
      keyFrom === null ? [] : [`Does the connector key it so? If not, name the columns in message.key.columns.`],
  };
}

function valuesOf(rows: readonly SampledRow[], place: number): ColumnValues {
  const values = new ColumnValues();
  for (const row of rows) values.add(row[place] ?? null);
  return values;
}

function observed(column: CatalogueColumn, { name: table, key }: CatalogueTable, values: ColumnValues): ObservedColumn {
  const { name, isNullable, isGenerated, comment } = column;
  const isInKey = key.includes(name);
  const made = observedColumn({
    ...{ table, name, values, isInKey },
    guess: guessOf(column, values),
    saidNullable: isNullable,
    onlyIn: null,
    leftOut: leftOutOf(column, isGenerated),
  });
  return comment === null ? made : { ...made, evidence: [...made.evidence, `the database says: ${comment}`] };
}

function leftOutOf({ type, sqlType }: CatalogueColumn, isGenerated: boolean): string | null {
  if (isGenerated) return 'the database generates it, so only rows of snapshots have it';
  return type === null ? `the connector does not send ${sqlType} so that it can be read (docs/column-types.md)` : null;
}

function guessOf({ type, sqlType, questions = [] }: CatalogueColumn, values: ColumnValues): GuessedType {
  if (type?.kind === 'boolean' && /^tinyint/.test(sqlType) && values.shareOf((text) => /^[01]$/.test(text)) < 1)
    return values.count === 0
      ? { type, evidence: sqlType, questions: ['Are there other values than 0 and 1? Then declare legacy.integer().'] }
      : { type: { kind: 'integer' }, evidence: `${sqlType}, with other values than 0 and 1`, questions };
  if (type?.kind !== 'decimal' || type.scale >= 0)
    return {
      type: type ?? { kind: 'text', trim: false },
      evidence: sqlType,
      questions: type === null ? questions : [...askedOf(type), ...questions],
    };
  const scale = Math.max(0, ...values.texts().map((text) => text.split('.')[1]?.length ?? 0));
  return {
    type: { ...type, scale },
    evidence: `${sqlType} without scale, with up to ${scale} digits after the point`,
    questions: [...questions, 'How many digits may it have after the point? A value with more is refused.'],
  };
}
