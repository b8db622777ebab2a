/** Bytes in Avro's binary encoding (Avro 1.12, "Binary Encoding"), read from their beginning on. What goes beyond their end throws RangeError. */

export class AvroBytes {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  #to = 0;

  /** @param at where they begin. */
  open(bytes: Buffer, at: number): void {
    this.bytes = bytes;
    this.at = at;
    this.#to = bytes.length;
  }

  get isAtEnd(): boolean {
    return this.at === this.#to;
  }

  get left(): number {
    return this.#to - this.at;
  }

  /** @returns where these bytes begin. */
  pass(count: number): number {
    const begin = this.at;
    if (!(count >= 0 && count <= this.#to - begin)) throw beyond();
    this.at = begin + count;
    return begin;
  }

  byte(): number {
    return this.bytes[this.pass(1)] as number;
  }

  /** An int or a long: as a number where it has it exactly. */
  whole(): number | bigint {
    const { bytes } = this;
    const end = Math.min(this.#to, this.at + NUMBER_BYTES_MAX);
    let [value, factor] = [0, 1];
    for (let at = this.at; at < end; at += 1) {
      const byte = bytes[at] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.at = at + 1;
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      }
      factor *= 128;
    }
    return this.#long();
  }

  /** One that counts something. */
  count(): number {
    const value = this.whole();
    if (typeof value !== 'number') throw beyond();
    return value;
  }

  #long(): number | bigint {
    let [value, shift] = [0n, 0n];
    for (; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
      if (shift >= LONG_SHIFT_MAX) throw beyond();
    }
    const long = BigInt.asIntN(64, value & 1n ? -((value + 1n) >> 1n) : value >> 1n);
    const number = Number(long);
    return Number.isSafeInteger(number) ? number : long;
  }
}

/** Of which the sum of all their bits is a number without loss. */
const NUMBER_BYTES_MAX = 7;
const LONG_SHIFT_MAX = 63n;

const beyond = (): RangeError => new RangeError('they end before it does');
