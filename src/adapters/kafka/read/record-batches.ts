/**
 * The record batches of one partition as a broker sent them -> the records that a `read_committed` reader sees, and the offset to read on
 * from. Read by position out of the bytes; keys and values are views of them.
 *
 * - A batch counts with its last offset, also when compaction, a marker or an abort left nothing of it.
 * - The last batch may be cut off: it comes whole with the next answer.
 * - A batch whose checksum is another was damaged on a disk or on its way: nobody else notices, and a digit would be another one.
 * - A batch that cannot be read ends reading in front of it, and is thrown at when it is the first.
 * - Compressed bytes may become many more. From `bytesMax` on no further batch is read; so an answer holds no more than one of batches
 *   that are not compressed, and one batch.
 * - Aborted: a transactional batch of a producer that is between the first offset and the marker of one of its aborted transactions. Those
 *   come in the order in which they ended, and of any number of producers (Fetcher.java, `fetchRecords`).
 *
 * Formats: `DefaultRecordBatch.java`, `DefaultRecord.java` (version 2, Kafka 0.11 and newer), `ControlRecordType.java`.
 */
import kafkajs from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import type { RawRecord } from '../../../pipeline/ports.js';
import {
  ATTRIBUTES_AT,
  CHECKSUM_AT,
  CODEC,
  CONTROL,
  COUNT_AT,
  FIRST_TIME_AT,
  LAST_DELTA_AT,
  LENGTH_AT,
  LENGTH_END,
  LOG_APPEND_TIME,
  MAGIC,
  MAGIC_AT,
  MAX_TIME_AT,
  PRODUCER_AT,
  RECORDS_AT,
  TRANSACTIONAL,
} from '../batch-format.js';
import { crc32c } from '../crc32c.js';
import { Varints } from './varints.js';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** A batch that a `read_committed` reader sees, and its records, not compressed. */
export interface VisibleBatch {
  readonly batch: Buffer;
  readonly content: Buffer;
}

/** What is made of the records of a batch. */
export interface RecordForm<T> {
  /** Those from `from` on. @throws RangeError when the batch is damaged. */
  of(batch: VisibleBatch, from: number): readonly T[];
  /** Those in front of `end`. */
  before(records: readonly T[], end: number): readonly T[];
}

export const RAW_RECORDS: RecordForm<RawRecord> = {
  of: (batch, from) => recordsOf(batch).filter(({ offset }) => offset >= from),
  before: (records, end) => records.filter(({ offset }) => offset < end),
};

export interface BatchesRead<T> {
  readonly records: readonly T[];
  readonly nextOffset: number;
}

const ABORT_MARKER = 0;

/** What is to be read of one answer. */
export interface BatchPlan<T> {
  readonly from: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly bytesMax?: number;
  readonly form: RecordForm<T>;
}

/** @throws DragomanError SOURCE_UNSUPPORTED, RangeError (damaged bytes), and what a codec throws. */
export async function readBatches<T>(bytes: Buffer, plan: BatchPlan<T>): Promise<BatchesRead<T>> {
  const { from, aborted, bytesMax = Infinity, form } = plan;
  const records: T[] = [];
  const aborts = new Aborts(aborted);
  let nextOffset = from;
  let readBytes = 0;
  for (let at = 0; at + LENGTH_END <= bytes.length && readBytes < bytesMax;) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length) break;
    const batch = bytes.subarray(at, end);
    at = end;
    try {
      const visible = await visibleOf(batch, aborts);
      if (visible !== null) for (const record of form.of(visible, from)) records.push(record);
      readBytes += visible?.content.length ?? 0;
      nextOffset = Math.max(nextOffset, lastOffsetOf(batch) + 1);
    } catch (error) {
      if (nextOffset === from) throw error;
      break;
    }
  }
  return { records, nextOffset };
}

/** Null: there is nothing to be seen. */
async function visibleOf(batch: Buffer, aborts: Aborts): Promise<VisibleBatch | null> {
  if (batch.readInt8(MAGIC_AT) !== MAGIC) throw tooOld();
  if (crc32c(batch.subarray(ATTRIBUTES_AT)) !== batch.readUInt32BE(CHECKSUM_AT))
    throw new RangeError('the checksum of a batch is another');
  if (!aborts.isVisible(batch) || batch.readInt32BE(COUNT_AT) === 0) return null;
  const codec = batch.readInt16BE(ATTRIBUTES_AT) & CODEC;
  const records = batch.subarray(RECORDS_AT);
  return { batch, content: codec === 0 ? records : await decompressed(records, codec) };
}

export const baseOffsetOf = (batch: Buffer): number => Number(batch.readBigInt64BE(0));
const lastOffsetOf = (batch: Buffer): number => baseOffsetOf(batch) + batch.readInt32BE(LAST_DELTA_AT);

/** Which producers' records are part of an aborted transaction, from one batch to the next. */
class Aborts {
  readonly #ahead: AbortedTransaction[];
  readonly #producers = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  isVisible(batch: Buffer): boolean {
    const last = lastOffsetOf(batch);
    for (let [next] = this.#ahead; next !== undefined && next.firstOffset <= last; [next] = this.#ahead) {
      this.#producers.add(next.producerId);
      this.#ahead.shift();
    }
    const attributes = batch.readInt16BE(ATTRIBUTES_AT);
    const producerId = Number(batch.readBigInt64BE(PRODUCER_AT));
    if ((attributes & CONTROL) !== 0) {
      if (isAbortMarker(batch)) this.#producers.delete(producerId);
      return false;
    }
    return (attributes & TRANSACTIONAL) === 0 || !this.#producers.has(producerId);
  }
}

/** A control batch has one record, whose key is a version and the type; empty when compaction has taken it. */
function isAbortMarker(batch: Buffer): boolean {
  if (batch.readInt32BE(COUNT_AT) === 0) return false;
  const reader = new RecordReader(batch.subarray(RECORDS_AT));
  return reader.record(0, 0, null).key?.readInt16BE(2) === ABORT_MARKER;
}

function recordsOf({ batch, content }: VisibleBatch): RawRecord[] {
  const count = batch.readInt32BE(COUNT_AT);
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const reader = new RecordReader(content);
  const firstTimeMs = Number(batch.readBigInt64BE(FIRST_TIME_AT));
  const appendedMs = (attributes & LOG_APPEND_TIME) === 0 ? null : Number(batch.readBigInt64BE(MAX_TIME_AT));
  const baseOffset = baseOffsetOf(batch);
  return Array.from({ length: count }, () => reader.record(baseOffset, firstTimeMs, appendedMs));
}

type Codec = { decompress(bytes: Buffer): Promise<Buffer> } | undefined;

async function decompressed(bytes: Buffer, codec: number): Promise<Buffer> {
  const make = Reflect.get(kafkajs.CompressionCodecs, codec) as (() => Codec) | undefined;
  const found = make?.();
  if (found === undefined) throw new DragomanError('SOURCE_UNSUPPORTED', `Compression codec ${codec} is not known.`);
  return found.decompress(bytes);
}

/** Goes through the records of one batch. The length -1 is null. */
class RecordReader {
  readonly #bytes: Buffer;
  readonly #numbers: Varints;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#numbers = new Varints(bytes);
  }

  record(baseOffset: number, firstTimeMs: number, appendedMs: number | null): RawRecord {
    const length = this.#numbers.next();
    const end = this.#numbers.at + length;
    if (end > this.#bytes.length) throw new RangeError('a record is longer than its batch');
    this.#numbers.at += 1; // attributes, of which there are none
    const sinceFirstMs = this.#numbers.next();
    const timestampMs = appendedMs ?? firstTimeMs + sinceFirstMs;
    const offset = baseOffset + this.#numbers.next();
    const key = this.#optional();
    const value = this.#optional();
    const headers = this.#headers();
    this.#numbers.at = end;
    return { offset, timestampMs, key, value, headers };
  }

  #headers(): RawRecord['headers'] {
    const count = this.#numbers.next();
    if (count === 0) return NO_HEADERS;
    const headers: Record<string, Buffer | string | (Buffer | string)[] | undefined> = {};
    for (let left = count; left > 0; left -= 1) {
      const name = this.#optional()?.toString() ?? '';
      const value = this.#optional() ?? undefined;
      const before = headers[name];
      if (before === undefined) headers[name] = value;
      else if (value !== undefined) headers[name] = Array.isArray(before) ? [...before, value] : [before, value];
    }
    return headers;
  }

  #optional(): Buffer | null {
    const length = this.#numbers.next();
    return length < 0 ? null : this.#bytes.subarray(this.#numbers.at, (this.#numbers.at += length));
  }
}

const NO_HEADERS: RawRecord['headers'] = Object.freeze({});

const tooOld = (): DragomanError =>
  new DragomanError(
    'SOURCE_UNSUPPORTED',
    'Records are in a format from before Kafka 0.11, which no connector that is supported writes.',
  );
