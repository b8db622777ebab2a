/**
 * Names and values as bytes. UTF-8 has no halves of surrogate pairs: two texts that differ in nothing else would be one. They stand as JSON
 * behind a backslash, as do the texts that begin with one.
 *
 * Many of them, one behind the other, are MessagePack strings (https://github.com/msgpack/msgpack/blob/master/spec.md, `str 32`), which the
 * scripts of the store read: a call has few arguments then, and no text has to be an object.
 */
const ESCAPE = '\\';
const ESCAPE_BYTE = 0x5c;
const STRING_32 = 0xdb;
const HEAD_BYTES = 5;
const QUOTE = 0x22;
const [LETTER_T, TAB] = [0x74, 0x09];
/** Of one UTF-16 code unit. */
const UTF8_BYTES_MAX = 3;

export const stored = (text: string): string =>
  text.isWellFormed() && !text.startsWith(ESCAPE) ? text : ESCAPE + JSON.stringify(text);

export const unstored = (text: string): string =>
  text.startsWith(ESCAPE) ? (JSON.parse(text.slice(1)) as string) : text;

export class PackedTexts {
  #bytes: Buffer;
  #end = 0;

  /** @param bytes that are expected; there may be more. */
  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  get end(): number {
    return this.#end;
  }

  /** What was added since this was the end. */
  since(begin: number): Buffer {
    return this.#bytes.subarray(begin, this.#end);
  }

  add(text: string): void {
    const whole = stored(text);
    this.#reserve(whole.length * UTF8_BYTES_MAX);
    this.#close(this.#bytes.write(whole, this.#end + HEAD_BYTES));
  }

  /** A text that is UTF-8 there. */
  copy(from: Buffer, begin: number, end: number): void {
    if (from[begin] === ESCAPE_BYTE && end > begin) return this.add(from.toString('utf8', begin, end));
    this.#reserve(end - begin);
    this.#close(from.copy(this.#bytes, this.#end + HEAD_BYTES, begin, end));
  }

  /** The inside of a JSON string. @returns false when tabs are not all that is escaped in it: then nothing is added. */
  copyJson(from: Buffer, begin: number, end: number): boolean {
    this.#reserve(end - begin);
    const to = this.#bytes;
    const first = this.#end + HEAD_BYTES;
    let at = first;
    for (let i = begin; i < end; i += 1) {
      let byte = from[i] ?? QUOTE;
      if (byte === QUOTE) return false;
      if (byte === ESCAPE_BYTE) {
        if (from[(i += 1)] !== LETTER_T) return false;
        byte = TAB;
      }
      to[at] = byte;
      at += 1;
    }
    this.#close(at - first);
    return true;
  }

  /** Those before are not lost: what was handed out stays what it was. */
  #reserve(bytes: number): void {
    const needed = this.#end + HEAD_BYTES + bytes;
    if (needed <= this.#bytes.length) return;
    const more = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(more, 0, 0, this.#end);
    this.#bytes = more;
  }

  #close(bytes: number): void {
    this.#bytes[this.#end] = STRING_32;
    this.#bytes.writeUInt32BE(bytes, this.#end + 1);
    this.#end += HEAD_BYTES + bytes;
  }
}

/** The reverse. */
export function unpackedTexts(packed: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < packed.length;) {
    const end = at + HEAD_BYTES + packed.readUInt32BE(at + 1);
    texts.push(unstored(packed.toString('utf8', at + HEAD_BYTES, end)));
    at = end;
  }
  return texts;
}
