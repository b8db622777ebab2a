/**
 * What the task needs from the outside. Adapters implement these; nothing else crosses the border. Methods that return a
 * promise may fail with a `DragomanError` whose disposition is `retry`, `corrupt` or `refuse`, and with nothing else.
 */
import type { OwnTopics } from '../domain/own-topics.js';
import type { RegisteredSchema } from '../domain/registry/registered-schema.js';

/** One Kafka record as it came. */
export interface RawRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

/** Records in their order, made while somebody walks through them. */
export interface RawRecords extends Iterable<RawRecord> {
  readonly length: number;
}

/** Consecutive records of one partition, as fetched; may be empty when only control records were skipped. */
export interface RawBatch {
  /** `topic/3`. */
  readonly partition: string;
  readonly topic: string;
  readonly records: RawRecords;
  /** Offset after the last one read, control records included: everything before it was seen. */
  readonly nextOffset: number;
  /** End of the partition when this batch was fetched. */
  readonly endOffset: number;
}

/** Offsets by partition (`topic/3`). */
export type Offsets = ReadonlyMap<string, number>;

/** Offsets of a group by partition, each with the words that were written beside it; empty: none. */
export type CommittedOffsets = ReadonlyMap<string, { readonly offset: number; readonly metadata: string }>;

/** By partition, the first offset that it has, and the next one. */
export type Bounds = ReadonlyMap<string, { readonly first: number; readonly end: number }>;

/** The input partitions of one pipeline, already owned by this member. Bounded: a partition that is not taken from is paused. */
export interface Source {
  readonly partitions: readonly string[];
  /** Whether this member still owns the partitions, confirmed by the group after the call. */
  confirmOwned(): Promise<boolean>;
  /**
   * Whether topics appeared that are to be read too: then the partitions are owned anew with theirs, and the task that asks ends.
   */
  lookForTopics(): Promise<boolean>;
  /** (Re)starts reading at these offsets; partitions without one start at their beginning. Queued batches are dropped. */
  seek(offsets: Offsets): Promise<void>;
  /** The next batch of a partition, if one is queued. */
  take(partition: string): RawBatch | undefined;
  /** Resolves when a batch was queued since the last call, when `wake` is called, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void>;
  wake(): void;
  /**
   * First and next offset of every input partition, asked now. Records that are written and not committed yet count: the parts of
   * one Kafka transaction of the connector become visible partition by partition.
   */
  bounds(): Promise<Bounds>;
}

/** A record of the commands log as it came. */
export interface CommandRecord {
  readonly offset: number;
  /** Pipeline that it is for. */
  readonly key: string;
  readonly value: string;
}

export interface CommandBatch {
  readonly records: readonly CommandRecord[];
  /** Offset of the first one that could be read: above what was asked for when records had expired, below when the topic is new. */
  readonly from: number;
  /** Everything before it was seen. */
  readonly nextOffset: number;
}

/**
 * Operators' commands in their order: one partition, read by every task of the namespace, each from its own offset. That offset is
 * not the group's (which would be one for all) but travels with the task's progress.
 */
export interface CommandLog {
  /** What is there now from `offset` on (null: from the beginning); may be a part of it. */
  read(offset: number | null): Promise<CommandBatch>;
}

/** A record to write. */
export interface OutputRecord {
  readonly topic: string;
  readonly key: string;
  /** Text, or its bytes in UTF-8; null: a tombstone. */
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  /** What its partition is chosen by; absent: the key. */
  readonly place?: string;
  /** The number of its partition, whatever its key; absent: it is chosen. */
  readonly partition?: number;
}

/** What is committed together, in one Kafka transaction. */
export interface Commit {
  readonly records: readonly OutputRecord[];
  /** Consumed offsets, for Kafka's tools; the progress among `records` is the truth. Told after the Kafka transaction, some time or never. */
  readonly offsets: Offsets;
  /** Told with them, for people who look with tools; by it offsets that a task told are known (`progress/footprint.ts`). */
  readonly metadata: string;
  /** By partition (`topic/3`) of state and journal: the offset that its first record must get. */
  readonly bases: Offsets;
}

/**
 * Topics of a pipeline that only it writes, whose offsets are predicted. Each shard has the partitions `p mod N = s` of them, and for it the others
 * are empty: they begin and end at 0, nothing of them is read, and no record goes there.
 */
export type OwnTopic = 'state' | 'journal';

/** Next offset (or first one) of each partition, by partition number. */
export type Ends = Readonly<Record<OwnTopic, readonly number[]>>;

/** The newest progress that was committed, as it was written. */
export interface FoundProgress {
  readonly progress: string;
  /** Null: none was ever written. */
  readonly footprint: string | null;
}

/** The one writer of a pipeline, or of one of its shards: then it knows which. Its progress is partition `s` of the topic. */
export interface Sink {
  /** Known after `fence`. */
  readonly clusterId: string;
  /** Fences the former owner and waits until its last Kafka transaction is decided. */
  fence(): Promise<void>;
  /** Null when nothing was ever committed. Only true after `fence`. */
  progress(): Promise<FoundProgress | null>;
  /** Offsets as the group of this task has them: told after commits, or set by a tool. Some or all may have expired, or be older. */
  committed(): Promise<CommittedOffsets>;
  /** Next offsets, all decided records included. Only true after `fence`. */
  ends(): Promise<Ends>;
  /** First offsets. */
  begins(): Promise<Ends>;
  /** Committed records of all partitions from `from` up to `to`, each partition in order. */
  read(topic: OwnTopic, from: readonly number[], to: readonly number[]): AsyncIterable<readonly OwnRecord[]>;
  /** The same, without an object for each record. */
  walk(topic: OwnTopic, from: readonly number[], to: readonly number[]): AsyncIterable<RecordCursor>;
  /** Committed records of the journal, in the order asked for; null: not there, or not there any more. A place is that of its aggregate. */
  entriesAt(
    wanted: readonly { readonly place: string; readonly offset: number }[],
  ): Promise<readonly (OwnRecord | null)[]>;
  /**
   * Number of the partition that a record with this place (or key) goes to: the one that Kafka's clients choose; of state and journal one of this
   * shard (`ownPartition`), and of progress its own. Known after `fence`.
   */
  partitionOf(topic: string, place: string): number;
  /** How many partitions a topic has to which it writes. Known after `fence`. */
  partitionsOf(topic: string): number;
  /**
   * Topics to which it writes besides those that it was made for. Said after each `fence`. @throws TOPIC_MISSING
   */
  alsoTo(topics: readonly string[]): Promise<void>;
  /**
   * Asks whether this writer still is the only one: only then does what it read since `fence` fit together.
   * @throws COMMIT_UNCERTAIN when another one took over, or that is not known.
   */
  confirmFence(): Promise<void>;
  /** Bytes that a record of this topic may have, its batch included (`batchBytes`). Known after `fence`; may change while it runs. */
  recordBytesMax(topic: string): number;
  /**
   * One Kafka transaction. After any failure the sink must be fenced anew. @returns broker time of it (the last append), in ms since 1970.
   * @throws RECORD_TOO_LARGE, after which `recordBytesMax` is lower, or the next one finds out; COMMIT_UNCERTAIN, also when a record
   * did not get the offset that `bases` says.
   */
  commit(commit: Commit): Promise<number>;
  close(): Promise<void>;
}

/** A topic as it is now. One that was deleted and made again has another id. */
export interface TopicNow {
  readonly id: string;
  readonly partitions: number;
  /** What it is, when it is one that only the pipeline writes. */
  readonly own?: keyof OwnTopics;
  /** All that is in it can be written anew: it is no matter whether it is another one. */
  readonly isCopy?: true;
}

/** What a pipeline stands on besides the records themselves. Embedded pipelines have none: their topics do not change. */
export interface Ground {
  /** The topics of this pipeline that are there, read and written ones, by name; asked now. */
  topics(): Promise<ReadonlyMap<string, TopicNow>>;
  /** For each topic of `needed` (the lowest offsets that are not done with): how near its records are to being deleted. */
  retention(needed: Offsets): Promise<readonly Retention[]>;
  /** Topics whose settings would lose records that are needed, or the order. */
  unsafe(): Promise<readonly UnsafeTopic[]>;
}

export interface Retention {
  readonly topic: string;
  /** Share of the topic's retention, by time or by size, that the oldest needed record has used up: at 1 it may be gone any moment. */
  readonly used: number;
  /** Until then, at least; null: retention has no time limit, or nothing is waiting. */
  readonly secondsLeft: number | null;
  /** Records in front of it, which are deleted first; null: nothing is waiting. */
  readonly recordsLeft: number | null;
}

export interface UnsafeTopic {
  readonly topic: string;
  readonly text: string;
}

/** A record of state or journal. */
export interface OwnRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string;
  /** Null: a tombstone. */
  readonly value: string | null;
}

/**
 * Records of one partition as they came, in their order, of which one is looked at at a time: a restore reads millions, and none of them
 * has to be an object.
 */
export interface RecordCursor {
  readonly partition: number;
  /** About how many bytes all of them have. */
  readonly size: number;
  /** Moves on to the next one, the first one at first. @returns false when there is none. */
  next(): boolean;
  readonly offset: number;
  /** Has key and value, in UTF-8, at these places. */
  readonly bytes: Buffer;
  readonly keyBegin: number;
  readonly keyEnd: number;
  /** Negative: a tombstone. */
  readonly valueBegin: number;
  readonly valueEnd: number;
}

/** How far the store follows the state topic, as text; compared for equality only. */
export type Marker = string;

/** Smallest unit of stored state. See `state/cells.ts` for the hashes that there are. */
export interface Cell {
  readonly hash: string;
  readonly field: string;
  /** Null: it goes. */
  readonly value: string | null;
}

/** Cells of one hash as bytes, see `PackedTexts`. */
export interface PackedCells {
  readonly hash: string;
  readonly isGone: boolean;
  /** Fields that go; else field, value, field, value, ... */
  readonly texts: Buffer;
  /** How many cells. */
  readonly count: number;
}

export type Fields = ReadonlyMap<string, string>;

export interface ScannedHashes {
  /** Whole hashes of aggregates, in no order, perhaps none, perhaps one twice. */
  readonly hashes: readonly (readonly [hash: string, fields: Fields])[];
  readonly next: string | null;
}

/** Place in the state topic up to which one partition is copied. */
export interface CopiedTo {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Cells behind a marker. Any text may be the name of a hash or field, or a value, the empty one too; but no cell is in the hash `~marker`. */
export interface StateStore {
  /** Null: there is none. That of a restore also while that still deletes what was there. */
  marker(): Promise<Marker | null>;
  /**
   * Whole hashes (empty when they are not there) in the order asked for: the first of them, as many as one answer may hold, and at least
   * one. An aggregate (its name does not begin with `~`) that has no hash comes as its stub, under the field '', when it has one in the
   * hash `~stubs` under its name. Ask by `loadAll`. @throws MARKER_MOVED when the marker is not `expected`.
   */
  load(expected: Marker, hashes: readonly string[]): Promise<readonly Fields[]>;
  /** Fields of one hash, likewise. */
  loadFields(expected: Marker, hash: string, fields: readonly string[]): Promise<readonly (string | null)[]>;
  /**
   * Some aggregates, whole, without stubs. @param from null: begins; else `next` of the call before. Every one that is there from the first call to the
   * last (`next` is null) is among the answers. @throws MARKER_MOVED when the marker is not `expected`, or another server answers than before.
   */
  scan(expected: Marker, from: string | null): Promise<ScannedHashes>;
  /** The same for the fields of one hash, in parts. */
  scanFields(
    expected: Marker,
    hash: string,
    from: string | null,
  ): Promise<{ readonly fields: Fields; readonly next: string | null }>;
  /**
   * Writes and moves the marker, only if it is `expected` (null: only if there is none). Of two cells of one place the later one counts.
   * Idempotent: when `next` is the marker already, nothing is done. What one call may carry is bounded: see `cutCells`.
   * @throws MARKER_MOVED
   */
  save(expected: Marker | null, next: Marker, cells: readonly Cell[]): Promise<void>;
  /**
   * Begins to restore: `next`, which no load and no save expects, becomes the marker. When it is the marker already, a restore that was
   * broken off goes on: what was copied under it stays, and what it had to delete is deleted to the end.
   * @param from next offsets of the state topic up to which the cells that are there have everything; null: every cell is deleted first.
   * @throws MARKER_MOVED when the marker is neither `expected` nor `next`, or another owner deletes or copies meanwhile.
   * @returns next offset of the state topic by partition number, of those that were begun.
   */
  beginRestore(
    expected: Marker | null,
    next: Marker,
    from: readonly number[] | null,
  ): Promise<ReadonlyMap<number, number>>;
  /**
   * Copies cells of one partition, in their order, and moves it from offset `from` (0: not begun) to `to`, only if it stands there. Idempotent.
   * @throws MARKER_MOVED when the marker is not `expected`, or the partition stands elsewhere.
   */
  copy(expected: Marker, at: CopiedTo, cells: readonly PackedCells[]): Promise<void>;
  /**
   * All partitions are copied: places are forgotten and the marker becomes `next`. Idempotent.
   * @param copied where each partition stands (0: not begun): a store that lost the last copies still has the marker `expected`.
   * @throws MARKER_MOVED when the marker is not `expected`, or a partition stands elsewhere.
   */
  endRestore(expected: Marker, next: Marker, copied: ReadonlyMap<number, number>): Promise<void>;
  close(): Promise<void>;
}

/** Signs of life of the connectors. */
export interface Heartbeats {
  /** By source, the value of the newest one, as it was written; of those that have any. */
  newest(): Promise<ReadonlyMap<string, string>>;
}

/** Schemas of a registry by the ids that records carry. */
export interface Schemas {
  /** @throws DragomanError REGISTRY_UNREACHABLE, REGISTRY_REFUSED, SCHEMA_UNKNOWN */
  schema(id: number): Promise<RegisteredSchema>;
}

export interface Clock {
  nowMs(): number;
}

/** Bytes that nobody foretells; a simulation draws them by its seed. */
export type Random = (bytes: number) => Uint8Array;
