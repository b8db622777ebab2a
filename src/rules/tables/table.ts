/**
 * What a legacy row means: a table, made of columns. A column that is not declared does not exist (G7).
 * The result of `table` is a plain `TableDefinition`; the type of its rows exists for the compiler only.
 */
import type { TableDefinition } from '../../domain/tables/table.js';
import type { Column } from './column.js';

export type { Column } from './column.js';
export { legacy } from './legacy.js';

/** Carries the TypeScript type of a row; nothing has it at run time. */
declare const TYPE: unique symbol;

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

/**
 * Declares a legacy table.
 * @param name as Debezium writes it: `schema.table` for PostgreSQL.
 * @param shape.key primary key columns in key order; each is declared and not nullable.
 * @param shape.primaryKey false: the table has none, and you vouch that `key` tells its rows apart (docs/replica-identity.md).
 * @param shape.replicaIdentity PostgreSQL's, if a key may be 0 or empty (docs/replica-identity.md).
 * @param shape.truncate what a TRUNCATE means: `stop` (default) until a person decided, or `ignore`: the rows stay as they are.
 */
export function table<const K extends string, C extends Columns>(
  name: string,
  shape: {
    readonly key: readonly (K & keyof C)[];
    readonly columns: C;
    readonly primaryKey?: boolean;
    readonly replicaIdentity?: 'default' | 'full';
    readonly truncate?: 'stop' | 'ignore';
  },
): Table<RowOf<C>, K> {
  const columns = Object.fromEntries(
    Object.entries(shape.columns).map(([column, { definition }]) => [column, definition]),
  );
  const { key, primaryKey, replicaIdentity, truncate = 'stop' } = shape;
  const stated = {
    ...(replicaIdentity === undefined ? {} : { replicaIdentity }),
    ...(primaryKey === false ? { isKeyless: true as const } : {}),
  };
  return Object.freeze({ name, key: Object.freeze([...key]), columns: Object.freeze(columns), truncate, ...stated });
}
