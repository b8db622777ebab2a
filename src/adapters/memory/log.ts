/**
 * A Kafka in memory: topics with partitions, Kafka transactions, committed offsets with metadata, one writer at a time by
 * epoch. For the embedded pipeline (translate, demo, rule tests) and for simulation. Not modelled: several brokers, compaction,
 * consumer groups; records expire when they are told to.
 */
import type { OutputRecord, RawRecord } from '../../pipeline/ports.js';

export interface LogRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface StoredOffsets {
  readonly offsets: ReadonlyMap<string, number>;
  readonly metadata: string;
}

export class MemoryLog {
  readonly #partitions = new Map<string, LogRecord[]>();
  readonly #firsts = new Map<string, number>();
  readonly #partitionCounts = new Map<string, number>();
  readonly #committed = new Map<string, StoredOffsets>();
  readonly #epochs = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  createTopic(topic: string, partitions: number): void {
    this.#partitionCounts.set(topic, partitions);
    for (let i = 0; i < partitions; i += 1) this.#partitions.set(`${topic}/${i}`, []);
  }

  get topics(): readonly string[] {
    return [...this.#partitionCounts.keys()];
  }

  partitionsOf(topic: string): string[] {
    return Array.from({ length: this.#partitionCounts.get(topic) ?? 0 }, (_, i) => `${topic}/${i}`);
  }

  /** What a connector does. `offset` may leave holes, as real ones have. */
  append(partition: string, record: Omit<LogRecord, 'offset'> & { readonly offset?: number }): void {
    const records = this.records(partition);
    const offset = record.offset ?? this.end(partition);
    (records as LogRecord[]).push({ ...record, offset });
    this.#announce();
  }

  records(partition: string): readonly LogRecord[] {
    let records = this.#partitions.get(partition);
    if (records === undefined) {
      records = [];
      this.#partitions.set(partition, records);
    }
    return records;
  }

  end(partition: string): number {
    const last = this.records(partition).at(-1);
    return last === undefined ? (this.#firsts.get(partition) ?? 0) : last.offset + 1;
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

  committed(group: string): StoredOffsets | null {
    return this.#committed.get(group) ?? null;
  }

  /** One Kafka transaction: all or nothing. @returns next offset by partition written. */
  commit(group: string, records: readonly OutputRecord[], stored: StoredOffsets): Map<string, number> {
    const written = new Map<string, number>();
    const timestampMs = this.#now();
    for (const { topic, key, value, headers } of records) {
      const partition = `${topic}/${partitionOf(key, this.#partitionCounts.get(topic) ?? 1)}`;
      const offset = this.end(partition);
      (this.records(partition) as LogRecord[]).push({
        offset,
        timestampMs,
        key,
        value: value.toString(),
        headers: headers ?? {},
      });
      written.set(partition, offset + 1);
    }
    const before = this.#committed.get(group)?.offsets ?? new Map<string, number>();
    this.#committed.set(group, { offsets: new Map([...before, ...stored.offsets]), metadata: stored.metadata });
    this.#announce();
    return written;
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

/** Same key, same partition; any stable spread will do here. */
function partitionOf(key: string, partitions: number): number {
  let hash = 0;
  for (let i = 0; i < key.length; i += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
  return Math.abs(hash) % partitions;
}
