/**
 * What the task needs from the outside. Adapters implement these; nothing else crosses the border. Methods that return a
 * promise may fail with a `DragomanError` whose disposition is `retry`, `corrupt` or `refuse`, and with nothing else.
 */

/** One Kafka record as it came. */
export interface RawRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

/** Consecutive records of one partition, as fetched; may be empty when only control records were skipped. */
export interface RawBatch {
  /** `topic/3`. */
  readonly partition: string;
  readonly topic: string;
  readonly records: readonly RawRecord[];
  /** Offset after the last one read, control records included: everything before it was seen. */
  readonly nextOffset: number;
  /** End of the partition when this batch was fetched. */
  readonly endOffset: number;
}

/** Offsets by partition (`topic/3`). */
export type Offsets = ReadonlyMap<string, number>;

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
 * Operators' commands in their order: one partition, read by every pipeline of the namespace, each from its own offset. That offset is
 * not the group's (which would be one for all) but travels with the pipeline's progress.
 */
export interface CommandLog {
  /** What is there now from `offset` on (null: from the beginning); may be a part of it. */
  read(offset: number | null): Promise<CommandBatch>;
}

/** A record to publish. */
export interface OutputRecord {
  readonly topic: string;
  readonly key: string;
  /** Text, or its bytes in UTF-8. */
  readonly value: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is committed together, in one Kafka transaction. */
export interface Commit {
  readonly records: readonly OutputRecord[];
  readonly offsets: Offsets;
  /** Travels in the offset metadata; at most 4,000 bytes. */
  readonly metadata: string;
}

/** Next offset of each journal partition, by partition number. */
export type JournalOffsets = readonly number[];

export interface Committed {
  /** Null when this group has never committed. */
  readonly offsets: Offsets | null;
  readonly metadata: string | null;
}

/** The one writer of a pipeline. */
export interface Sink {
  /** Known after `fence`. */
  readonly clusterId: string;
  /** Fences the former owner and waits until its last Kafka transaction is decided. */
  fence(): Promise<void>;
  /** Committed offsets with their metadata. Only true after `fence`. */
  committed(): Promise<Committed>;
  /** Ends of the journal's partitions, all decided records included. Only true after `fence`: a commit shows a moment later. */
  journalEnd(): Promise<JournalOffsets>;
  journalBegin(): Promise<JournalOffsets>;
  /** Journal records from `from` up to `to`, each partition in order. */
  readJournal(from: JournalOffsets, to: JournalOffsets): AsyncIterable<readonly JournalRecord[]>;
  /**
   * Asks whether this writer still is the only one: only then does what it read since `fence` fit together.
   * @throws COMMIT_UNCERTAIN when another one took over, or that is not known.
   */
  confirmFence(): Promise<void>;
  /** Bytes that a record of this topic may have, its batch included (`batchBytes`). Known after `fence`; may change while it runs. */
  recordBytesMax(topic: string): number;
  /** One Kafka transaction. @throws RECORD_TOO_LARGE, after which `recordBytesMax` is lower, or the next one finds out. After any failure the sink must be fenced anew. @returns journal offsets after it, for written partitions. */
  commit(commit: Commit): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

/** A topic as it is now. One that was deleted and made again has another id. */
export interface TopicNow {
  readonly id: string;
  readonly partitions: number;
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

export interface JournalRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
}

/** How far the store follows the journal, as text; compared for equality only. */
export type Marker = string;

export interface StoreWrites {
  /** State by `aggregate:id`. */
  readonly states: ReadonlyMap<string, string>;
  /** Owner (`aggregate:id`) by row (`table:key`), for tables whose key does not name the aggregate; null deletes. */
  readonly owners: ReadonlyMap<string, string | null>;
  /** Refusal code of each aggregate that is parked; null: it no longer is. */
  readonly parked: ReadonlyMap<string, string | null>;
}

export interface ScannedStates {
  readonly states: readonly (readonly [key: string, text: string])[];
  readonly next: string | null;
}

/** States and row owners, behind a marker. */
export interface StateStore {
  marker(): Promise<Marker | null>;
  /**
   * States (or null) in the order asked for: the first of them, as many as one answer may hold, and at least one. Ask by `loadAll`.
   * @throws MARKER_MOVED when the marker is not `expected`.
   */
  loadStates(expected: Marker, keys: readonly string[]): Promise<readonly (string | null)[]>;
  /** The same for owners. */
  loadOwners(expected: Marker, keys: readonly string[]): Promise<readonly (string | null)[]>;
  /**
   * Some thousand states (the key as `aggregate:id`) in no order, perhaps none, perhaps one twice. @param from null: begins; else `next`
   * of the call before. Every state that is there from the first call to the last (`next` is null) is among the answers.
   * @throws MARKER_MOVED when the marker is not `expected`, or another server answers than the one asked before.
   */
  scan(expected: Marker, from: string | null): Promise<ScannedStates>;
  /** Refusal code by parked aggregate. */
  parked(): Promise<ReadonlyMap<string, string>>;
  /**
   * Writes and moves the marker, only if it is `expected` (null: only if there is none). Idempotent. What one call may carry is bounded:
   * see `cutWrites`. @throws MARKER_MOVED
   */
  save(expected: Marker | null, next: Marker, writes: StoreWrites): Promise<void>;
  close(): Promise<void>;
}

export interface Clock {
  nowMs(): number;
}
