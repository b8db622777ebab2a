/**
 * Records of one topic-partition in a file, one behind the other, byte for byte as they were in Kafka:
 *
 *   timestamp float64 (ms) | key int32 length + bytes | value int32 length + bytes | headers uint16 count, each: name uint16
 *   length + bytes, value int32 length + bytes          (big-endian; length -1 = null)
 *
 * Offsets are not kept: a new broker gives new ones, in the same order.
 */
import { closeSync, openSync, readSync } from 'node:fs';

export interface StoredRecord {
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

const CHUNK_BYTES = 4 * 1024 * 1024;

export function encodeRecord({ timestampMs, key, value, headers }: StoredRecord): Buffer {
  const time = Buffer.allocUnsafe(8);
  time.writeDoubleBE(timestampMs);
  const count = Buffer.allocUnsafe(2);
  count.writeUInt16BE(headers.length);
  const parts = [time, ...sized(key), ...sized(value), count];
  for (const [name, content] of headers) {
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(Buffer.byteLength(name));
    parts.push(length, Buffer.from(name), ...sized(content));
  }
  return Buffer.concat(parts);
}

function sized(bytes: Buffer | null): Buffer[] {
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(bytes === null ? -1 : bytes.length);
  return bytes === null ? [length] : [length, bytes];
}

/** Reads a file from its beginning, record by record, with one chunk in memory. What `next` returns stays valid. */
export class RecordReader {
  readonly #file: number;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  /** Null at the end. */
  next(): StoredRecord | null {
    if (!this.#need(8)) return null;
    const timestampMs = this.#chunk.readDoubleBE(this.#advance(8));
    const key = this.#sized();
    const value = this.#sized();
    this.#need(2);
    const count = this.#chunk.readUInt16BE(this.#advance(2));
    const headers: [string, Buffer | null][] = [];
    for (let i = 0; i < count; i += 1) {
      this.#need(2);
      const name = this.#bytes(this.#chunk.readUInt16BE(this.#advance(2))).toString();
      headers.push([name, this.#sized()]);
    }
    return { timestampMs, key, value, headers };
  }

  close(): void {
    closeSync(this.#file);
  }

  #sized(): Buffer | null {
    this.#need(4);
    const length = this.#chunk.readInt32BE(this.#advance(4));
    return length < 0 ? null : this.#bytes(length);
  }

  #bytes(length: number): Buffer {
    this.#need(length);
    const from = this.#advance(length);
    return this.#chunk.subarray(from, from + length);
  }

  #advance(bytes: number): number {
    this.#at += bytes;
    return this.#at - bytes;
  }

  /** Makes the next `bytes` bytes be there. A new chunk each time, because records returned earlier point into the old one. */
  #need(bytes: number): boolean {
    const rest = this.#chunk.length - this.#at;
    if (rest >= bytes) return true;
    const chunk = Buffer.allocUnsafe(rest + Math.max(bytes, CHUNK_BYTES));
    this.#chunk.copy(chunk, 0, this.#at);
    const read = readSync(this.#file, chunk, rest, chunk.length - rest, null);
    this.#chunk = chunk.subarray(0, rest + read);
    this.#at = 0;
    return this.#chunk.length >= bytes;
  }
}
