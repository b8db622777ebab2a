/**
 * The input topics of a history: what the connector has written, and how much of each partition `read_committed` readers see. The parts
 * of one Kafka transaction of the connector become visible partition by partition.
 */
import type { RawRecord } from '../../src/pipeline/ports.js';
import { below, chosen } from '../support/choices.js';
import type { Log } from '../support/history-log.js';
import type { RecordedRecord } from '../support/recordings.js';
import type { World } from './world.js';

export class InputPartition {
  readonly records: RawRecord[] = [];
  /** Offset after the last one that is written; may have a control record before it. */
  end = 0;
  visibleEnd = 0;

  /** Number of the first record at or after an offset. */
  indexOf(offset: number): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.records[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class InputLog {
  readonly partitions: ReadonlyMap<string, InputPartition>;
  /** Everything is written and visible. */
  isComplete = false;
  readonly #readers = new Set<(partition: string) => void>();

  constructor(partitions: Iterable<string>) {
    this.partitions = new Map([...partitions].map((name) => [name, new InputPartition()]));
  }

  onVisible(reader: (partition: string) => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  /** The connector writes the log within so long, in the steps in which it became visible. */
  feed(world: World, log: Log, withinMs: number): void {
    const times = log.visible.map(() => world.random() * withinMs).sort((a, b) => a - b);
    let from = 0;
    log.visible.forEach((to, i) => {
      const records = log.records.slice(from, to);
      from = to;
      world.after(times[i]!, () => this.#write(world, records, to === log.records.length));
    });
    if (log.records.length === 0) this.isComplete = true;
  }

  #write(world: World, records: readonly RecordedRecord[], isLast: boolean): void {
    const touched = new Set<string>();
    for (const record of records) {
      const name = `${record.topic}/${record.partition}`;
      const partition = this.partitions.get(name);
      if (partition === undefined) continue;
      partition.records.push(rawRecord(record));
      partition.end = record.offset + 1;
      touched.add(name);
    }
    world.note('connector', `wrote ${records.length} records`);
    let missing = touched.size;
    if (missing === 0 && isLast) this.isComplete = true;
    for (const name of touched) {
      const { end } = this.partitions.get(name)!;
      world.after(world.random() * chosen(world.random, [1, 50, 2_000]), () => {
        const partition = this.partitions.get(name)!;
        partition.visibleEnd = Math.max(partition.visibleEnd, end);
        missing -= 1;
        if (missing === 0 && isLast) this.isComplete = true;
        for (const reader of this.#readers) reader(name);
      });
    }
  }

  /** What one fetch gives: from `offset` on as many records as it happens to be; null when there is nothing. */
  fetch(
    world: World,
    name: string,
    offset: number,
  ): { records: RawRecord[]; nextOffset: number; endOffset: number } | null {
    const partition = this.partitions.get(name)!;
    const { visibleEnd, end } = partition;
    if (offset >= visibleEnd) return null;
    const from = partition.indexOf(offset);
    const visible = partition.records.slice(from, partition.indexOf(visibleEnd));
    const isCut = world.random() < 0.3;
    const records = isCut ? visible.slice(0, below(world.random, visible.length + 1)) : visible;
    if (isCut) world.count('fetch cut short');
    const cutAt = visible[records.length]?.offset ?? visibleEnd;
    const isStale = world.random() < 0.1;
    return { records, nextOffset: cutAt, endOffset: isStale ? Math.min(end, cutAt) : end };
  }
}

const rawRecord = ({ offset, timestamp, key, value, headers }: RecordedRecord): RawRecord => ({
  offset,
  timestampMs: timestamp,
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: headers,
});
