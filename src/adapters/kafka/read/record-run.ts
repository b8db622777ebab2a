/**
 * Records as the bytes of their batches, read by position: thousands wait until they are needed, and what waits is what a garbage
 * collector copies. An object is made of one when somebody walks up to it and wants it. Keys and values are views of the bytes.
 * Format: `DefaultRecord.java` (version 2).
 */
import { nearestInstant } from '../../../domain/source/instants.js';
import type { RawRecord, RawRecords, RecordCursor } from '../../../pipeline/ports.js';
import { Varints } from './varints.js';

/** The records of one batch, not compressed, and what they refer to. */
export interface BatchRecords {
  readonly content: Buffer;
  readonly count: number;
  readonly baseOffset: number;
  readonly firstTimeMs: number;
  /** Null: each has its own time. */
  readonly appendedMs: number | null;
}

export class RecordRun implements RawRecords {
  readonly length: number;
  /** Of all of them. */
  readonly bytes: number;
  readonly #batches: readonly BatchRecords[];

  constructor(batches: readonly BatchRecords[]) {
    this.#batches = batches;
    this.length = batches.reduce((sum, { count }) => sum + count, 0);
    this.bytes = batches.reduce((sum, { content }) => sum + content.length, 0);
  }

  *[Symbol.iterator](): Generator<RawRecord, void, undefined> {
    for (const batch of this.#batches)
      for (const reader = new BatchReader(batch); reader.next();) yield reader.record();
  }

  /** Without an object for each. */
  walk(partition: number): RecordCursor {
    return new RunCursor(partition, this.bytes, this.#batches);
  }

  /** Those in front of this offset. */
  before(end: number): RecordRun {
    return new RecordRun(this.#batches.map((batch) => within(batch, 0, end)));
  }

  /** The same, copied when they are less than this share of the answers that they came in, and would keep in memory. */
  detached(share: number): RecordRun {
    const answers = new Set(this.#batches.map(({ content }) => content.buffer));
    const answerBytes = [...answers].reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (this.bytes >= answerBytes * share) return this;
    return new RecordRun(this.#batches.map((batch) => ({ ...batch, content: Buffer.from(batch.content) })));
  }
}

/**
 * Those from `from` on and in front of `end`.
 * @throws RangeError when the bytes are no records: who walks through what is returned meets none that are not.
 */
export function within(batch: BatchRecords, from: number, end: number): BatchRecords {
  const reader = new BatchReader(batch);
  let [begin, to, count] = [0, 0, 0];
  for (let at = reader.at; reader.next(); at = reader.at) {
    if (reader.offset < from || reader.offset >= end) continue;
    if (count === 0) begin = at;
    to = reader.at;
    count += 1;
  }
  return { ...batch, content: batch.content.subarray(begin, to), count };
}

/** Stands at one record after the other. Lengths and differences are varints; the length -1 is null. */
export class BatchReader {
  readonly bytes: Buffer;
  offset = -1;
  keyBegin = 0;
  keyEnd = 0;
  valueBegin = -1;
  valueEnd = -1;
  readonly #batch: BatchRecords;
  readonly #numbers: Varints;
  #left: number;
  #sinceFirstMs = 0;
  #hasKey = false;
  #headersAt = 0;

  constructor(batch: BatchRecords) {
    this.#batch = batch;
    this.bytes = batch.content;
    this.#numbers = new Varints(batch.content);
    this.#left = batch.count;
  }

  /** Where the record ends that it stands at. */
  get at(): number {
    return this.#numbers.at;
  }

  /** Moves on to the next one, the first one at first. @returns false when there is none. @throws RangeError when it is none */
  next(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    const numbers = this.#numbers;
    const length = numbers.next();
    const end = numbers.at + length;
    if (length < 0 || end > this.bytes.length) throw new RangeError('a record is longer than its batch');
    numbers.at += 1; // attributes, of which there are none
    this.#sinceFirstMs = numbers.next();
    this.offset = this.#batch.baseOffset + numbers.next();
    this.#hasKey = this.#pass();
    [this.keyBegin, this.keyEnd] = [this.#begin, numbers.at];
    const hasValue = this.#pass();
    [this.valueBegin, this.valueEnd] = hasValue ? [this.#begin, numbers.at] : [-1, -1];
    this.#headersAt = numbers.at;
    for (let left = 2 * numbers.next(); left > 0; left -= 1) this.#pass();
    if (numbers.at > end) throw new RangeError('a record is longer than it says');
    numbers.at = end;
    return true;
  }

  #begin = 0;

  /** Passes bytes that have their length in front. @returns false when they are null. */
  #pass(): boolean {
    const length = this.#numbers.next();
    this.#begin = this.#numbers.at;
    if (length > 0) this.#numbers.at += length;
    return length >= 0;
  }

  /** That it stands at. */
  record(): RawRecord {
    const { firstTimeMs, appendedMs } = this.#batch;
    return {
      offset: this.offset,
      timestampMs: nearestInstant(appendedMs ?? firstTimeMs + this.#sinceFirstMs),
      key: this.#hasKey ? this.bytes.subarray(this.keyBegin, this.keyEnd) : null,
      value: this.valueBegin < 0 ? null : this.bytes.subarray(this.valueBegin, this.valueEnd),
      headers: headersAt(this.bytes, this.#headersAt),
    };
  }
}

const NO_HEADERS: RawRecord['headers'] = Object.freeze({});

function headersAt(bytes: Buffer, at: number): RawRecord['headers'] {
  if (bytes[at] === 0) return NO_HEADERS;
  const numbers = new Varints(bytes);
  numbers.at = at;
  const optional = (): Buffer | undefined => {
    const length = numbers.next();
    return length < 0 ? undefined : bytes.subarray(numbers.at, (numbers.at += length));
  };
  // Not an object: it has names of its own (`constructor`), and a name may be anything.
  const headers = new Map<string, RawRecord['headers'][string]>();
  for (let left = numbers.next(); left > 0; left -= 1) {
    const name = optional()?.toString() ?? '';
    const value = optional();
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else if (value !== undefined) headers.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
  }
  return Object.fromEntries(headers);
}

const NOTHING: BatchRecords = { content: Buffer.alloc(0), count: 0, baseOffset: 0, firstTimeMs: 0, appendedMs: null };

/** Through the records of one batch after the other. */
class RunCursor implements RecordCursor {
  readonly partition: number;
  readonly size: number;
  readonly #batches: Iterator<BatchRecords>;
  #reader = new BatchReader(NOTHING);

  constructor(partition: number, size: number, batches: Iterable<BatchRecords>) {
    this.partition = partition;
    this.size = size;
    this.#batches = batches[Symbol.iterator]();
  }

  next(): boolean {
    while (!this.#reader.next()) {
      const batch = this.#batches.next();
      if (batch.done === true) return false;
      this.#reader = new BatchReader(batch.value);
    }
    return true;
  }

  get bytes(): Buffer {
    return this.#reader.bytes;
  }

  get offset(): number {
    return this.#reader.offset;
  }

  get keyBegin(): number {
    return this.#reader.keyBegin;
  }

  get keyEnd(): number {
    return this.#reader.keyEnd;
  }

  get valueBegin(): number {
    return this.#reader.valueBegin;
  }

  get valueEnd(): number {
    return this.#reader.valueEnd;
  }
}
