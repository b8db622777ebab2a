/** Bytes in Avro's binary encoding (Avro 1.12, "Binary Encoding"), read from their beginning on. What goes beyond their end throws RangeError. */
import type { JsonBytes } from './json-bytes.js';

export class AvroBytes {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  #to = 0;
  /** The last byte of a long was read. */
  #isEnded = false;

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

  /** An int or a long, as decimal digits. */
  writeWhole(to: JsonBytes): void {
    const value = this.#short();
    if (value !== null) to.whole(value);
    else this.#writeLong(to);
  }

  /** One that counts something. */
  count(): number {
    const value = this.#short();
    if (value === null) throw beyond();
    return value;
  }

  /** Null: it has more bytes than a number has room for. Nothing is passed then. */
  #short(): number | null {
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
    return null;
  }

  /**
   * Of 8 to 10 bytes. Its bits are zigzag: half of it is the number, or of one below zero the number above it. The half is held in parts of 28 bits, and so
   * divided that no step leaves the whole numbers that a double has.
   */
  #writeLong(to: JsonBytes): void {
    this.#isEnded = false;
    const [low, middle, high] = [this.#part(4), this.#part(4), this.#part(2)];
    if (high >= HIGH_END || !this.#wasEnded()) throw beyond();
    const isBelow = low % 2 === 1;
    const top = Math.floor(high / 2) * PART + (high % 2) * (PART / 2) + Math.floor(middle / 2);
    const bottom = (middle % 2) * (PART / 2) + Math.floor(low / 2) + (isBelow ? 1 : 0);
    const rest = (top % TAIL) * PART + bottom;
    to.long(isBelow, Math.floor(top / TAIL) * PART + Math.floor(rest / TAIL), rest % TAIL);
  }

  /** Changed by what was called meanwhile. */
  #wasEnded(): boolean {
    return this.#isEnded;
  }

  /** Seven bits of each byte, up to the last one of the number. */
  #part(bytesMax: number): number {
    let [value, factor] = [0, 1];
    if (this.#isEnded) return 0;
    for (let i = 0; i < bytesMax; i += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      factor *= 128;
      if (byte < 0x80) {
        this.#isEnded = true;
        break;
      }
    }
    return value;
  }
}

/** Of which the sum of all their bits is a number without loss. */
const NUMBER_BYTES_MAX = 7;
/** 28 bits. */
const PART = 2 ** 28;
/** Of 64 bits, those above twice 28. */
const HIGH_END = 2 ** 8;
/** Of its digits, those that are written last. */
const TAIL = 10_000_000;

const beyond = (): RangeError => new RangeError('they end before it does');
