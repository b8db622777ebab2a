/**
 * Bytes of JSON -> the wanted parts of an object, without making the rest of it: most of an envelope is read by nobody. Everything is
 * checked as `JSON.parse` checks it. What is not written as converters write it (white space, escapes in names, anything wrong) is not
 * judged here: the answer is null, and `JSON.parse` has the word. Pure but for the names that a shape remembers.
 */

/** What is wanted of a value: `all`, or some names, where it is an object. */
export type Wanted = 'all' | Shape;

interface Key {
  /** `"name":` as it stands in the bytes. */
  readonly bytes: Buffer;
  readonly name: string;
  readonly wanted: Wanted | null;
}

/** Names that are wanted of an object. Objects of one shape mostly have the same names in the same order, so these are only compared. */
export class Shape {
  readonly #wanted: ReadonlyMap<string, Wanted>;
  readonly #others: ReadonlySet<string> | null;
  /** As the last object had them. */
  readonly #keys: Key[] = [];

  /** @param others names that may be there too; null: any. */
  constructor(wanted: Iterable<readonly [name: string, wanted: Wanted]>, others: readonly string[] | null = null) {
    this.#wanted = new Map(wanted);
    this.#others = others && new Set(others);
  }

  /** The name that begins at this place. Null: none that can be told. */
  keyAt(bytes: Buffer, at: number, place: number): Key | null {
    const known = this.#keys[place];
    return known !== undefined && isAt(known.bytes, bytes, at) ? known : this.#learn(bytes, at, place);
  }

  #learn(bytes: Buffer, at: number, place: number): Key | null {
    if (bytes[at] !== QUOTE) return null;
    const end = stringEnd(bytes, at + 1);
    if (end === NOT || hasEscape || bytes[end] !== COLON) return null;
    const name = bytes.toString('utf8', at + 1, end - 1);
    const wanted = this.#wanted.get(name) ?? null;
    const isKnown = wanted !== null || (this.#others?.has(name) ?? true);
    if (!isKnown || name === '__proto__' || place >= NAMES_MAX || name.length > NAME_LENGTH_MAX) return null;
    const key = { bytes: Buffer.from(bytes.subarray(at, end + 1)), name, wanted };
    this.#keys[place] = key;
    return key;
  }
}

const NAMES_MAX = 5_000;
const NAME_LENGTH_MAX = 500;
const DEPTH_MAX = 100;
const NOT = -1;
const [QUOTE, COMMA, MINUS, POINT, ZERO, NINE, COLON] = [0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x3a];
const [OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN, CLOSE] = [0x5b, 0x5c, 0x5d, 0x7b, 0x7d];
const [UPPER_E, LOWER_E, LOWER_U, PLUS] = [0x45, 0x65, 0x75, 0x2b];

/** Where the last value ended. */
let valueEnd = 0;
/** Of the last string. */
let hasEscape = false;
let isAscii = true;

/** @returns the wanted parts of the object that these bytes are; null: not told. */
export function select(bytes: Buffer, from: number, to: number, shape: Shape): Record<string, unknown> | null {
  const found = bytes[from] === OPEN ? objectAt(bytes, from, shape) : null;
  return found !== null && valueEnd === to ? found : null;
}

function objectAt(bytes: Buffer, start: number, shape: Shape): Record<string, unknown> | null {
  const found: Record<string, unknown> = {};
  let at = start + 1;
  if (bytes[at] === CLOSE) {
    valueEnd = at + 1;
    return found;
  }
  for (let place = 0; ; place += 1) {
    const key = shape.keyAt(bytes, at, place);
    if (key === null) return null;
    at += key.bytes.length;
    if (key.wanted === null) at = endOf(bytes, at, 0);
    else {
      const value = valueAt(bytes, at, key.wanted);
      if (value === undefined) return null;
      found[key.name] = value;
      at = valueEnd;
    }
    const next = at === NOT ? undefined : bytes[at];
    if (next === CLOSE) {
      valueEnd = at + 1;
      return found;
    }
    if (next !== COMMA) return null;
    at += 1;
  }
}

/** Undefined: not told; else `valueEnd` is behind it. */
function valueAt(bytes: Buffer, at: number, wanted: Wanted): unknown {
  const first = bytes[at];
  if (first === QUOTE) return textAt(bytes, at);
  if (first === OPEN && wanted !== 'all') return objectAt(bytes, at, wanted) ?? undefined;
  const end = endOf(bytes, at, 0);
  if (end === NOT) return undefined;
  valueEnd = end;
  switch (first ?? NOT) {
    case LOWER_N:
      return null;
    case LOWER_T:
      return true;
    case LOWER_F:
      return false;
    case OPEN:
    case OPEN_LIST:
      return JSON.parse(bytes.toString('utf8', at, end));
    default:
      return numberAt(bytes, at, end);
  }
}

const [LOWER_F, LOWER_N, LOWER_T] = [0x66, 0x6e, 0x74];

function textAt(bytes: Buffer, at: number): string | undefined {
  const end = stringEnd(bytes, at + 1);
  if (end === NOT) return undefined;
  valueEnd = end;
  if (hasEscape) return JSON.parse(bytes.toString('utf8', at, end)) as string;
  return isAscii ? asciiAt(bytes, at + 1, end - 1) : bytes.toString('utf8', at + 1, end - 1);
}

/** Short texts that were made last, by their hash: codes, keys and times come again and again. All of them together have 128 KiB at the most. */
const TEXTS_MAX = 4_096;
const TEXT_BYTES_MAX = 32;
const TEXTS: string[] = Array<string>(TEXTS_MAX).fill('');

function asciiAt(bytes: Buffer, from: number, to: number): string {
  const length = to - from;
  if (length > TEXT_BYTES_MAX) return bytes.toString('latin1', from, to);
  let hash = length;
  for (let at = from; at < to; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  const place = (hash ^ (hash >>> 15)) & (TEXTS_MAX - 1);
  const known = TEXTS[place] as string;
  return known.length === length && isSame(known, bytes, from)
    ? known
    : (TEXTS[place] = bytes.toString('latin1', from, to));
}

function isSame(text: string, bytes: Buffer, from: number): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}

/** So many digits are a number without a doubt. */
const DIGITS_MAX = 15;

function numberAt(bytes: Buffer, at: number, end: number): number {
  let value = 0;
  if (end - at > DIGITS_MAX) return Number(bytes.toString('latin1', at, end));
  for (let i = at; i < end; i += 1) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number(bytes.toString('latin1', at, end));
    value = value * 10 + digit;
  }
  return value;
}

/** End of any value; NOT: not told. */
function endOf(bytes: Buffer, at: number, depth: number): number {
  switch (bytes[at] ?? NOT) {
    case QUOTE:
      return stringEnd(bytes, at + 1);
    case LOWER_N:
      return isAt(NULL, bytes, at) ? at + NULL.length : NOT;
    case LOWER_T:
      return isAt(TRUE, bytes, at) ? at + TRUE.length : NOT;
    case LOWER_F:
      return isAt(FALSE, bytes, at) ? at + FALSE.length : NOT;
    case OPEN:
      return bytes[at + 1] === CLOSE ? at + 2 : membersEnd(bytes, at, depth, CLOSE);
    case OPEN_LIST:
      return bytes[at + 1] === CLOSE_LIST ? at + 2 : membersEnd(bytes, at, depth, CLOSE_LIST);
    default:
      return numberEnd(bytes, at);
  }
}

const [NULL, TRUE, FALSE] = [Buffer.from('null'), Buffer.from('true'), Buffer.from('false')];

function membersEnd(bytes: Buffer, start: number, depth: number, close: number): number {
  if (depth >= DEPTH_MAX) return NOT;
  for (let at = start + 1; ; at += 1) {
    if (close === CLOSE) {
      at = bytes[at] === QUOTE ? stringEnd(bytes, at + 1) : NOT;
      if (at === NOT || bytes[at] !== COLON) return NOT;
      at += 1;
    }
    at = endOf(bytes, at, depth + 1);
    if (at === NOT) return NOT;
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== COMMA) return NOT;
  }
}

function numberEnd(bytes: Buffer, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  at = bytes[at] === ZERO ? at + 1 : digitsEnd(bytes, at);
  if (at !== NOT && bytes[at] === POINT) at = digitsEnd(bytes, at + 1);
  if (at === NOT || (bytes[at] !== LOWER_E && bytes[at] !== UPPER_E)) return at;
  const sign = bytes[at + 1];
  return digitsEnd(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
}

/** At least one. */
function digitsEnd(bytes: Buffer, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte !== undefined && byte >= ZERO && byte <= NINE; byte = bytes[at]) at += 1;
  return at === start ? NOT : at;
}

/** What a byte of a string may be. */
const [PLAIN, ENDS, ESCAPES, OTHER, FORBIDDEN] = [0, 1, 2, 3, 4];
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE ? ENDS : byte === BACKSLASH ? ESCAPES : byte < 0x20 ? FORBIDDEN : byte > 0x7f ? OTHER : PLAIN,
);

/** Behind the quote that ends it. */
function stringEnd(bytes: Buffer, start: number): number {
  const { length } = bytes;
  hasEscape = false;
  isAscii = true;
  for (let at = start; at < length; at += 1) {
    const kind = KINDS[bytes[at] as number];
    if (kind === PLAIN) continue;
    if (kind === ENDS) return isAscii || isUtf8(bytes, start, at) ? at + 1 : NOT;
    if (kind === FORBIDDEN) return NOT;
    if (kind === OTHER) isAscii = false;
    else {
      hasEscape = true;
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

function isAt(expected: Buffer, bytes: Buffer, at: number): boolean {
  for (let i = 0; i < expected.length; i += 1) if (expected[i] !== bytes[at + i]) return false;
  return true;
}
