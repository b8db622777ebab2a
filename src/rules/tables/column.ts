/** One declared column: what its values are, whether it may be null or missing, and who may see it. */
import type { ColumnType } from '../../domain/tables/column-type.js';
import type { ColumnDefinition } from '../../domain/tables/table.js';

/** Carries the TypeScript type of a column; nothing has it at run time. */
declare const TYPE: unique symbol;

/** A declared column whose values have type `V`. Immutable: each modifier gives a new column. */
export interface Column<V> {
  readonly [TYPE]?: V;
  readonly definition: ColumnDefinition;
  /** The column may be NULL. */
  nullable(): Column<V | null>;
  /** Rows may lack the column, because it is new or on its way out; its value is null then. */
  optional(): Column<V | null>;
  /** Of the class `personal`: see {@link Column.classed}. */
  personal(): Column<V>;
  /** Of the class `secret`: nobody is shown its values, not even who may see personal ones. */
  secret(): Column<V>;
  /** Its values stay out of logs and dead letters, and reach only fields of contracts that carry the class (docs/privacy.md). */
  classed(name: string): Column<V>;
}

export const column = <V>(type: ColumnType): Column<V> =>
  columnOf({ type: Object.freeze(type), nullable: false, sensitivity: 'public' });

function columnOf<V>(definition: ColumnDefinition): Column<V> {
  const but = (changes: Partial<ColumnDefinition>) => ({ ...definition, ...changes });
  return {
    definition: Object.freeze(definition),
    nullable: () => columnOf<V | null>(but({ nullable: true })),
    optional: () => columnOf<V | null>(but({ optional: true })),
    personal: () => columnOf<V>(but({ sensitivity: 'personal' })),
    secret: () => columnOf<V>(but({ sensitivity: 'secret' })),
    classed: (name) => columnOf<V>(but({ sensitivity: name })),
  };
}
