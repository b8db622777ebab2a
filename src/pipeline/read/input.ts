/**
 * From the partitions of a source to its sequencer: takes fetched batches from partitions that the sequencer needs, decodes
 * and pushes them. A partition that runs ahead is left alone, so its queue in the adapter fills up and it is paused there.
 */
import type { Decoder } from '../../decode/decoder.js';
import type { SourceRecord } from '../../decode/source-record.js';
import type { DecodedRecord, SkipReason } from '../../domain/source/change-event.js';
import { traceparentIn } from '../../domain/source/trace.js';
import { DragomanError } from '../../errors.js';
import type { Position } from '../../domain/source/position.js';
import type { Mode } from '../../domain/source/mode.js';
import type { Sequencer } from '../../sequence/sequencer.js';
import type { Observer } from '../events.js';
import { inTurn } from '../in-turn.js';
import type { SourceTime } from '../timers/source-time.js';
import type { RawBatch, RawRecord, Source } from '../ports.js';
import type { ToldInput } from '../told/told-input.js';
import type { PlainRecord, PlainRecords } from './plain-records.js';

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
  /** Annotations of its transactions are read. */
  readonly isAnnotated?: true;
  /** Traces that its records carry are read. */
  readonly readsTraces?: true;
  /** Its input partitions. */
  readonly partitions: readonly string[];
}

/** Records of one partition before the next one is looked at. */
const RECORDS_PER_STEP = 100;

/** A batch that is decoded in steps, so the loop can turn in between. */
class Reading {
  readonly batch: RawBatch;
  /** Records that are not read yet. */
  left: number;
  /** A schema that its next record needs is asked for. */
  isWaiting = false;
  readonly #records: Iterator<RawRecord>;
  #again: RawRecord | null = null;

  constructor(batch: RawBatch) {
    this.batch = batch;
    this.left = batch.records.length;
    this.#records = batch.records[Symbol.iterator]();
  }

  /** Null at the end. */
  next(): RawRecord | null {
    const again = this.#again;
    this.#again = null;
    const found = again === null ? this.#records.next() : { done: false, value: again };
    if (found.done === true) return null;
    this.left -= 1;
    return found.value;
  }

  /** The record that `next` gave last is the next one once more, when that is settled. @param settled never rejects */
  awaits(record: RawRecord, settled: Promise<void>): void {
    this.#again = record;
    this.left += 1;
    this.isWaiting = true;
    void settled.then(() => (this.isWaiting = false));
  }
}

export interface InputPorts {
  readonly source: Pick<Source, 'take' | 'wake'>;
  readonly inputs: readonly SourceInput[];
  readonly plain: PlainRecords;
  readonly observe: Observer;
  /** Contract topics; null or absent: none is moved. */
  readonly told?: ToldInput | null;
}

export class Input {
  readonly #source: InputPorts['source'];
  readonly #observe: Observer;
  readonly #inputs: readonly SourceInput[];
  readonly #plain: PlainRecords;
  readonly #told: ToldInput | null;
  readonly #readyRowsMax: number;
  #turn = 0;
  readonly #reading = new Map<string, Reading>();

  /** @param readyRowsMax complete rows that wait for the writer, from which nothing more is read. */
  constructor({ source, inputs, plain, observe, told = null }: InputPorts, readyRowsMax: number) {
    this.#source = source;
    this.#inputs = inputs;
    this.#plain = plain;
    this.#told = told;
    this.#readyRowsMax = readyRowsMax;
    this.#observe = observe;
  }

  /** Somewhere a schema is waited for. */
  get isWaiting(): boolean {
    for (const { isWaiting } of this.#reading.values()) if (isWaiting) return true;
    return false;
  }

  /** Decodes about `recordsMax` records, and some of what was told. @returns how many; 0 when nothing is there that is needed. */
  read(recordsMax: number): number {
    const told = this.#told?.read(this.#source, RECORDS_PER_STEP) ?? 0;
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
    return read + told;
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
      if (reading === undefined || reading.isWaiting) continue;
      const here = sequencer.place(partition);
      if (here === null) return reading;
      if (place === null || here < place) [found, place] = [reading, here];
    }
    return found;
  }

  #take(partition: string): Reading | undefined {
    const batch = this.#source.take(partition);
    if (batch === undefined) return undefined;
    const reading = new Reading(batch);
    this.#reading.set(partition, reading);
    return reading;
  }

  #decode(reading: Reading, { decoder, sequencer, readsTraces }: SourceInput, recordsMax: number): number {
    const { batch } = reading;
    const started = performance.now();
    const decoded: DecodedRecord[] = [];
    let stop: Stop | null = null;
    for (let raw = reading.next(); raw !== null; raw = decoded.length < recordsMax ? reading.next() : null) {
      try {
        const plain = this.#plain.of(raw);
        if (plain instanceof Promise) {
          reading.awaits(raw, plain);
          void plain.then(() => this.#source.wake());
          break;
        }
        const record = decoder.decode(sourceRecord(batch, plain));
        decoded.push(readsTraces === true ? traced(record, raw) : record);
      } catch (error) {
        stop = stopAt(raw.offset, error);
        break;
      }
    }
    const decodedAt = performance.now();
    let pushed = 0;
    for (; pushed < decoded.length; pushed += 1) {
      const record = decoded[pushed] as DecodedRecord;
      try {
        sequencer.push(record);
      } catch (error) {
        stop = stopAt(record.offset, error);
        break;
      }
    }
    if (stop !== null) sequencer.refuse({ partition: batch.partition, offset: stop.offset }, stop.error);
    else if (reading.left === 0) {
      sequencer.readUpTo(batch.partition, batch.nextOffset);
      this.#reading.delete(batch.partition);
    }
    this.#observe({ kind: 'stage', stage: 'decode', seconds: (decodedAt - started) / 1_000 });
    this.#observe({ kind: 'stage', stage: 'sequence', seconds: (performance.now() - decodedAt) / 1_000 });
    this.#tell(batch, decoded.slice(0, pushed), sequencer);
    return Math.max(1, pushed);
  }

  #tell({ partition, topic, endOffset }: RawBatch, decoded: readonly DecodedRecord[], sequencer: Sequencer): void {
    const byOperation: Record<string, number> = {};
    const skipped = new Map<SkipReason, number>();
    let newestSourceTimeMs: number | null = null;
    for (const record of decoded) {
      const label = operationOf(record);
      byOperation[label] = (byOperation[label] ?? 0) + 1;
      const reason = reasonOf(record);
      if (reason !== null) skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
      if (record.kind === 'change' || record.kind === 'end') newestSourceTimeMs = record.sourceTimeMs;
    }
    const lagRecords = Math.max(0, endOffset - sequencer.readTo(partition));
    const records = decoded.length;
    this.#observe({ kind: 'consumed', partition, topic, records, byOperation, lagRecords, newestSourceTimeMs });
    for (const [reason, count] of skipped) this.#observe({ kind: 'skipped', topic, reason, records: count });
  }

  #reportDuplicates(sequencer: Sequencer): void {
    for (const [cause, records] of sequencer.counts.takeDuplicates())
      this.#observe({ kind: 'duplicates', cause, records });
  }
}

/** What cannot be gone on over. */
interface Stop {
  readonly offset: number;
  readonly error: DragomanError;
}

function stopAt(offset: number, error: unknown): Stop {
  if (error instanceof DragomanError && error.disposition === 'refuse') return { offset, error };
  throw error;
}

const operationOf = (record: DecodedRecord): string => (record.kind === 'change' ? record.op : record.kind);

/** Why a record changes nothing. */
function reasonOf(record: DecodedRecord): SkipReason | null {
  if (record.kind === 'skipped') return record.reason;
  return record.kind === 'filler' ? (record.annotations === undefined ? 'truncated' : 'logical-message') : null;
}

function sourceRecord(
  { partition, topic }: RawBatch,
  { offset, key, value, headers, unread }: PlainRecord,
): SourceRecord {
  const otherKey = textIn(headers['__debezium.newkey'] ?? headers['__debezium.oldkey']);
  const record = { partition, topic, offset, key, value, otherKey };
  return unread === undefined ? record : { ...record, unread };
}

/** What is no valid `traceparent` is none (W3C Trace Context). */
function traced(record: DecodedRecord, { headers }: RawRecord): DecodedRecord {
  if (record.kind !== 'change') return record;
  const traceparent = traceparentIn(textIn(headers['traceparent']) ?? '');
  return traceparent === null ? record : { ...record, traceparent };
}

/** The first of them. */
function textIn(header: RawRecord['headers'][string]): string | null {
  const first = Array.isArray(header) ? header[0] : header;
  return first === undefined ? null : first.toString();
}
