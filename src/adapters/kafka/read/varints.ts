/** Numbers of record batches: zigzag varints of up to 64 bits, of which a number keeps 53: enough for times and offsets. */
export class Varints {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** @throws RangeError behind the end. */
  next(): number {
    const first = this.#byte();
    if (first < 0x80) return (first >> 1) ^ -(first & 1);
    let value = first & 0x7f;
    for (let factor = 128; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }

  #byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new RangeError('a number is behind the end of its batch');
    this.at += 1;
    return byte;
  }
}
