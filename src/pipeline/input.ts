/**
 * From the partitions of a source to its sequencer: takes fetched batches from partitions that the sequencer needs, decodes
 * and pushes them. A partition that runs ahead is left alone, so its queue in the adapter fills up and it is paused there.
 */
import type { Decoder, RecordText } from '../decode/decoder.js';
import type { DecodedRecord, SkipReason } from '../domain/change-event.js';
import type { Sequencer } from '../sequence/sequencer.js';
import type { Observer } from './events.js';
import type { RawBatch, RawRecord, Source } from './ports.js';

export interface SourceInput {
  readonly name: string;
  readonly epoch: number;
  readonly decoder: Decoder;
  readonly sequencer: Sequencer;
  /** Its input partitions. */
  readonly partitions: readonly string[];
}

/** A batch that is decoded in steps, so the loop can turn in between. */
interface Reading {
  readonly batch: RawBatch;
  next: number;
}

export class Input {
  readonly #source: Source;
  readonly #observe: Observer;
  readonly #inputs: readonly SourceInput[];
  readonly #reading = new Map<string, Reading>();

  constructor(source: Source, inputs: readonly SourceInput[], observe: Observer) {
    this.#source = source;
    this.#inputs = inputs;
    this.#observe = observe;
  }

  /** Decodes about `recordsMax` records. @returns how many; 0 when nothing is there that is needed. */
  read(recordsMax: number): number {
    let read = 0;
    for (const input of this.#inputs) {
      for (const partition of input.partitions) {
        while (read < recordsMax && !input.sequencer.isAhead(partition)) {
          const reading = this.#reading.get(partition) ?? this.#take(partition);
          if (reading === undefined) break;
          read += this.#decode(reading, input, recordsMax - read);
        }
      }
      this.#reportDuplicates(input.sequencer);
    }
    return read;
  }

  #take(partition: string): Reading | undefined {
    const batch = this.#source.take(partition);
    if (batch === undefined) return undefined;
    const reading = { batch, next: 0 };
    this.#reading.set(partition, reading);
    return reading;
  }

  #decode(reading: Reading, { decoder, sequencer }: SourceInput, recordsMax: number): number {
    const { batch } = reading;
    const end = Math.min(batch.records.length, reading.next + recordsMax);
    const from = reading.next;
    const counts: Record<string, number> = {};
    const skipped = new Map<SkipReason, number>();
    let newest: number | null = null;
    const started = performance.now();
    const all = batch.records.slice(from, end).map((record) => decoder.decode(recordText(batch, record)));
    const decodedAt = performance.now();
    for (const decoded of all) {
      sequencer.push(decoded);
      const label = operationOf(decoded);
      counts[label] = (counts[label] ?? 0) + 1;
      if (decoded.kind === 'skipped') skipped.set(decoded.reason, (skipped.get(decoded.reason) ?? 0) + 1);
      if (decoded.kind === 'change' || decoded.kind === 'end') newest = decoded.sourceTimeMs;
    }
    reading.next = end;
    const isDone = end >= batch.records.length;
    if (isDone) {
      sequencer.readUpTo(batch.partition, batch.nextOffset);
      this.#reading.delete(batch.partition);
    }
    const at = isDone ? batch.nextOffset : (batch.records[end]?.offset ?? batch.nextOffset);
    this.#observe({ kind: 'stage', stage: 'decode', seconds: (decodedAt - started) / 1_000 });
    this.#observe({ kind: 'stage', stage: 'sequence', seconds: (performance.now() - decodedAt) / 1_000 });
    const { partition, topic } = batch;
    const lagRecords = Math.max(0, batch.endOffset - at);
    const records = end - from;
    this.#observe({
      kind: 'consumed',
      partition,
      topic,
      records,
      byOperation: counts,
      lagRecords,
      newestSourceTimeMs: newest,
    });
    for (const [reason, count] of skipped) this.#observe({ kind: 'skipped', topic, reason, records: count });
    return Math.max(1, records);
  }

  #reportDuplicates(sequencer: Sequencer): void {
    for (const [cause, records] of sequencer.counts.takeDuplicates())
      this.#observe({ kind: 'duplicates', cause, records });
  }
}

const operationOf = (record: DecodedRecord): string => (record.kind === 'change' ? record.op : record.kind);

function recordText({ partition, topic }: RawBatch, { offset, key, value, headers }: RawRecord): RecordText {
  const other = headers['__debezium.newkey'] ?? headers['__debezium.oldkey'];
  const first = Array.isArray(other) ? other[0] : other;
  return {
    partition,
    topic,
    offset,
    key: key === null ? null : key.toString('utf8'),
    value: value === null ? null : value.toString('utf8'),
    otherKey: first === undefined ? null : first.toString(),
  };
}
