/**
 * A Kafka in memory: topics with partitions, Kafka transactions whose ends take an offset in every partition written to, committed offsets
 * with metadata, one writer at a time by epoch. For the embedded pipeline (translate, demo, rule tests) and for simulation. Not modelled:
 * several brokers, compaction, consumer groups; records expire when they are told to.
 */
import { partitionOf } from '../../domain/partition.js';
import type { Commit, CommittedOffsets, OutputRecord, RawRecord } from '../../pipeline/ports.js';

export interface LogRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  /** Null: a tombstone. */
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export class MemoryLog {
  readonly #partitions = new Map<string, LogRecord[]>();
  readonly #firsts = new Map<string, number>();
  /** Next offset where it is not the one after the last record. */
  readonly #ends = new Map<string, number>();
  readonly #partitionCounts = new Map<string, number>();
  readonly #committed = new Map<string, CommittedOffsets>();
  readonly #epochs = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** One that is there is deleted before. */
  createTopic(topic: string, partitions: number): void {
    for (const partition of this.partitionsOf(topic))
      for (const all of [this.#partitions, this.#firsts, this.#ends]) all.delete(partition);
    this.#partitionCounts.set(topic, partitions);
  }

  get topics(): readonly string[] {
    return [...this.#partitionCounts.keys()];
  }

  partitionsOf(topic: string): string[] {
    return Array.from({ length: this.#partitionCounts.get(topic) ?? 0 }, (_, i) => `${topic}/${i}`);
  }

  /** What a connector does. `offset` may leave holes, as real ones have. */
  append(partition: string, record: Omit<LogRecord, 'offset'> & { readonly offset?: number }): void {
    const offset = record.offset ?? this.end(partition);
    this.#add(partition, { ...record, offset });
    this.#announce();
  }

  #add(partition: string, record: LogRecord): void {
    (this.records(partition) as LogRecord[]).push(record);
    this.#ends.set(partition, record.offset + 1);
  }

  records(partition: string): readonly LogRecord[] {
    let records = this.#partitions.get(partition);
    if (records === undefined) {
      records = [];
      this.#partitions.set(partition, records);
    }
    return records;
  }

  /** Next offset, control records included. */
  end(partition: string): number {
    return this.#ends.get(partition) ?? this.#firsts.get(partition) ?? 0;
  }

  /** Where the log begins; the first record may stand behind it. */
  first(partition: string): number {
    return this.#firsts.get(partition) ?? 0;
  }

  /** Records before `offset` are gone, as after their retention. */
  expire(partition: string, offset: number): void {
    this.#firsts.set(partition, offset);
    const left = this.records(partition).filter((record) => record.offset >= offset);
    this.#partitions.set(partition, left);
    this.#ends.set(partition, Math.max(offset, this.end(partition)));
  }

  /** Takes over as the only writer for `id`. @returns its epoch. */
  fence(id: string): number {
    const epoch = (this.#epochs.get(id) ?? 0) + 1;
    this.#epochs.set(id, epoch);
    return epoch;
  }

  isCurrent(id: string, epoch: number): boolean {
    return this.#epochs.get(id) === epoch;
  }

  committed(group: string): CommittedOffsets {
    return this.#committed.get(group) ?? new Map();
  }

  /** Number of the partition that a record with this key, or place, goes to. */
  partitionOf(topic: string, place: string): number {
    return partitionOf(place, this.#partitionCounts.get(topic) ?? 1);
  }

  /** `topic/3` */
  readonly #partitionNameOf = ({ topic, key, place, partition }: OutputRecord): string =>
    `${topic}/${partition ?? this.partitionOf(topic, place ?? key)}`;

  /** One Kafka transaction: all or nothing. @param partitionNameOf where its records go. @returns its time. */
  commit(
    group: string,
    { records, offsets, metadata }: Omit<Commit, 'bases'>,
    partitionNameOf = this.#partitionNameOf,
  ): number {
    const written = new Set<string>();
    const timestampMs = this.#now();
    for (const record of records) {
      const partition = partitionNameOf(record);
      const { key, value, headers = {} } = record;
      const text = value === null ? null : value.toString();
      const texts = Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, header.toString()]));
      this.#add(partition, { offset: this.end(partition), timestampMs, key, value: text, headers: texts });
      written.add(partition);
    }
    for (const partition of written) this.#ends.set(partition, this.end(partition) + 1);
    const told = [...offsets].map(([partition, offset]) => [partition, { offset, metadata }] as const);
    this.#committed.set(group, new Map([...this.committed(group), ...told]));
    this.#announce();
    return timestampMs;
  }

  /** Holds of these topics, and of the group, what another log holds. */
  goOnFrom(other: MemoryLog, topics: readonly string[], group: string): void {
    for (const partition of topics.flatMap((topic) => other.partitionsOf(topic))) {
      this.#partitions.set(partition, [...other.records(partition)]);
      this.#firsts.set(partition, other.first(partition));
      this.#ends.set(partition, other.end(partition));
    }
    this.#committed.set(group, other.committed(group));
  }

  /** @returns a function that ends the subscription. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const rawRecord = ({ offset, timestampMs, key, value, headers }: LogRecord): RawRecord => ({
  offset,
  timestampMs,
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers,
});
