/**
 * Writes record batches into one buffer, each record in one go: a length in front of something is written at the size that it will likely
 * have, and what follows is moved when it has another. What only the request knows (producer, sequence, checksum) comes later: `sealBatch`.
 */
import type { OutputRecord } from '../../../pipeline/ports.js';
import { RECORDS_AT } from '../batch-format.js';
import { UNIT_BYTES_MAX, writeUtf8 } from '../../../domain/utf8.js';

const INITIAL_BYTES = 64 * 1024;
/** A larger buffer is not kept for the next round. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
/** Of a varint of 32 bits. */
const VARINT_BYTES_MAX = 5;
/** What a record has beside key, value and headers: attributes, time, place, and the lengths of the three. */
const USUAL_OVERHEAD_BYTES = 10;

type WrittenRecord = Pick<OutputRecord, 'key' | 'value' | 'headers'>;

export class BatchWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #end = 0;

  /** Bytes of all batches. */
  get length(): number {
    return this.#end;
  }

  clear(): void {
    this.#end = 0;
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  /** Back to an earlier `length`. */
  cut(length: number): void {
    this.#end = length;
  }

  /** Valid until `clear`, or until the next write. */
  view(start: number): Buffer {
    return this.#bytes.subarray(start, this.#end);
  }

  /** Room for what is in front of the records. */
  begin(): void {
    this.#reserve(RECORDS_AT);
    this.#end += RECORDS_AT;
  }

  /** @param place in its batch, from 0. */
  record({ key, value, headers }: WrittenRecord, place: number): void {
    const start = this.#end;
    const expected = key.length + (value?.length ?? 0) + USUAL_OVERHEAD_BYTES;
    const body = start + varintBytes(expected);
    this.#reserve(2 * VARINT_BYTES_MAX + 2);
    this.#end = body;
    this.#byte(0); // attributes
    this.#varint(0); // since the time of the batch
    this.#varint(place);
    this.#text(key);
    if (value === null) this.#null();
    else if (typeof value === 'string') this.#text(value);
    else this.#buffer(value);
    this.#headers(headers);
    this.#prefix(start, body);
  }

  #headers(headers: OutputRecord['headers']): void {
    const names = headers === undefined ? NO_NAMES : Object.keys(headers);
    this.#reserve(VARINT_BYTES_MAX);
    this.#varint(names.length);
    for (const name of names) {
      this.#text(name);
      const value = headers?.[name] ?? '';
      if (typeof value === 'string') this.#text(value);
      else this.#buffer(value);
    }
  }

  #text(text: string): void {
    this.#reserve(VARINT_BYTES_MAX + text.length * UNIT_BYTES_MAX);
    const start = this.#end;
    const content = start + varintBytes(text.length);
    this.#end = content + writeUtf8(this.#bytes, content, text);
    this.#prefix(start, content);
  }

  #buffer(bytes: Buffer): void {
    this.#reserve(VARINT_BYTES_MAX + bytes.length);
    this.#varint(bytes.length);
    this.#end += bytes.copy(this.#bytes, this.#end);
  }

  #null(): void {
    this.#reserve(1);
    this.#byte(1); // -1
  }

  /** The length of what was written from `content` on goes to `start`; there is room for it to be longer. */
  #prefix(start: number, content: number): void {
    const length = this.#end - content;
    const moved = start + varintBytes(length);
    if (moved !== content) {
      this.#reserve(VARINT_BYTES_MAX);
      this.#bytes.copyWithin(moved, content, this.#end);
    }
    this.#end = start;
    this.#varint(length);
    this.#end += length;
  }

  /** Of a number that is not negative; zigzag doubles it. */
  #varint(value: number): void {
    let left = value * 2;
    for (; left > 0x7f; left >>>= 7) this.#byte((left & 0x7f) | 0x80);
    this.#byte(left);
  }

  #byte(value: number): void {
    this.#bytes[this.#end] = value;
    this.#end += 1;
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

const NO_NAMES: readonly string[] = [];

/** Seven bits a byte, one of them the sign. */
const varintBytes = (length: number): number =>
  length < 1 << 6 ? 1 : length < 1 << 13 ? 2 : length < 1 << 20 ? 3 : length < 1 << 27 ? 4 : VARINT_BYTES_MAX;
