/** What the check of the source needs of the outside: rows of the legacy database, states as they are stored, and how far those follow the database. */
import type { Shard } from '../../domain/shard.js';
import type { Position } from '../../domain/source/position.js';
import type { ColumnType } from '../../domain/tables/column-type.js';
import type { SqlColumn, SqlTexts } from '../../domain/tables/sql-column.js';
import type { Marker, StateStore } from '../../pipeline/ports.js';

/** A column as it is there. */
export interface RealColumn extends SqlColumn {
  /** What a text has to be cast to so that it is compared with the column by its index; '' where literals tell it. */
  readonly castTo: string;
}

/** A table that may be read. */
export interface RealTable {
  /** `schema.table` (PostgreSQL), `database.table` (MySQL, MariaDB). */
  readonly name: string;
  readonly columns: readonly RealColumn[];
  /** Of its primary key, else of a unique index without nulls, in the order of the index; none: it has neither. */
  readonly key: readonly string[];
  /** As the database estimates; null: it does not know. */
  readonly rowsAbout: number | null;
}

/** A column to be read: what it is declared as says in which form its text is needed. */
export interface AskedColumn extends RealColumn {
  readonly type: ColumnType;
}

export interface AskedTable {
  readonly name: string;
  /** What each row is given as, in this order. */
  readonly columns: readonly AskedColumn[];
  /** By which rows are walked: columns of a unique index. */
  readonly key: readonly AskedColumn[];
}

export interface WalkedRow {
  readonly texts: SqlTexts;
  /** Behind which the walk goes on: texts of the columns of `AskedTable.key`, of this database alone. */
  readonly place: readonly string[];
}

/**
 * Tables of a database read row by row, as texts: in the order of a unique index from a key on, and by key. Read only, each statement by itself, so
 * that nothing is held up; what is read together is not of one moment.
 */
export interface DatabaseRows {
  /** In words, without login. */
  readonly origin: string;
  /** Tables that may be read. @throws DragomanError DATABASE_UNREADABLE */
  tables(): Promise<readonly RealTable[]>;
  /** @throws DragomanError DATABASE_UNREADABLE */
  count(table: string): Promise<number>;
  /**
   * The next rows in the order of the key, as the database itself compares its columns: so a collation is no matter.
   * @param after null: the first ones. @throws DragomanError DATABASE_UNREADABLE
   */
  after(table: AskedTable, after: readonly string[] | null, countMax: number): Promise<readonly WalkedRow[]>;
  /**
   * Rows with these values, which may be more: the database may take texts for equal that are not.
   * @param values by column of `by`. @param isLoose blanks at the end of texts do not count; may take a walk over the table.
   */
  find(
    table: AskedTable,
    by: readonly AskedColumn[],
    values: readonly (readonly string[])[],
    isLoose: boolean,
  ): Promise<readonly SqlTexts[]>;
  /** Everything that was read before was committed before this place of the log. @throws DragomanError DATABASE_UNREADABLE */
  position(): Promise<Position>;
  end(): Promise<void>;
}

/** A source of the pipeline whose database can be asked. */
export interface SourceDatabase {
  /** Of the source. */
  readonly name: string;
  readonly rows: DatabaseRows;
  /** Schema (or database, of MySQL and MariaDB) as rules have it -> as the database has it; of others both are the same. */
  readonly schemas: Readonly<Record<string, string>>;
}

/** What one shard keeps. */
export interface ShardStates {
  readonly shard: Shard;
  /** At the marker of the moment; asked again when it moved meanwhile. @throws DragomanError MARKER_MOVED, COMMAND_REFUSED */
  at<T>(read: (store: StateStore, marker: Marker) => Promise<T>): Promise<T>;
}

/** How far all that is stored follows a source, as the shard has it that is furthest behind. */
export interface Followed {
  /** Of the last transaction; null: of none. */
  readonly position: Position | null;
  /** All its records are read that there were when this was asked. */
  readonly isAtEnd: boolean;
}

export interface SourcePorts {
  readonly databases: readonly SourceDatabase[];
  readonly shards: readonly ShardStates[];
  /** By source. */
  readonly followed: () => Promise<ReadonlyMap<string, Followed>>;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}
