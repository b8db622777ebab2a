/**
 * What differs between Debezium's connectors: the source block, the ids of transactions, and what their positions mean. One file
 * for each in `connectors/`. All functions are pure; an answer of null means "not what this connector writes".
 */
import type { Position } from '../../domain/source/position.js';
import type { RowTransaction, Serial } from '../../domain/source/change-event.js';
import type { JsonObject } from '../envelope.js';

export interface Connector {
  /** `source.connector` of its records; more than one where a connector reads another's database. */
  readonly names: readonly string[];
  /** What is looked at in its source block, here and beside `connector`, `name`, `snapshot`, `ts_ms`, `db`, `schema` and `table`. */
  readonly sourceFields: readonly string[];
  /** END always says where its transaction stands in the log: one that does not is of a version that is too old. */
  readonly endHasPosition: boolean;
  /** BEGIN's position is the place of its transaction's first row (PostgreSQL 15 or newer). Absent: it tells nothing of rows. */
  readonly beginHasFirstRow?: true;
  /** The table as END's `data_collections` and the table definitions write it. */
  tableName(source: JsonObject): string;
  /** What follows the prefix in the name of the table's topic. @param table as {@link tableName} writes it. */
  topicPath(table: string): string;
  /**
   * The log that a table's positions belong to, where one connector reads several: positions of different logs do not compare.
   * Absent: there is one.
   */
  logOf?(table: string): string;
  /** Of a deleted row the log may have less than its primary key, and the connector invents the rest. Absent: it has all of it. */
  readonly inventsKeys?: true;
  /** Rows without a transaction block do not tell which transaction they belong to. Absent: they always tell. */
  isNameless?(source: JsonObject): boolean;
  /**
   * Where a streamed row stands.
   * @param id of the envelope's transaction block; null without transaction metadata.
   * @param order `total_order` of that block; it becomes the answer's.
   * @throws DragomanError SOURCE_UNSUPPORTED when the version of the connector writes misleading positions.
   */
  rowTransaction(source: JsonObject, id: string | null, order: number | null): RowTransaction | null;
  /** Transaction of a BEGIN or END record, by its id. */
  boundary(id: string): Boundary;
  /** Where the log stood when an initial or blocking snapshot was taken, from one of its rows. */
  snapshotPosition(source: JsonObject): Position | null;
  /** Place in the log of a record that belongs to no transaction (PostgreSQL's logical messages). */
  markPosition(source: JsonObject): Position | null;
  /**
   * Whether a name in END's `data_collections` is that of a logical message, each of which has one of its own. Absent: its database has none, so
   * nobody can annotate a transaction.
   */
  isAnnotation?(collection: string): boolean;
}

export interface Boundary {
  readonly id: string;
  readonly position: Position | null;
  readonly serial: Serial | null;
}
