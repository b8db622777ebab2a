/** Reads a `MemoryLog` as the input of one pipeline. */
import type { Offsets, RawBatch, Source } from '../../pipeline/ports.js';
import { Signal } from '../../pipeline/signal.js';
import { type MemoryLog, rawRecord } from './log.js';

const RECORDS_PER_BATCH = 500;

export class MemorySource implements Source {
  readonly partitions: readonly string[];
  readonly #log: MemoryLog;
  readonly #next = new Map<string, number>();
  readonly #signal = new Signal();

  /** @param isRead of the topics' partitions; absent: all are. */
  constructor(log: MemoryLog, topics: readonly string[], isRead: (partition: string) => boolean = () => true) {
    this.#log = log;
    this.partitions = topics.flatMap((topic) => log.partitionsOf(topic)).filter(isRead);
    log.onAppend(() => this.#signal.notify());
  }

  confirmOwned(): Promise<boolean> {
    return Promise.resolve(true);
  }

  lookForTopics(): Promise<boolean> {
    return Promise.resolve(false);
  }

  seek(offsets: Offsets): Promise<void> {
    this.#next.clear();
    for (const partition of this.partitions) this.#next.set(partition, offsets.get(partition) ?? 0);
    return Promise.resolve();
  }

  take(partition: string): RawBatch | undefined {
    const next = this.#next.get(partition) ?? 0;
    const all = this.#log.records(partition);
    const from = firstAt(all, next);
    const records = all.slice(from, from + RECORDS_PER_BATCH);
    const end = this.#log.end(partition);
    if (records.length === 0 && next >= end) return undefined;
    // The last one may have the marker of its Kafka transaction behind it, which is read with it.
    const nextOffset = from + records.length >= all.length ? end : (records.at(-1)?.offset ?? next) + 1;
    this.#next.set(partition, nextOffset);
    const topic = partition.slice(0, partition.lastIndexOf('/'));
    return { partition, topic, records: records.map(rawRecord), nextOffset, endOffset: end };
  }

  wait(timeoutMs: number): Promise<void> {
    return this.#signal.wait(timeoutMs);
  }

  wake(): void {
    this.#signal.notify();
  }

  bounds(): Promise<Map<string, { first: number; end: number }>> {
    const boundsOf = (p: string) => ({ first: this.#log.first(p), end: this.#log.end(p) });
    return Promise.resolve(new Map(this.partitions.map((p) => [p, boundsOf(p)])));
  }
}

/** Index of the first record at or after `offset`; records are in offset order. */
function firstAt(records: readonly { readonly offset: number }[], offset: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
