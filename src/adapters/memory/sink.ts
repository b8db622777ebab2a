/** Writes to a `MemoryLog` with the promises of a transactional producer. */
import { batchBytes, bytesText, recordBytesAsCreated } from '../../domain/record-size.js';
import { ownsPartition, partitionFor, type Shard, WHOLE } from '../../domain/shard.js';
import { DragomanError } from '../../errors.js';
import type {
  Commit,
  CommittedOffsets,
  Ends,
  FoundProgress,
  OutputRecord,
  OwnRecord,
  OwnTopic,
  RecordCursor,
  Sink,
} from '../../pipeline/ports.js';
import { ownTopics, type OwnTopics, type ProgressKey } from '../../domain/own-topics.js';
import type { LogRecord, MemoryLog } from './log.js';
import { TextRecords } from './text-records.js';

export interface MemorySinkSettings {
  readonly group: string;
  readonly own: OwnTopics;
  /** Whose it is; absent: the whole pipeline's. */
  readonly shard?: Shard;
  /** As `dragoman topics` would create them, when it is left out. */
  readonly recordBytesMax?: (topic: string) => number;
}

const NOT_FENCED = 0;

export class MemorySink implements Sink {
  readonly clusterId = 'memory';
  readonly #log: MemoryLog;
  readonly #group: string;
  readonly #own: OwnTopics;
  readonly #shard: Shard;
  readonly #recordBytesMax: (topic: string) => number;
  #epoch = NOT_FENCED;

  constructor(log: MemoryLog, settings: MemorySinkSettings) {
    this.#log = log;
    this.#group = settings.group;
    this.#own = settings.own;
    this.#shard = settings.shard ?? WHOLE;
    this.#recordBytesMax = settings.recordBytesMax ?? recordBytesAsCreated(ownTopics(settings.own));
  }

  recordBytesMax(topic: string): number {
    return this.#recordBytesMax(topic);
  }

  fence(): Promise<void> {
    this.#epoch = this.#log.fence(this.#group);
    return Promise.resolve();
  }

  progress(): Promise<FoundProgress | null> {
    const records = this.#log.records(`${this.#own.progress}/${this.#shard.index}`);
    const newest = (key: ProgressKey): string | null => records.findLast((record) => record.key === key)?.value ?? null;
    const progress = newest('progress');
    return Promise.resolve(progress === null ? null : { progress, footprint: newest('footprint') });
  }

  committed(): Promise<CommittedOffsets> {
    return Promise.resolve(this.#log.committed(this.#group));
  }

  ends(): Promise<Ends> {
    return Promise.resolve(this.#bounds((partition) => this.#log.end(partition)));
  }

  begins(): Promise<Ends> {
    return Promise.resolve(this.#bounds((partition) => this.#log.first(partition)));
  }

  #bounds(of: (partition: string) => number): Ends {
    const own = (topic: string): number[] =>
      this.#log.partitionsOf(topic).map((name, partition) => (ownsPartition(this.#shard, partition) ? of(name) : 0));
    return { state: own(this.#own.state), journal: own(this.#own.journal) };
  }

  async *read(topic: OwnTopic, from: readonly number[], to: readonly number[]): AsyncIterable<readonly OwnRecord[]> {
    for (const [partition, name] of this.#log.partitionsOf(this.#own[topic]).entries()) {
      const [begin, end] = [from[partition] ?? 0, to[partition] ?? 0];
      const range = this.#log.records(name).filter(({ offset }) => offset >= begin && offset < end);
      yield range.map((record) => ownRecord(partition, record));
    }
    await Promise.resolve();
  }

  async *walk(topic: OwnTopic, from: readonly number[], to: readonly number[]): AsyncIterable<RecordCursor> {
    for await (const records of this.read(topic, from, to)) yield new TextRecords(records[0]?.partition ?? 0, records);
  }

  entriesAt(wanted: Parameters<Sink['entriesAt']>[0]): Promise<(OwnRecord | null)[]> {
    const found = wanted.map(({ place, offset }) => {
      const partition = this.partitionOf(this.#own.journal, place);
      const records = this.#log.records(`${this.#own.journal}/${partition}`);
      const record = records.find((each) => each.offset === offset);
      return record === undefined ? null : ownRecord(partition, record);
    });
    return Promise.resolve(found);
  }

  partitionOf(topic: string, place: string): number {
    return partitionFor(this.#shard, this.#own, topic, this.#log.partitionOf(topic, place));
  }

  alsoTo(topics: readonly string[]): Promise<void> {
    const missing = topics.find((topic) => this.partitionsOf(topic) === 0);
    return missing === undefined
      ? Promise.resolve()
      : Promise.reject(new DragomanError('TOPIC_MISSING', `Topic ${missing} does not exist in memory.`));
  }

  partitionsOf(topic: string): number {
    return this.#log.partitionsOf(topic).length;
  }

  readonly #partitionNameOf = ({ topic, key, place, partition }: OutputRecord): string =>
    `${topic}/${partition ?? this.partitionOf(topic, place ?? key)}`;

  confirmFence(): Promise<void> {
    return this.#isCurrent() ? Promise.resolve() : Promise.reject(takenOver());
  }

  #isCurrent(): boolean {
    return this.#log.isCurrent(this.#group, this.#epoch);
  }

  /** Nothing is waited for in between, so nobody else takes over in the middle. */
  commit(commit: Commit): Promise<number> {
    return new Promise((resolve) => resolve(this.#commit(commit)));
  }

  #commit(commit: Commit): number {
    if (!this.#isCurrent()) throw takenOver();
    const epoch = this.#epoch;
    this.#epoch = NOT_FENCED; // unless all of it is good
    for (const record of commit.records) this.#checkSize(record);
    this.#checkBases(commit);
    const timeMs = this.#log.commit(this.#group, commit, this.#partitionNameOf);
    this.#epoch = epoch;
    return timeMs;
  }

  #checkBases({ records, bases }: Commit): void {
    for (const partition of new Set(records.map(this.#partitionNameOf))) {
      const [expected, found] = [bases.get(partition), this.#log.end(partition)];
      if (expected === undefined || expected === found) continue;
      const text = `A record of ${partition} would get offset ${found} where ${expected} was next.`;
      throw new DragomanError('COMMIT_UNCERTAIN', text, { details: { partition, expected, found } });
    }
  }

  #checkSize(record: OutputRecord): void {
    const bytes = batchBytes(record);
    if (bytes <= this.recordBytesMax(record.topic)) return;
    const text = `A record of ${record.topic} is ${bytesText(bytes)} bytes.`;
    throw new DragomanError('RECORD_TOO_LARGE', text, { details: { topic: record.topic, key: record.key, bytes } });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const takenOver = (): DragomanError =>
  new DragomanError('COMMIT_UNCERTAIN', 'Another writer has taken over in memory.');

const ownRecord = (partition: number, { offset, timestampMs, key, value }: LogRecord): OwnRecord => ({
  partition,
  offset,
  timestampMs,
  key: key ?? '',
  value,
});
