/** JSON as bytes, written from left to right; the room for it is used again and again. */

const ROOM = 64 * 1024;
/** Of a long, with its sign. */
const DIGITS_MAX = 20;
/** `\u001f` */
const ESCAPED_MAX = 6;
const [QUOTE, BACKSLASH, MINUS, ZERO, SPACE] = [0x22, 0x5c, 0x2d, 0x30, 0x20];
const ESCAPES = new Map(
  ['\b', '\t', '\n', '\f', '\r'].map((sign) => [sign.charCodeAt(0), JSON.stringify(sign).slice(1, -1)]),
);
const EIGHT_DIGITS = 100_000_000;

export class JsonBytes {
  #bytes = Buffer.allocUnsafe(ROOM);
  #at = 0;

  get at(): number {
    return this.#at;
  }

  /** What was written before may be written over. */
  clear(): void {
    this.#at = 0;
  }

  /** A view, until it is cleared. */
  since(begin: number): Buffer {
    return this.#bytes.subarray(begin, this.#at);
  }

  raw(part: Uint8Array): void {
    const { length } = part;
    this.#reserve(length);
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < length; i += 1) bytes[at + i] = part[i] as number;
    this.#at = at + length;
  }

  sign(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#at] = byte;
    this.#at += 1;
  }

  ascii(text: string): void {
    this.#reserve(text.length);
    this.#at += this.#bytes.write(text, this.#at, 'latin1');
  }

  utf8(text: string): void {
    this.#reserve(text.length * 3);
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
  }

  /** @param value whole. */
  whole(value: number): void {
    this.#reserve(DIGITS_MAX);
    if (value < 0) this.#bytes[this.#at++] = MINUS;
    this.#digits(Math.abs(value));
  }

  /** A whole number of any size. @param tail its last seven digits. */
  long(isBelow: boolean, head: number, tail: number): void {
    this.#reserve(DIGITS_MAX);
    if (isBelow) this.#bytes[this.#at++] = MINUS;
    if (head === 0) return this.#digits(tail);
    this.#digits(head);
    this.#small(tail, 7);
  }

  #digits(value: number): void {
    if (value >= EIGHT_DIGITS) {
      const high = Math.floor(value / EIGHT_DIGITS);
      this.#digits(high);
      this.#small(value - high * EIGHT_DIGITS, 8);
    } else {
      let count = 1;
      for (let limit = 10; value >= limit; limit *= 10) count += 1;
      this.#small(value, count);
    }
  }

  #small(value: number, count: number): void {
    const bytes = this.#bytes;
    let left = value | 0;
    for (let at = this.#at + count - 1; at >= this.#at; at -= 1) {
      const next = (left / 10) | 0;
      bytes[at] = ZERO + left - next * 10;
      left = next;
    }
    this.#at += count;
  }

  /** A text in UTF-8, in quotes. */
  text(from: Buffer, begin: number, end: number): void {
    this.#reserve((end - begin) * ESCAPED_MAX + 2);
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at] = QUOTE;
    at += 1;
    for (let i = begin; i < end; i += 1) {
      const byte = from[i] as number;
      if (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH) {
        bytes[at] = byte;
        at += 1;
      } else if (byte >= SPACE) {
        bytes[at] = BACKSLASH;
        bytes[at + 1] = byte;
        at += 2;
      } else at += bytes.write(ESCAPES.get(byte) ?? `\\u${byte.toString(16).padStart(4, '0')}`, at, 'latin1');
    }
    bytes[at] = QUOTE;
    this.#at = at + 1;
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
