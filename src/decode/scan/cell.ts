/**
 * One wanted value of a JSON object, as it was in the object that was read last. It is made from its bytes at once what it is needed as;
 * what was made of the same bytes before is taken again (`memo.ts`).
 */
import {
  BACKSLASH,
  CLOSE,
  COMMA,
  endOf,
  ENDS,
  ESCAPES,
  isAt,
  KINDS,
  LOWER_N,
  NINE,
  NOT,
  NULL,
  OTHER,
  PLAIN,
  QUOTE,
  ZERO,
} from './bytes.js';
import type { Memo } from './memo.js';

/**
 * Value as `JSON.parse` has it, not null -> what is needed. Of equal values it makes equal ones. A symbol other than those of `symbols` means
 * that the object cannot be told.
 */
export interface Make {
  (value: unknown): unknown;
  /** Whole numbers that a double has exactly are kept as they are. */
  readonly keepsNumbers?: true;
}

export class Cell {
  /** Undefined: the object does not have it. */
  value: unknown = undefined;
  /** Its bytes in the record that was read last. */
  begin = 0;
  end = 0;
  readonly #memo: Memo;
  readonly #make: Make;
  readonly #allowed: symbol | null;
  readonly #owner: number;
  /** In the memo, of the last value. */
  #place = 0;
  /** Values in a row that were not in the memo. */
  #misses = 0;

  /** @param allowed a symbol that `make` may give. */
  constructor(memo: Memo, make: Make, allowed: symbol | null = null) {
    this.#memo = memo;
    this.#make = make;
    this.#allowed = allowed;
    this.#owner = memo.ownerOf(make);
  }

  /** The value is what it was, and stands here now. */
  moveTo(begin: number, end: number): void {
    this.begin = begin;
    this.end = end;
  }

  /** @returns where the value ends that begins at `at`; NOT: it is not told what it is. */
  read(bytes: Buffer, at: number, to: number): number {
    this.begin = at;
    const same = this.#memo.endAt(this.#place, this.#owner, bytes, at);
    if (same !== NOT) {
      this.value = this.#memo.valueAt(this.#place);
      return (this.end = same);
    }
    const first = bytes[at] as number;
    if (first === QUOTE) return (this.end = this.#readText(bytes, at, to));
    if (first >= ZERO && first <= NINE) return (this.end = this.#readDigits(bytes, at, to));
    return (this.end = this.#readOther(bytes, at, to));
  }

  #readText(bytes: Buffer, at: number, to: number): number {
    let [hash, others, escapes] = [0, 0, 0];
    for (let next = at + 1; next < to; next += 1) {
      const byte = bytes[next] as number;
      const kind = KINDS[byte];
      if (kind === PLAIN) hash = (Math.imul(hash, 31) + byte) | 0;
      else if (kind === ENDS) {
        const end = next + 1;
        const place = this.#known(hash, bytes, at, end);
        if (place === SEEN) return end;
        const text = textIn(bytes, at, end, escapes > 0, others > 0);
        return text === undefined ? NOT : this.#put(text, place, bytes, at, end);
      } else if (kind === OTHER) {
        others += 1;
        hash = (Math.imul(hash, 31) + byte) | 0;
      } else if (kind === ESCAPES) {
        escapes += 1;
        next += 1; // what stands there is judged when the text is made
      } else return NOT;
    }
    return NOT;
  }

  /** A whole number without sign. */
  #readDigits(bytes: Buffer, at: number, to: number): number {
    let [value, hash] = [0, 0];
    let end = at;
    for (; end < to; end += 1) {
      const byte = bytes[end] as number;
      const digit = byte - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const next = bytes[end];
    const isPlain = (next === COMMA || next === CLOSE) && (bytes[at] !== ZERO || end === at + 1);
    if (!isPlain || value > Number.MAX_SAFE_INTEGER) return this.#readOther(bytes, at, to);
    if (this.#make.keepsNumbers === true) {
      this.value = value;
      return end;
    }
    const place = this.#known(hash, bytes, at, end);
    return place === SEEN ? end : this.#put(value, place, bytes, at, end);
  }

  /** @returns SEEN: the value is that of the same bytes; else the place for it, NOT when it has none. */
  #known(hash: number, bytes: Buffer, at: number, end: number): number {
    const memo = this.#memo;
    const place = memo.placeOf(hash, this.#owner, end - at);
    if (place === NOT || !memo.has(place, this.#owner, bytes, at, end - at)) return place;
    this.#place = place;
    this.#misses = 0;
    this.value = memo.valueAt(place);
    return SEEN;
  }

  #put(wire: unknown, place: number, bytes: Buffer, at: number, end: number): number {
    const make = this.#make;
    const value = make(wire);
    if (typeof value === 'symbol' && value !== this.#allowed) return NOT;
    this.value = value;
    if (place === NOT || (typeof value === 'object' && value !== null)) return end;
    this.#misses += 1;
    if (this.#misses > MISSES_MAX && this.#misses % MISSES_MAX !== 0) return end; // no value comes again
    this.#memo.keep(place, this.#owner, value, bytes, at, end - at);
    this.#place = place;
    return end;
  }

  #readOther(bytes: Buffer, at: number, to: number): number {
    if (bytes[at] === LOWER_N && isAt(NULL, bytes, at)) {
      this.value = null;
      return at + NULL.length;
    }
    const end = endOf(bytes, at, to);
    return end === NOT ? NOT : this.#put(JSON.parse(bytes.toString('utf8', at, end)), NOT, bytes, at, end);
  }
}

const SEEN = -2;
const MISSES_MAX = 64;

/** @returns undefined when it is no JSON, or perhaps no UTF-8. */
function textIn(bytes: Buffer, at: number, end: number, hasEscape: boolean, hasOthers: boolean): string | undefined {
  const text = hasOthers ? bytes.toString('utf8', at + 1, end - 1) : null;
  if (text?.includes('\ufffd') === true) return undefined;
  if (!hasEscape) return text ?? bytes.toString('latin1', at + 1, end - 1);
  return (hasOthers ? undefined : unescaped(bytes, at, end)) ?? parsed(bytes.toString('utf8', at, end));
}

const SCRATCH = Buffer.alloc(64);

/** Of a short text in which quotes and backslashes are escaped, and nothing else. */
function unescaped(bytes: Buffer, at: number, end: number): string | undefined {
  if (end - at > SCRATCH.length) return undefined;
  let length = 0;
  for (let next = at + 1; next < end - 1; next += 1) {
    let byte = bytes[next] as number;
    if (byte === BACKSLASH) {
      next += 1;
      byte = bytes[next] as number;
      if (byte !== QUOTE && byte !== BACKSLASH) return undefined;
    }
    SCRATCH[length] = byte;
    length += 1;
  }
  return SCRATCH.toString('latin1', 0, length);
}

function parsed(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}
