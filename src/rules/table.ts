/**
 * What a legacy row means: column types, and tables made of them. A column that is not declared does not exist (G7).
 * The result of `table` is a plain `TableDefinition`; the type of its rows exists for the compiler only.
 */
import type { ColumnDefinition, ColumnType, ColumnValue, Sensitivity, TableDefinition } from '../domain/table.js';

/** Carries the TypeScript type of a column or a row; nothing has it at run time. */
declare const TYPE: unique symbol;

/** A declared column whose values have type `V`. Immutable: each modifier gives a new column. */
export interface Column<V> {
  readonly [TYPE]?: V;
  readonly definition: ColumnDefinition;
  /** The column may be NULL. */
  nullable(): Column<V | null>;
  /** Personal: stays out of logs and dead letters. */
  personal(): Column<V>;
  /** Secret: stays out of logs and dead letters. */
  secret(): Column<V>;
}

export type Columns = Readonly<Record<string, Column<unknown>>>;

/** The type of a row with these columns. */
export type RowOf<C extends Columns> = {
  readonly [K in keyof C]: C[K] extends Column<infer V> ? V : never;
};

/** A declared table; `R` is the type of its rows. */
export interface Table<R, K extends string = string> extends TableDefinition {
  readonly [TYPE]?: R;
  readonly key: readonly K[];
}

type Codes = Readonly<Record<string, string | boolean>>;

/** Column types of legacy tables. Big integers, decimals, dates and instants are texts, so that no digit is ever lost. */
export const legacy = {
  /** `trim` takes away the trailing blanks of `char(n)`. */
  text: (options: { readonly trim?: boolean } = {}) => column<string>({ kind: 'text', trim: options.trim ?? false }),
  /** Up to 32 bits: a number. */
  integer: () => column<number>({ kind: 'integer' }),
  /** 64 bits: decimal digits as text. */
  bigint: () => column<string>({ kind: 'bigint' }),
  /** Text with exactly `scale` digits after the point. */
  decimal: ({ scale }: { readonly scale: number }) => column<string>({ kind: 'decimal', scale }),
  boolean: () => column<boolean>({ kind: 'boolean' }),
  /** The meanings of the codes; a code that is not listed parks the aggregate. */
  code: <const C extends Codes>(codes: C) => column<C[keyof C]>({ kind: 'code', codes }),
  /** ISO date: `2026-02-28`. */
  date: () => column<string>({ kind: 'date' }),
  /** Local time without zone; `zone` is the one that the legacy system means. An ISO-8601 instant in UTC. */
  timestamp: ({ unit, zone }: { readonly unit: 'millis' | 'micros'; readonly zone: string }) =>
    column<string>({ kind: 'timestamp', unit, zone }),
  /** Time with zone. An ISO-8601 instant in UTC. */
  instant: () => column<string>({ kind: 'instant' }),
  uuid: () => column<string>({ kind: 'uuid' }),
  json: () => column<ColumnValue>({ kind: 'json' }),
} as const;

/**
 * Declares a legacy table.
 * @param name as Debezium writes it: `schema.table` for PostgreSQL.
 * @param shape.key primary key columns in key order; each is declared and not nullable.
 * @param shape.truncate what a TRUNCATE means: `stop` (default) until a person decided, or `ignore`: the rows stay as they are.
 */
export function table<const K extends string, C extends Columns>(
  name: string,
  shape: { readonly key: readonly (K & keyof C)[]; readonly columns: C; readonly truncate?: 'stop' | 'ignore' },
): Table<RowOf<C>, K> {
  const columns = Object.fromEntries(
    Object.entries(shape.columns).map(([column, { definition }]) => [column, definition]),
  );
  const { truncate = 'stop' } = shape;
  return Object.freeze({ name, key: Object.freeze([...shape.key]), columns: Object.freeze(columns), truncate });
}

function column<V>(type: ColumnType, nullable = false, sensitivity: Sensitivity = 'public'): Column<V> {
  return {
    definition: Object.freeze({ type: Object.freeze(type), nullable, sensitivity }),
    nullable: () => column<V | null>(type, true, sensitivity),
    personal: () => column<V>(type, nullable, 'personal'),
    secret: () => column<V>(type, nullable, 'secret'),
  };
}
