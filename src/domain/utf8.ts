/** Texts as UTF-8, as `Buffer.from` makes it: half a surrogate pair becomes U+FFFD. */

/** Up to here a loop is faster than a call out of JavaScript. */
const SHORT = 32;
/** Of one UTF-16 code unit. */
export const UNIT_BYTES_MAX = 3;

/** There must be room for `UNIT_BYTES_MAX` bytes of each code unit. @returns how many bytes were written. */
export function writeUtf8(bytes: Buffer, at: number, text: string): number {
  const { length } = text;
  if (length > SHORT) return bytes.write(text, at);
  for (let i = 0; i < length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return bytes.write(text, at);
    bytes[at + i] = unit;
  }
  return length;
}
