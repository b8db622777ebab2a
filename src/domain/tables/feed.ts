/**
 * Which aggregates a table feeds, and how the aggregate of one of its rows is found. Made by the rules' `compile`, read by
 * `changeset/` and `translate/`.
 */
import type { AggregateRef } from '../change-set.js';

export interface Feed {
  readonly aggregate: string;
  readonly member: string;
  readonly table: string;
  readonly cardinality: 'one' | 'many';
  /** Columns of the row that hold the aggregate's key, in key order; or the primary key of the row that it belongs to (`via`). */
  readonly keyColumns: readonly string[];
  /**
   * For a table whose primary key contains the aggregate's key: the place of each key column in the primary key.
   * Null when it does not, so that a row index (row -> aggregate) is needed: a delete carries only the primary key.
   */
  readonly keyPlaces: readonly number[] | null;
  /** The member whose rows its rows name instead of the aggregate: each belongs where its parent belongs. */
  readonly via: Feed | null;
  /** Members whose rows are found via rows of this one. */
  readonly children: readonly Feed[];
  /** What a change of the aggregate's own key means: both are parked, or the old one is deleted and the new one is new. */
  readonly onKeyChange: 'park' | 'new';
}

/** By table. */
export type Feeds = ReadonlyMap<string, readonly Feed[]>;

/** Name of the states that each hold one row of a lookup table. No aggregate of a rule set can be called so. */
export const LOOKUP_AGGREGATE = '@lookup';

/** What holds a row of a lookup table: `@lookup` with the id `public.country/DE`. */
export const lookupRef = (table: string, key: string): AggregateRef => ({
  aggregate: LOOKUP_AGGREGATE,
  id: `${table}/${key}`,
});

/** The same as one text: asked for with each row that a rule looks up. */
export const lookupText = (table: string, key: string): string => `${LOOKUP_AGGREGATE}:${table}/${key}`;

const HOLDER_SUFFIX = '?';

/** Name of the states that keep rows of an aggregate until their parent is known: `order?`. No aggregate can be called so. */
export const holderName = (aggregate: string): string => `${aggregate}${HOLDER_SUFFIX}`;

/** `order` for `order?`, and for `order`. */
export const aggregateOfHolder = (name: string): string =>
  name.endsWith(HOLDER_SUFFIX) ? name.slice(0, -HOLDER_SUFFIX.length) : name;

/** Where rows wait for a row of `parent` that is not known: `order?` with the id `public.shipment/77`. */
export const holderOf = ({ aggregate, table }: Pick<Feed, 'aggregate' | 'table'>, key: string): AggregateRef => ({
  aggregate: holderName(aggregate),
  id: `${table}/${key}`,
});
