/**
 * The record batches of one partition as a broker sent them -> the records that a `read_committed` reader sees, and the offset to read on
 * from. Records stay bytes until somebody walks through them (`record-run.ts`).
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
import { type BatchRecords, BatchReader, RecordRun, within } from './record-run.js';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface BatchesRead {
  readonly records: RecordRun;
  readonly nextOffset: number;
}

const ABORT_MARKER = 0;

/** What is to be read of one answer. */
export interface BatchPlan {
  readonly from: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly bytesMax?: number;
}

/** @throws DragomanError SOURCE_UNSUPPORTED, RangeError (damaged bytes), and what a codec throws. */
export async function readBatches(bytes: Buffer, plan: BatchPlan): Promise<BatchesRead> {
  const { from, aborted, bytesMax = Infinity } = plan;
  const visible: BatchRecords[] = [];
  const aborts = new Aborts(aborted);
  let nextOffset = from;
  let readBytes = 0;
  for (let at = 0; at + LENGTH_END <= bytes.length && readBytes < bytesMax;) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length) break;
    const batch = bytes.subarray(at, end);
    at = end;
    try {
      const records = await visibleOf(batch, aborts);
      if (records !== null) visible.push(within(records, from, Infinity));
      readBytes += records?.content.length ?? 0;
      nextOffset = Math.max(nextOffset, lastOffsetOf(batch) + 1);
    } catch (error) {
      if (nextOffset === from) throw error;
      break;
    }
  }
  return { records: new RecordRun(visible), nextOffset };
}

/** Null: there is nothing to be seen. */
async function visibleOf(batch: Buffer, aborts: Aborts): Promise<BatchRecords | null> {
  if (batch.readInt8(MAGIC_AT) !== MAGIC) throw tooOld();
  if (crc32c(batch.subarray(ATTRIBUTES_AT)) !== batch.readUInt32BE(CHECKSUM_AT))
    throw new RangeError('the checksum of a batch is another');
  const count = batch.readInt32BE(COUNT_AT);
  if (!aborts.isVisible(batch) || count === 0) return null;
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const [records, codec] = [batch.subarray(RECORDS_AT), attributes & CODEC];
  return {
    content: codec === 0 ? records : await decompressed(records, codec),
    count,
    baseOffset: baseOffsetOf(batch),
    firstTimeMs: Number(batch.readBigInt64BE(FIRST_TIME_AT)),
    appendedMs: (attributes & LOG_APPEND_TIME) === 0 ? null : Number(batch.readBigInt64BE(MAX_TIME_AT)),
  };
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
  const content = batch.subarray(RECORDS_AT);
  const reader = new BatchReader({ content, count: 1, baseOffset: 0, firstTimeMs: 0, appendedMs: null });
  return reader.next() && reader.record().key?.readInt16BE(2) === ABORT_MARKER;
}

type Codec = { decompress(bytes: Buffer): Promise<Buffer> } | undefined;

async function decompressed(bytes: Buffer, codec: number): Promise<Buffer> {
  const make = Reflect.get(kafkajs.CompressionCodecs, codec) as (() => Codec) | undefined;
  const found = make?.();
  if (found === undefined) throw new DragomanError('SOURCE_UNSUPPORTED', `Compression codec ${codec} is not known.`);
  return found.decompress(bytes);
}

const tooOld = (): DragomanError =>
  new DragomanError(
    'SOURCE_UNSUPPORTED',
    'Records are in a format from before Kafka 0.11, which no connector that is supported writes.',
  );
