/** How a rule author names key columns, and rows that are found via another row. */
import type { TableDefinition } from '../../domain/tables/table.js';
import type { Table } from './table.js';

export type KeyValue = string | number;

/** Names columns of the row in key order; run once at load with a recording row: see `key-columns.ts`. */
export type KeyOf<R> = (row: R) => KeyValue | readonly KeyValue[];

/** A reference to a row of another member, made by {@link via}. */
export interface Via<R> {
  readonly parent: TableDefinition;
  readonly keyOf: KeyOf<R>;
}

/**
 * For rows that do not carry the aggregate's key: each belongs where the row of `parent` belongs whose primary key it holds.
 * The parent is a member of the same aggregate, and may be found via another one itself.
 *
 *     items: many(shipmentItem, via(shipment, (row) => row.shp_id))
 */
export const via = <R>(parent: Table<unknown>, key: KeyOf<R>): Via<R> => ({ parent, keyOf: key });
