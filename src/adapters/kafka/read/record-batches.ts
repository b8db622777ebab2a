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

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface BatchesRead {
  readonly records: readonly RawRecord[];
  readonly nextOffset: number;
}

const ABORT_MARKER = 0;

/** @throws DragomanError SOURCE_UNSUPPORTED, RangeError (damaged bytes), and what a codec throws. */
export async function readBatches(
  bytes: Buffer,
  from: number,
  aborted: readonly AbortedTransaction[],
  bytesMax = Infinity,
): Promise<BatchesRead> {
  const records: RawRecord[] = [];
  const aborts = new Aborts(aborted);
  let nextOffset = from;
  let readBytes = 0;
  for (let at = 0; at + LENGTH_END <= bytes.length && readBytes < bytesMax;) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length) break;
    const batch = bytes.subarray(at, end);
    at = end;
    try {
      const read = await visibleOf(batch, aborts);
      for (const record of read.records) if (record.offset >= from) records.push(record);
      readBytes += read.bytes;
      nextOffset = Math.max(nextOffset, lastOffsetOf(batch) + 1);
    } catch (error) {
      if (nextOffset === from) throw error;
      break;
    }
  }
  return { records, nextOffset };
}

/** With the bytes that they take when they are not compressed. */
async function visibleOf(
  batch: Buffer,
  aborts: Aborts,
): Promise<{ readonly records: readonly RawRecord[]; readonly bytes: number }> {
  if (batch.readInt8(MAGIC_AT) !== MAGIC) throw tooOld();
  if (crc32c(batch.subarray(ATTRIBUTES_AT)) !== batch.readUInt32BE(CHECKSUM_AT))
    throw new RangeError('the checksum of a batch is another');
  if (!aborts.isVisible(batch) || batch.readInt32BE(COUNT_AT) === 0) return { records: [], bytes: 0 };
  const content = await decompressed(batch.subarray(RECORDS_AT), batch.readInt16BE(ATTRIBUTES_AT) & CODEC);
  return { records: recordsOf(batch, content), bytes: content.length };
}

const baseOffsetOf = (batch: Buffer): number => Number(batch.readBigInt64BE(0));
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

function recordsOf(batch: Buffer, content: Buffer): RawRecord[] {
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
  if (codec === 0) return bytes;
  const make = Reflect.get(kafkajs.CompressionCodecs, codec) as (() => Codec) | undefined;
  const found = make?.();
  if (found === undefined) throw new DragomanError('SOURCE_UNSUPPORTED', `Compression codec ${codec} is not known.`);
  return found.decompress(bytes);
}

/** Walks through the records of one batch. Lengths and differences are zigzag varints; -1 is null. */
class RecordReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  record(baseOffset: number, firstTimeMs: number, appendedMs: number | null): RawRecord {
    const length = this.#varint();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('a record is longer than its batch');
    this.#at += 1; // attributes, of which there are none
    const sinceFirstMs = this.#varint();
    const timestampMs = appendedMs ?? firstTimeMs + sinceFirstMs;
    const offset = baseOffset + this.#varint();
    const key = this.#optional();
    const value = this.#optional();
    const headers = this.#headers();
    this.#at = end;
    return { offset, timestampMs, key, value, headers };
  }

  #headers(): RawRecord['headers'] {
    const count = this.#varint();
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
    const length = this.#varint();
    return length < 0 ? null : this.#bytes.subarray(this.#at, (this.#at += length));
  }

  /** Up to 64 bits, of which a number keeps 53: enough for times and offsets. */
  #varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#bytes.readUInt8(this.#at);
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

const NO_HEADERS: RawRecord['headers'] = Object.freeze({});

const tooOld = (): DragomanError =>
  new DragomanError(
    'SOURCE_UNSUPPORTED',
    'Records are in a format from before Kafka 0.11, which no connector that is supported writes.',
  );
