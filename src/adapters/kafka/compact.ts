/**
 * Reads and writes the "flexible" encoding of Kafka's protocol (KIP-482): lengths as unsigned varints one too high, 0 for null,
 * and tagged fields, which are skipped. And what answers of versions before have: lengths in two or four bytes.
 */

/** Walks through the bytes of one answer. */
export class CompactReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    return this.#bytes.readInt16BE((this.#at += 2) - 2);
  }

  int32(): number {
    return this.#bytes.readInt32BE((this.#at += 4) - 4);
  }

  int64(): number {
    return Number(this.#bytes.readBigInt64BE((this.#at += 8) - 8));
  }

  boolean(): boolean {
    return this.#bytes.readInt8((this.#at += 1) - 1) !== 0;
  }

  /** 128 bits as 22 characters of base64url, as Kafka's tools print them. */
  uuid(): string {
    return this.#take(16).toString('base64url');
  }

  compactText(): string | null {
    const length = this.#varint() - 1;
    return length < 0 ? null : this.#take(length).toString();
  }

  compactArray<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(this.#varint() - 1, 0) }, read);
  }

  /** As in versions before: length in two bytes. */
  text(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.#take(length).toString();
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(this.int32(), 0) }, read);
  }

  bytes(): Buffer | null {
    const length = this.int32();
    return length < 0 ? null : this.#take(length);
  }

  tags(): void {
    for (let left = this.#varint(); left > 0; left -= 1) {
      this.#varint();
      this.#take(this.#varint());
    }
  }

  #take(length: number): Buffer {
    return this.#bytes.subarray(this.#at, (this.#at += length));
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8((this.#at += 1) - 1);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}

export function compactText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([varint(bytes.length + 1), bytes]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

/** As in versions before: length in two bytes. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}
