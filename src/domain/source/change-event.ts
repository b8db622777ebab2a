/**
 * What `decode/` makes of one Kafka record: a change of one row, a boundary of a source transaction, or nothing of interest.
 */
import type { Refusal } from '../refusal.js';
import type { Row } from '../tables/table.js';
import type { Position } from './position.js';

/** Debezium's operations on rows: create, update, delete, read (snapshot). */
export type Operation = 'c' | 'u' | 'd' | 'r';

/** Where a record stands in Kafka. `partition` names topic and partition (`topic/3`); offsets stay below 2^53. */
export interface RecordPlace {
  readonly partition: string;
  readonly offset: number;
}

export interface ChangeEvent extends RecordPlace {
  readonly kind: 'change';
  /** The connector's logical name (`topic.prefix`). */
  readonly source: string;
  /** Name of its table definition. */
  readonly table: string;
  readonly op: Operation;
  /** Primary key as {@link keyText}. */
  readonly key: string;
  /** Declared columns after the change, without the unavailable ones; null for a delete. Empty when `refusal` is set. */
  readonly row: Row | null;
  /** The other key when the primary key itself changed: this `d` went to it, or this `c` came from it. */
  readonly otherKey: string | null;
  /** Half of a key change whose header does not tell the other key: why it is refused unless the other half does. */
  readonly otherKeyUnread?: Refusal;
  /** The physical table that it came from, as the table's column has it; absent where the table is one itself. */
  readonly physical?: string;
  readonly refusal: Refusal | null;
  /** Only of a row that was refused. */
  readonly refused?: RefusedRow;
  /** Null on snapshot rows. */
  readonly transaction: RowTransaction | null;
  /** Null on streamed rows. */
  readonly snapshot: SnapshotMark | null;
  /** Commit time in the source for streamed rows, time of the snapshot for `r`; ms since 1970. */
  readonly sourceTimeMs: number;
  /** `traceparent` of its record; absent: it has none, or nobody reads it. */
  readonly traceparent?: string;
  /** It changes aggregates of other shards only, and counts for its transaction: `row` and `refusal` are null, whatever it has. */
  readonly isForeign?: true;
}

/** A row that did not fit its table definition, kept to be read again when that was corrected. */
export interface RefusedRow {
  /** Its declared columns as they came: JSON with all digits. */
  readonly wire: string;
  /** It may lack what its statement did not touch. */
  readonly isPartial: boolean;
}

/** What a snapshot row tells of its snapshot. */
export interface SnapshotMark {
  /** Where the log stood when the snapshot was taken: names it, and compares with positions of transactions. Null: incremental. */
  readonly generation: Position | null;
  /** The connector says that it is the last row of the whole snapshot. */
  readonly isLast: boolean;
}

/** Where a streamed row stands in the log of its source. What a connector does not tell is null. */
export interface RowTransaction {
  /** Names the transaction while it is open: PostgreSQL's 32-bit xid, which wraps; a GTID; a commit LSN. */
  readonly id: string;
  /** PostgreSQL: end of the transaction that committed before; null for the first one after a snapshot. Constant inside one. */
  readonly predecessor: Position | null;
  /**
   * All others: place in commit order. No row of a transaction is above the last one of it, every row of a later transaction is.
   * Null for PostgreSQL, whose rows only know their predecessor.
   */
  readonly commit: Position | null;
  /** Place of this row; not in commit order between transactions, never going down inside one. */
  readonly position: Position;
  /** 1-based order among all captured rows of the transaction; restarts at 1 after some connector crashes. Null: not told. */
  readonly order: number | null;
  /** Its GTID in parts; absent where there is none. */
  readonly serial?: Serial;
}

export interface TransactionBegin extends RecordPlace {
  readonly kind: 'begin';
  readonly id: string;
  /** As of {@link TransactionEnd}; absent where there is none. */
  readonly serial?: Serial;
  /** Place in the log of the first row that the connector was sent of it; absent where BEGIN does not tell. */
  readonly firstRow?: Position;
}

export interface TransactionEnd extends RecordPlace {
  readonly kind: 'end';
  readonly id: string;
  /** The transaction's place in commit order; null when only its rows tell (GTIDs, Oracle). */
  readonly position: Position | null;
  /** Place in one of several streams of numbers, such as the GTIDs of one server; null when the id is none. */
  readonly serial: Serial | null;
  /** Rows by table, as the connector counted them. */
  readonly rowsByTable: ReadonlyMap<string, number>;
  readonly rows: number;
  readonly sourceTimeMs: number;
}

/** A GTID in parts. It names its transaction on every server; its place in the log differs from server to server. */
export interface Serial {
  /** Server UUID, or MariaDB's domain and server: what has the same number in it is the same transaction. */
  readonly stream: string;
  readonly number: Position;
  /** What streams begin with whose numbers go on from server to server (MariaDB's domain); null: each server counts for itself. */
  readonly domain: string | null;
}

/** Records that carry nothing for us, by reason; they only move the offset. */
export interface Skipped extends RecordPlace {
  readonly kind: 'skipped';
  readonly reason: SkipReason;
}

export const SKIP_REASONS = ['tombstone', 'table-not-declared', 'logical-message', 'truncated'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** A record of a consumed table whose value cannot be read. Which transaction it belongs to is not known from itself. */
export interface Undecodable extends RecordPlace {
  readonly kind: 'undecodable';
  readonly table: string;
  /** From the record's key, when that can be read. */
  readonly key: string | null;
  /** Its envelope says that it is a row of a snapshot, so it is none of a transaction. */
  readonly isOfSnapshot: boolean;
  readonly text: string;
}

/** A non-transactional logical message: it stands in the log outside of any transaction, and the next one follows it. */
export interface LogicalMark extends RecordPlace {
  readonly kind: 'message';
  readonly position: Position;
}

/**
 * A record that END counts and that changes no row: a TRUNCATE that its table definition ignores, or a logical message inside of the
 * transaction (`table` is `ANNOTATION_ROWS` then).
 */
export interface TransactionFiller extends RecordPlace {
  readonly kind: 'filler';
  readonly table: string;
  readonly transaction: RowTransaction;
  /** Of a logical message: the declared annotations that it is, and what it says to those that ask; often none (`source/annotation.ts`). */
  readonly annotations?: readonly string[];
}

export type DecodedRecord =
  ChangeEvent | TransactionFiller | TransactionBegin | TransactionEnd | Skipped | Undecodable | LogicalMark;

/** Why a row or a boundary was not used a second time. */
export type DuplicateCause =
  | 'row-replayed'
  | 'row-repeated'
  | 'transaction-superseded'
  | 'boundary-unended'
  | 'boundary-replayed'
  | 'boundary-repeated'
  | 'change-set-done'
  | 'told-again';
