/**
 * From the partitions of a source to its sequencer: takes fetched batches from partitions that the sequencer needs, decodes
 * and pushes them. A partition that runs ahead is left alone, so its queue in the adapter fills up and it is paused there.
 */
import type { Decoder, SourceRecord } from '../../decode/decoder.js';
import type { DecodedRecord, SkipReason } from '../../domain/source/change-event.js';
import { DragomanError } from '../../errors.js';
import type { Position } from '../../domain/source/position.js';
import type { Mode } from '../../domain/source/mode.js';
import type { Sequencer } from '../../sequence/sequencer.js';
import type { Observer } from '../events.js';
import type { SourceTime } from '../timers/source-time.js';
import type { RawBatch, RawRecord, Source } from '../ports.js';

export interface SourceInput {
  readonly name: string;
  readonly epoch: number;
  readonly mode: Mode;
  /** Ends of partitions are asked so long after they are first needed. */
  readonly graceMs: number;
  /** A transaction that reading cannot complete is put in quarantine so long after it is held; null: it is held. */
  readonly quarantineAfterMs: number | null;
  readonly decoder: Decoder;
  readonly sequencer: Sequencer;
  readonly time: SourceTime;
  /** Its input partitions. */
  readonly partitions: readonly string[];
}

/** From another one on with each turn. */
export function inTurn(inputs: readonly SourceInput[], turn: number): SourceInput[] {
  const first = turn % Math.max(1, inputs.length);
  return [...inputs.slice(first), ...inputs.slice(0, first)];
}

/** Records of one partition before the next one is looked at. */
const RECORDS_PER_STEP = 100;

/** A batch that is decoded in steps, so the loop can turn in between. */
interface Reading {
  readonly batch: RawBatch;
  readonly records: Iterator<RawRecord>;
  /** Records that are not read yet. */
  left: number;
}

export class Input {
  readonly #source: Source;
  readonly #observe: Observer;
  readonly #inputs: readonly SourceInput[];
  readonly #readyRowsMax: number;
  #turn = 0;
  readonly #reading = new Map<string, Reading>();

  /** @param readyRowsMax complete rows that wait for the writer, from which nothing more is read. */
  constructor(source: Source, inputs: readonly SourceInput[], readyRowsMax: number, observe: Observer) {
    this.#source = source;
    this.#inputs = inputs;
    this.#readyRowsMax = readyRowsMax;
    this.#observe = observe;
  }

  /** Decodes about `recordsMax` records. @returns how many; 0 when nothing is there that is needed. */
  read(recordsMax: number): number {
    let read = 0;
    this.#turn += 1;
    for (const input of inTurn(this.#inputs, this.#turn)) {
      while (read < recordsMax && !this.#isEnoughReady(input)) {
        const reading = this.#furthestBehind(input);
        if (reading === null) break;
        read += this.#decode(reading, input, Math.min(recordsMax - read, RECORDS_PER_STEP));
      }
      this.#reportDuplicates(input.sequencer);
    }
    return read;
  }

  #isEnoughReady({ sequencer }: SourceInput): boolean {
    return sequencer.countReady().rows >= this.#readyRowsMax && sequencer.look() !== null;
  }

  /** Of the partitions that have something, the one that was read least far in commit order: so little has to be held. */
  #furthestBehind({ sequencer, partitions }: SourceInput): Reading | null {
    let found: Reading | null = null;
    let place: Position | null = null;
    for (const partition of partitions) {
      if (sequencer.isAhead(partition)) continue;
      const reading = this.#reading.get(partition) ?? this.#take(partition);
      if (reading === undefined) continue;
      const here = sequencer.place(partition);
      if (here === null) return reading;
      if (place === null || here < place) [found, place] = [reading, here];
    }
    return found;
  }

  #take(partition: string): Reading | undefined {
    const batch = this.#source.take(partition);
    if (batch === undefined) return undefined;
    const reading = { batch, records: batch.records[Symbol.iterator](), left: batch.records.length };
    this.#reading.set(partition, reading);
    return reading;
  }

  #decode(reading: Reading, { decoder, sequencer }: SourceInput, recordsMax: number): number {
    const { batch } = reading;
    const counts: Record<string, number> = {};
    const skipped = new Map<SkipReason, number>();
    let newest: number | null = null;
    const started = performance.now();
    const { done: all, refused } = untilRefused(next(reading, recordsMax), (record) =>
      decoder.decode(sourceRecord(batch, record)),
    );
    const decodedAt = performance.now();
    const { done, refused: notPushed } = untilRefused(all, (decoded) => sequencer.push(decoded));
    const stop = notPushed ?? refused;
    if (stop !== null) sequencer.refuse({ partition: batch.partition, offset: stop.at.offset }, stop.error);
    for (const decoded of all.slice(0, done.length)) {
      const label = operationOf(decoded);
      counts[label] = (counts[label] ?? 0) + 1;
      const reason = reasonOf(decoded);
      if (reason !== null) skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
      if (decoded.kind === 'change' || decoded.kind === 'end') newest = decoded.sourceTimeMs;
    }
    if (reading.left === 0 && stop === null) {
      sequencer.readUpTo(batch.partition, batch.nextOffset);
      this.#reading.delete(batch.partition);
    }
    this.#observe({ kind: 'stage', stage: 'decode', seconds: (decodedAt - started) / 1_000 });
    this.#observe({ kind: 'stage', stage: 'sequence', seconds: (performance.now() - decodedAt) / 1_000 });
    const { partition, topic } = batch;
    const lagRecords = Math.max(0, batch.endOffset - sequencer.readTo(partition));
    this.#observe({
      kind: 'consumed',
      partition,
      topic,
      records: done.length,
      byOperation: counts,
      lagRecords,
      newestSourceTimeMs: newest,
    });
    for (const [reason, count] of skipped) this.#observe({ kind: 'skipped', topic, reason, records: count });
    return Math.max(1, done.length);
  }

  #reportDuplicates(sequencer: Sequencer): void {
    for (const [cause, records] of sequencer.counts.takeDuplicates())
      this.#observe({ kind: 'duplicates', cause, records });
  }
}

interface Done<T, R> {
  readonly done: R[];
  /** What could not be gone on over; those behind it were left alone. */
  readonly refused: { readonly at: T; readonly error: DragomanError } | null;
}

/** At most so many of those that are left. */
function* next(reading: Reading, recordsMax: number): Generator<RawRecord, void, undefined> {
  for (let taken = 0; taken < recordsMax; taken += 1) {
    const found = reading.records.next();
    if (found.done === true) return;
    reading.left -= 1;
    yield found.value;
  }
}

function untilRefused<T, R>(values: Iterable<T>, use: (value: T) => R): Done<T, R> {
  const done: R[] = [];
  for (const at of values) {
    try {
      done.push(use(at));
    } catch (error) {
      if (error instanceof DragomanError && error.disposition === 'refuse') return { done, refused: { at, error } };
      throw error;
    }
  }
  return { done, refused: null };
}

const operationOf = (record: DecodedRecord): string => (record.kind === 'change' ? record.op : record.kind);

/** Why a record changes nothing. */
const reasonOf = (record: DecodedRecord): SkipReason | null =>
  record.kind === 'skipped' ? record.reason : record.kind === 'filler' ? 'truncated' : null;

function sourceRecord({ partition, topic }: RawBatch, { offset, key, value, headers }: RawRecord): SourceRecord {
  const other = headers['__debezium.newkey'] ?? headers['__debezium.oldkey'];
  const first = Array.isArray(other) ? other[0] : other;
  return {
    partition,
    topic,
    offset,
    key: key === null ? null : key.toString(),
    value,
    otherKey: first === undefined ? null : first.toString(),
  };
}
