/**
 * What was observed of a legacy schema, whoever looked: a recording, topics, or the database itself. Each conclusion stands beside its
 * evidence, in words that people read: never a value of a column that looks personal. From it rules are proposed (`propose/`). Plain values.
 */
import type { ColumnType, Sensitivity } from '../domain/tables/table.js';

export interface ObservedSchema {
  /** In words: `recording orders.ndjson (549 records)`. */
  readonly origin: string;
  /** In the order of their names. */
  readonly tables: readonly ObservedTable[];
  /** Rows of one table that name a row of another one; of the tables above. */
  readonly references: readonly Reference[];
}

export interface ObservedTable {
  /** As Debezium writes it: `oms.ord_hdr`. */
  readonly name: string;
  /** Columns of its primary key, in order; empty: none was seen. */
  readonly key: readonly string[];
  /** In the order of the rows. */
  readonly columns: readonly ObservedColumn[];
  /** Rows looked at, each time they were. */
  readonly rows: number;
  /** `549 rows: 3 of a snapshot, 20 inserted, 526 updated`. */
  readonly evidence: string;
  /** What only people know of the table as a whole. */
  readonly questions: readonly string[];
}

export interface ObservedColumn {
  readonly name: string;
  /** As the connector sends it. */
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** Rows may lack it. */
  readonly optional: boolean;
  readonly sensitivity: Sensitivity;
  /** Why it is declared as it is, one conclusion each. */
  readonly evidence: readonly string[];
  /** What only people know. */
  readonly questions: readonly string[];
  /** Why it cannot be declared; null: it can. */
  readonly leftOut: string | null;
  readonly values: ValueSample;
}

/** Different values of a column as texts: those with the lowest hashes, so that two columns keep the same ones of those that they share. */
export interface ValueSample {
  readonly byHash: ReadonlyMap<number, string>;
  /** Every hash up to this one is kept; Infinity: there are no more. */
  readonly upTo: number;
}

export interface Reference {
  readonly table: string;
  /** In the order of the other table's key. */
  readonly columns: readonly string[];
  /** The table whose whole primary key they hold. */
  readonly to: string;
  /** `foreign key ord_line_ord_no_fkey`, `all 116 values of ord_no are in oms.ord_hdr`. */
  readonly evidence: string;
  /** The database says so. */
  readonly isDeclared: boolean;
}
