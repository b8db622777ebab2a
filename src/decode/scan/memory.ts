/** Bytes that records lie in, of which four can be compared at a time. */

/** All of the memory that a record is a part of: mostly the same for many records. */
export class Memory {
  bytes: Buffer = Buffer.alloc(0);
  view = new DataView(this.bytes.buffer);

  /** Makes it that of these bytes. @returns where they begin in it. */
  reach(part: Buffer): number {
    const { buffer, byteOffset } = part;
    if (buffer !== this.view.buffer) {
      this.bytes = Buffer.from(buffer);
      this.view = new DataView(buffer);
    }
    return byteOffset;
  }
}

/** At least four bytes, that others are compared with again and again. */
export class Words {
  readonly length: number;
  readonly #words: Int32Array;
  /** The last four bytes, some of them once more. */
  readonly #last: number;

  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes;
    const view = new DataView(buffer, byteOffset, length);
    this.length = length;
    this.#words = Int32Array.from({ length: length >> 2 }, (_, i) => view.getInt32(i * 4));
    this.#last = view.getInt32(length - 4);
  }

  /** Whether they stand at this place, in front of `to`. */
  isAt(view: DataView, at: number, to: number): boolean {
    const end = at + this.length;
    if (end > to) return false;
    const words = this.#words;
    let next = at;
    for (let i = 0; i < words.length; i += 1, next += 4) if (view.getInt32(next) !== words[i]) return false;
    return view.getInt32(end - 4) === this.#last;
  }
}
