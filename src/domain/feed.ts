/**
 * Which aggregates a table feeds, and how the aggregate of one of its rows is found. Made by the rules' `compile`, read by
 * `changeset/`.
 */
export interface Feed {
  readonly aggregate: string;
  readonly member: string;
  readonly table: string;
  readonly cardinality: 'one' | 'many';
  /** Columns of the row that hold the aggregate's key, in key order. */
  readonly keyColumns: readonly string[];
  /**
   * For a table whose primary key contains the aggregate's key: the place of each key column in the primary key.
   * Null when it does not, so that a row index (row -> aggregate) is needed: a delete carries only the primary key.
   */
  readonly keyPlaces: readonly number[] | null;
  /** What a change of the aggregate's own key means: both are parked, or the old one is deleted and the new one is new. */
  readonly onKeyChange: 'park' | 'new';
}

/** By table. */
export type Feeds = ReadonlyMap<string, readonly Feed[]>;
