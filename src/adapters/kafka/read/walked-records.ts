/** The records of batches without an object for each: where they are, five numbers each. */
import type { RecordCursor } from '../../../pipeline/ports.js';
import { COUNT_AT } from '../batch-format.js';
import { baseOffsetOf, type RecordForm, type VisibleBatch } from './record-batches.js';
import { Varints } from './varints.js';

/** Of one batch. */
export interface WalkedBatch {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  /** Offset from the base, begin and end of the key, begin and end of the value (-1: there is none). */
  readonly places: Int32Array;
  /** Of the records that are wanted the first one, and the one behind the last. */
  readonly first: number;
  readonly last: number;
}

const PLACES = 5;
const [OFFSET, KEY_BEGIN, KEY_END, VALUE_BEGIN, VALUE_END] = [0, 1, 2, 3, 4] as const;
const NOTHING = Buffer.alloc(0);

export const WALKED: RecordForm<WalkedBatch> = {
  of: (batch, from) => [walked(batch, from)],
  before: (batches, end) => batches.map((batch) => ({ ...batch, last: firstFrom(batch, end) })),
};

/** @throws RangeError when the batch is damaged. */
function walked({ batch, content }: VisibleBatch, from: number): WalkedBatch {
  const count = batch.readInt32BE(COUNT_AT);
  const places = new Int32Array(PLACES * count);
  const reader = new Varints(content);
  for (let i = 0; i < places.length; i += PLACES) walk(reader, places, i);
  const all = { bytes: content, baseOffset: baseOffsetOf(batch), places, first: 0, last: count };
  return { ...all, first: firstFrom(all, from) };
}

function walk(reader: Varints, places: Int32Array, i: number): void {
  const end = reader.next() + reader.at;
  if (end > reader.bytes.length) throw new RangeError('a record is longer than its batch');
  reader.at += 1; // attributes, of which there are none
  reader.next(); // time
  places[i + OFFSET] = reader.next();
  const keyBytes = reader.next();
  places[i + KEY_BEGIN] = reader.at;
  places[i + KEY_END] = reader.at += Math.max(0, keyBytes);
  const valueBytes = reader.next();
  places[i + VALUE_BEGIN] = valueBytes < 0 ? -1 : reader.at;
  places[i + VALUE_END] = reader.at + valueBytes;
  reader.at = end; // headers are left out
}

/** Number of the first record with this offset or a later one. */
function firstFrom({ baseOffset, places, first, last }: WalkedBatch, offset: number): number {
  let i = first;
  while (i < last && baseOffset + (places[i * PLACES + OFFSET] ?? 0) < offset) i += 1;
  return i;
}

export class WalkedRecords implements RecordCursor {
  readonly partition: number;
  readonly size: number;
  offset = -1;
  bytes: Buffer = NOTHING;
  keyBegin = 0;
  keyEnd = 0;
  valueBegin = -1;
  valueEnd = -1;
  readonly #batches: readonly WalkedBatch[];
  #batch = 0;
  #at: number;

  constructor(partition: number, batches: readonly WalkedBatch[]) {
    this.partition = partition;
    this.size = batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#batches = batches;
    this.#at = batches[0]?.first ?? 0;
  }

  next(): boolean {
    for (let batch = this.#batches[this.#batch]; batch !== undefined; batch = this.#batches[this.#batch]) {
      if (this.#at < batch.last) {
        this.#goTo(batch, PLACES * this.#at);
        this.#at += 1;
        return true;
      }
      this.#batch += 1;
      this.#at = this.#batches[this.#batch]?.first ?? 0;
    }
    return false;
  }

  #goTo({ bytes, baseOffset, places }: WalkedBatch, i: number): void {
    this.bytes = bytes;
    this.offset = baseOffset + (places[i + OFFSET] ?? 0);
    this.keyBegin = places[i + KEY_BEGIN] ?? 0;
    this.keyEnd = places[i + KEY_END] ?? 0;
    this.valueBegin = places[i + VALUE_BEGIN] ?? 0;
    this.valueEnd = places[i + VALUE_END] ?? 0;
  }
}
