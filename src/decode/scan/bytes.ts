/**
 * Where the values of JSON end in its bytes, without making them. Everything is checked as `JSON.parse` checks it. What is not written as
 * converters write it (white space, escapes in names, anything wrong) is not judged here: the answer is NOT, and `JSON.parse` has the word.
 * Everything ends in front of `to`. Pure.
 */

/** Not told. */
export const NOT = -1;

export const [QUOTE, COMMA, ZERO, NINE, COLON, BACKSLASH] = [0x22, 0x2c, 0x30, 0x39, 0x3a, 0x5c] as const;
export const [OPEN, CLOSE, LOWER_N] = [0x7b, 0x7d, 0x6e] as const;
const [OPEN_LIST, CLOSE_LIST, LOWER_F, LOWER_T] = [0x5b, 0x5d, 0x66, 0x74];
const [MINUS, POINT, UPPER_E, LOWER_E, LOWER_U, PLUS] = [0x2d, 0x2e, 0x45, 0x65, 0x75, 0x2b];

const DEPTH_MAX = 100;

export const NULL = Uint8Array.from(Buffer.from('null'));
const [TRUE, FALSE] = [Uint8Array.from(Buffer.from('true')), Uint8Array.from(Buffer.from('false'))];

/** Any value. */
export function endOf(bytes: Buffer, at: number, to: number, depth = 0): number {
  if (at >= to) return NOT;
  switch (bytes[at] as number) {
    case QUOTE:
      return stringEnd(bytes, at + 1, to);
    case LOWER_N:
      return isAt(NULL, bytes, at) ? at + NULL.length : NOT;
    case LOWER_T:
      return isAt(TRUE, bytes, at) ? at + TRUE.length : NOT;
    case LOWER_F:
      return isAt(FALSE, bytes, at) ? at + FALSE.length : NOT;
    case OPEN:
      return bytes[at + 1] === CLOSE ? at + 2 : membersEnd(bytes, at, to, depth, CLOSE);
    case OPEN_LIST:
      return bytes[at + 1] === CLOSE_LIST ? at + 2 : membersEnd(bytes, at, to, depth, CLOSE_LIST);
    default:
      return numberEnd(bytes, at, to);
  }
}

function membersEnd(bytes: Buffer, start: number, to: number, depth: number, close: number): number {
  if (depth >= DEPTH_MAX) return NOT;
  for (let at = start + 1; ; at += 1) {
    if (close === CLOSE) {
      at = bytes[at] === QUOTE ? stringEnd(bytes, at + 1, to) : NOT;
      if (at === NOT || bytes[at] !== COLON) return NOT;
      at += 1;
    }
    at = endOf(bytes, at, to, depth + 1);
    if (at === NOT) return NOT;
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== COMMA) return NOT;
  }
}

function numberEnd(bytes: Buffer, start: number, to: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  at = bytes[at] === ZERO ? at + 1 : digitsEnd(bytes, at, to);
  if (at !== NOT && bytes[at] === POINT) at = digitsEnd(bytes, at + 1, to);
  if (at === NOT || (bytes[at] !== LOWER_E && bytes[at] !== UPPER_E)) return at;
  const sign = bytes[at + 1];
  return digitsEnd(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1, to);
}

/** At least one. */
function digitsEnd(bytes: Buffer, start: number, to: number): number {
  let at = start;
  for (; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte < ZERO || byte > NINE) break;
  }
  return at === start ? NOT : at;
}

/** What a byte of a string may be. */
export const [PLAIN, ENDS, ESCAPES, OTHER, FORBIDDEN] = [0, 1, 2, 3, 4] as const;
export const KINDS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE ? ENDS : byte === BACKSLASH ? ESCAPES : byte < 0x20 ? FORBIDDEN : byte > 0x7f ? OTHER : PLAIN,
);

/** Behind the quote that ends it. @param start behind the one that begins it. */
export function stringEnd(bytes: Buffer, start: number, to: number): number {
  let isAscii = true;
  for (let at = start; at < to; at += 1) {
    const kind = KINDS[bytes[at] as number];
    if (kind === PLAIN) continue;
    if (kind === ENDS) return isAscii || isUtf8(bytes, start, at) ? at + 1 : NOT;
    if (kind === FORBIDDEN) return NOT;
    if (kind === OTHER) isAscii = false;
    else {
      const escaped = escapeEnd(bytes, at);
      if (escaped === NOT) return NOT;
      at = escaped - 1;
    }
  }
  return NOT;
}

const SHORT_ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'));

function escapeEnd(bytes: Buffer, start: number): number {
  if (SHORT_ESCAPES.has(bytes[start + 1])) return start + 2;
  if (bytes[start + 1] !== LOWER_U) return NOT;
  return /^[0-9a-f]{4}$/i.test(bytes.toString('latin1', start + 2, start + 6)) ? start + 6 : NOT;
}

/** Bytes that are none become U+FFFD; where that stands itself, nothing is told. */
const isUtf8 = (bytes: Buffer, from: number, to: number): boolean =>
  !bytes.toString('utf8', from, to).includes('\ufffd');

export function isAt(expected: Uint8Array, bytes: Buffer, at: number): boolean {
  for (let i = 0; i < expected.length; i += 1) if (expected[i] !== bytes[at + i]) return false;
  return true;
}
